"""The interactions of a cohort with their scores, their facts and their contributions, computed part by part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from forestall.assessment.drivers import ExplainedMoments, explain_moments, sample_of
from forestall.errors import InputError
from forestall.model import RiskModel
from forestall.model.prepared_tables import PreparedTables
from forestall.monitoring.missing_facts import FactCounts, count_facts
from forestall.monitoring.monitored_records import MonitoredRecords
from forestall.statistics import Floats
from forestall.training.segments import segments_of

# Contributions are slow to compute. So many interactions show a distance of 0.05 beyond sampling noise.
MOST_EXPLAINED = 3000
_SCORES = ("dissatisfaction_risk", "risk_band", "data_quality")
_ROW = "row"


@dataclass(frozen=True)
class ScoredInteractions:
    """The interactions of a cohort with their scores.

    Parameters
    ----------
    rows
        One row per interaction: its moment, its segments, dissatisfaction_risk, risk_band and data_quality.
    risk
        The risks of those with a score, shape (n_scored,).
    explained
        Features and contributions of some of those.
    facts
        How many of the interactions have each fact.
    """

    rows: pl.DataFrame
    risk: Floats
    explained: ExplainedMoments
    facts: FactCounts


def score_cohort(
    records: MonitoredRecords, model: RiskModel, name: str, moments: pl.DataFrame
) -> ScoredInteractions:
    """Score and explain the moments of a cohort.

    Parameters
    ----------
    records
        The records of the cohort.
    model
        The model.
    name
        The name of the records in error messages.
    moments
        The moments, one for each interaction.

    Raises
    ------
    InputError
        The model abstains from all of them.
    """
    parts, facts = [], FactCounts()
    for prepared, here in _numbered(records, model, moments):
        parts.append(
            _scored(prepared, here).join(
                segments_of(prepared.tables), on="interaction_id", how="left", maintain_order="left"
            )
        )
        facts = facts.plus(count_facts(model, prepared.tables, here))
    rows = _in_order(parts)
    scored = rows.filter(pl.col("dissatisfaction_risk").is_not_null())
    if not scored.height:
        raise InputError(
            f"the {name} data must hold interactions that the model scores; it abstains from all {rows.height:,}, "
            "because nothing is recorded of them"
        )
    explained = _explain(records, model, sample_of(scored, MOST_EXPLAINED))
    return ScoredInteractions(rows, scored["dissatisfaction_risk"].to_numpy(), explained, facts)


def score_moments(records: MonitoredRecords, model: RiskModel, moments: pl.DataFrame) -> pl.DataFrame:
    """Return moments, with dissatisfaction_risk, risk_band and data_quality."""
    return _in_order([_scored(*part) for part in _numbered(records, model, moments)])


def _explain(records: MonitoredRecords, model: RiskModel, moments: pl.DataFrame) -> ExplainedMoments:
    """Return the encoded features and contributions of moments, in their order."""
    places, found = [], []
    for prepared, here in _numbered(records, model, moments):
        places.append(here[_ROW].to_numpy())
        found.append(explain_moments(prepared, here, most=max(here.height, 1)))
    order = np.argsort(np.concatenate(places))
    matrix, contributions, standard_s = (
        np.concatenate([getattr(one, name) for one in found])[order]
        for name in ("matrix", "contributions", "standard_s")
    )
    explained = pl.concat([one.moments for one in found])[order]
    return ExplainedMoments(model, explained, matrix, contributions, standard_s)


def _numbered(
    records: MonitoredRecords, model: RiskModel, moments: pl.DataFrame
) -> Iterator[tuple[PreparedTables, pl.DataFrame]]:
    return records.prepared(model, moments.with_row_index(_ROW))


def _scored(prepared: PreparedTables, moments: pl.DataFrame) -> pl.DataFrame:
    return moments.hstack(prepared.score(moments).select(_SCORES))


def _in_order(parts: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(parts).sort(_ROW).drop(_ROW)
