"""`forestall explain`: the risk of one interaction, moment by moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.data.text_values import text_of
from forestall.defaults import MAX_REJECTED
from forestall.errors import InputError, must_be
from forestall.job_files import OnStep, no_progress
from forestall.jobs.job_inputs import load_model_and_tables
from forestall.jobs.job_result import JobResult
from forestall.model import Spec
from forestall.model.reason_texts import DEFAULT
from forestall.model.scored_moments import scored_moments
from forestall.model.what_if import Otherwise, ask
from forestall.moment_features.records_from_tables import records
from forestall.registry import LoadedModel
from forestall.registry.score_rows import explained
from forestall.registry.what_if import with_what_if


@dataclass(frozen=True, repr=False)
class Explanation(JobResult):
    """The risk of one interaction, moment by moment.

    Attributes
    ----------
    interaction_id, model_name, model_version
        The interaction, and the model that scored it.
    moments
        For each moment `as_of`, `happened` (the kinds of its events), the risk with its interval, `risk_band`,
        `data_quality` and `reasons`, the strongest first; with a what-if question also `what_if`, the same had the
        facts been otherwise.
    what_if
        The question: `changes`, `bounded` (values that training has not seen) and a `note` on how to read the answer.
    """

    interaction_id: str
    model_name: str
    model_version: str | None
    moments: list[dict[str, Any]]
    what_if: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints; a server's `/explain` answers the same."""
        return {name: value for name, value in vars(self).items() if name != "what_if" or value is not None}

    def summary(self) -> dict[str, Any]:
        """Return the figures for a reader: of each reason only its text."""
        moments = [_in_words(moment) for moment in self.moments]
        return self.to_dict() | {"moments": moments}


_ANSWERS = {
    "risk_if": "dissatisfaction_risk",
    "low_if": "risk_low",
    "high_if": "risk_high",
    "band_if": "risk_band",
}


def _in_words(moment: dict[str, Any]) -> dict[str, Any]:
    """Return a moment with only the texts of its reasons, and the answer to a what-if question beside its risk."""
    found = {name: value for name, value in moment.items() if name not in ("what_if", "reasons")}
    answer = moment.get("what_if")
    if answer is not None:
        names = {
            "dissatisfaction_risk": "risk_if",
            "risk_low": "low_if",
            "risk_high": "high_if",
            "risk_band": "band_if",
        }
        found |= {new: answer[name] for name, new in names.items()}
    return {**found, "reasons": [reason["text"] for reason in moment["reasons"]]}


def explain(
    model_uri: str | Path | LoadedModel,
    data: Tables | str | Path,
    interaction: str | int,
    *,
    what_if: Mapping[str, float | str] | None = None,
    language: str = DEFAULT,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: OnStep = no_progress,
) -> Explanation:
    """Return the risk at the start of an interaction and at each of its events, with the strongest reasons.

    Parameters
    ----------
    model_uri
        The model's address, see `forestall.load`, or a model that is loaded.
    data
        A data folder, or tables.
    interaction
        The interaction_id.
    what_if
        A what-if question: by feature the value that it would have had, such as `{"service_wait_s": 60}`. What
        follows from the fact changes with it. The answer is the sensitivity of the model's risk, not the effect of a
        change.
    language
        The language of the reasons: `en`, `af` or `da`.
    max_rejected, tracking_uri, progress
        See `forestall.jobs`.

    Raises
    ------
    InputError
        The data have no such interaction, or are not valid.
    UsageError
        The what-if question names an unknown fact, or a value that is not possible.
    """
    model, tables = load_model_and_tables(
        model_uri, data, max_rejected=max_rejected, tracking_uri=tracking_uri, progress=progress
    )
    interaction = interaction if isinstance(interaction, str) else text_of(interaction)
    moments = _moments(tables, model.spec, interaction)
    progress(f"scoring {moments.height} moments")
    rows = model.score_rows(
        tables, moments=moments, reasons=True, language=language, run_id=None, scored_at=None
    )
    kinds = (
        tables.events.filter(pl.col("interaction_id") == interaction)
        .group_by("at")
        .agg(pl.col("kind").unique(maintain_order=True).str.join(", "))
    )
    found = explained(rows.sort("as_of"), dict(kinds.iter_rows()))
    if what_if is not None:
        found = with_what_if(found, *_otherwise(model, tables, moments, what_if, language))
    return Explanation(**found)


def _otherwise(
    model: LoadedModel,
    tables: Tables,
    moments: pl.DataFrame,
    changes: Mapping[str, float | str],
    language: str,
) -> tuple[Otherwise, pl.DataFrame]:
    """Return the interaction with facts changed, and its scores at its moments."""
    own = records(tables, moments)
    otherwise = ask(model.risk_model, own[-1], changes)
    times = moments["as_of"].dt.timestamp("us")
    changed = [otherwise.record(record, at) for record, at in zip(own, times, strict=True)]
    return otherwise, model.risk_model.score(changed, reasons=True, language=language)


def _moments(tables: Tables, spec: Spec, interaction: str) -> pl.DataFrame:
    """Return the moments of the interaction: its start and its events, up to its last moment."""
    is_it = pl.col("interaction_id") == interaction
    last = scored_moments(spec, tables).filter(is_it)
    if not last.height:
        raise InputError(must_be("--interaction", "an interaction_id of the data; none has this id"))
    start = tables.interactions.filter(is_it).select("interaction_id", as_of="started_at")
    times = tables.events.filter(is_it).select("interaction_id", as_of="at")
    moments = pl.concat([start, times]).unique().filter(pl.col("as_of") <= last["as_of"][0])
    return moments.sort("as_of")
