"""The risk of one interaction, moment by moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import InputError
from forestall.job_files import OnStep, no_progress, read_data
from forestall.model.reason_texts import DEFAULT
from forestall.moments import default_moments
from forestall.registry import load
from forestall.registry.score_rows import explained


def explain(
    model_uri: str,
    data: Tables | str | Path,
    interaction: str,
    *,
    language: str = DEFAULT,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: OnStep = no_progress,
) -> dict[str, Any]:
    """Return the risk at the start of an interaction and at each of its events, with the strongest reasons.

    Parameters
    ----------
    model_uri, data
        The model, see `forestall.load`; a data folder, or tables.
    interaction
        Its interaction_id.
    language
        Of the reasons.
    max_rejected
        The largest share of a table's rows, 0 to 1, that may be rejected.
    tracking_uri
        MLflow's server or database; by default `MLFLOW_TRACKING_URI`, else `mlflow.db` in the working folder.

    Returns
    -------
    dict
        See `forestall.registry.score_rows.explained`; a server's `/explain` answers the same.

    Raises
    ------
    InputError
        The data have no such interaction, or are not as they must be.
    """
    progress("fetching the model")
    model = load(model_uri, tracking_uri)
    progress("reading the tables")
    tables = read_data(data, spec=model.spec, max_rejected=max_rejected)
    moments = _moments(tables, interaction)
    progress(f"scoring {moments.height} moments")
    rows = model.score_rows(
        tables, moments=moments, reasons=True, language=language, run_id=None, scored_at=None
    )
    happened = dict(
        tables.events.filter(pl.col("interaction_id") == interaction)
        .group_by("at")
        .agg(pl.col("kind").unique(maintain_order=True).str.join(", "))
        .iter_rows()
    )
    return explained(rows.sort("as_of"), happened)


def _moments(tables: Tables, interaction: str) -> pl.DataFrame:
    """Return the moments of the interaction: its start and its events, up to its last moment."""
    is_it = pl.col("interaction_id") == interaction
    last = default_moments(tables).filter(is_it)
    if not last.height:
        raise InputError("the data have no interaction of that id; --interaction must be an interaction_id")
    start = tables.interactions.filter(is_it).select("interaction_id", as_of="started_at")
    times = tables.events.filter(is_it).select("interaction_id", as_of="at")
    moments = pl.concat([start, times]).unique().filter(pl.col("as_of") <= last["as_of"][0])
    return moments.sort("as_of")
