"""`forestall explain`: the risk of one interaction, moment by moment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import InputError, must_be
from forestall.job_files import OnStep, no_progress
from forestall.jobs.job_inputs import load_model_and_tables
from forestall.jobs.job_result import JobResult
from forestall.model import Spec
from forestall.model.reason_texts import DEFAULT
from forestall.model.scored_moments import scored_moments
from forestall.registry.score_rows import explained


@dataclass(frozen=True)
class Explanation(JobResult):
    """The risk of one interaction, moment by moment.

    Attributes
    ----------
    interaction_id, model_name, model_version
        The interaction, and the model that scored it.
    moments
        For each moment `as_of`, `happened` (the kinds of its events), the risk with its interval, `risk_band`,
        `data_quality` and `reasons`, the strongest first.
    """

    interaction_id: str
    model_name: str
    model_version: str | None
    moments: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints; a server's `/explain` answers the same."""
        return dict(vars(self))

    def summary(self) -> dict[str, Any]:
        """Return the figures for a reader: of each reason only its text."""
        moments = [
            {**moment, "reasons": [reason["text"] for reason in moment["reasons"]]} for moment in self.moments
        ]
        return self.to_dict() | {"moments": moments}


def explain(
    model_uri: str | Path,
    data: Tables | str | Path,
    interaction: str,
    *,
    language: str = DEFAULT,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: OnStep = no_progress,
) -> Explanation:
    """Return the risk at the start of an interaction and at each of its events, with the strongest reasons.

    Parameters
    ----------
    model_uri
        The model's address, see `forestall.load`.
    data
        A data folder, or tables.
    interaction
        The interaction_id.
    language
        The language of the reasons: `en`, `af` or `da`.
    max_rejected, tracking_uri, progress
        See `forestall.jobs`.

    Raises
    ------
    InputError
        The data have no such interaction, or are not valid.
    """
    model, tables = load_model_and_tables(
        model_uri, data, max_rejected=max_rejected, tracking_uri=tracking_uri, progress=progress
    )
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
    return Explanation(**explained(rows.sort("as_of"), dict(kinds.iter_rows())))


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
