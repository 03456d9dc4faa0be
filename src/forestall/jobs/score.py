"""One batch scoring job."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.jobs.output import check_output, job_id, replaced, write_parts, write_summary
from forestall.jobs.reading import read_data
from forestall.model.messages import DEFAULT
from forestall.registry import LoadedModel, load

log = logging.getLogger(__name__)


def score(
    model_uri: str,
    data: Tables | str | Path,
    output: str | Path,
    *,
    scored_at: datetime,
    as_of: Any = None,
    closed: bool = False,
    reasons: bool = False,
    language: str = DEFAULT,
    run_id: str | None = None,
    max_rejected: float = 0.05,
    tracking_uri: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Score the interactions of a data folder into `output` and return the summary.

    Parameters
    ----------
    model_uri
        Which model scores, see `forestall.load`.
    output
        Gets `scores/*.parquet`, `summary.json` and, if rows were rejected, `rejected/`: all of them or,
        when the job fails, none.
    scored_at
        The time that the score rows carry.
    as_of, closed
        The moments: without `as_of` each interaction's last; with it one for every interaction that is open
        then and, with `closed`, for the closed ones.
    language
        Of the reasons.
    run_id
        The job's id. A repeated id replaces the results of its first time. Without one it is made of the
        model, the data and the moments, so that the same job has the same id.

    Raises
    ------
    UsageError
        `output` holds the results of another run, or there is no such language.
    InputError
        The data are not as they must be, or too many rows were rejected.
    """
    tell = progress or (lambda step: None)
    output = Path(output)
    if run_id is not None:
        check_output(output, run_id)
    tell("fetching the model")
    model = load(model_uri, tracking_uri)
    tell("reading the tables")
    tables = read_data(data, max_rejected=max_rejected)
    what = (model.name, model.version or model.uri, tables.digest(), as_of, closed, reasons, language)
    run_id = run_id or job_id("score", *what)
    check_output(output, run_id)
    tell(f"scoring {tables.interactions.height:,} interactions")
    rows = model.score_rows(
        tables,
        as_of=as_of,
        closed=closed,
        reasons=reasons,
        language=language,
        run_id=run_id,
        scored_at=scored_at,
    )
    summary = _summary(rows, tables, model, run_id, as_of)
    with replaced(output, run_id, ("scores", "rejected")) as folder:
        write_parts(rows, folder / "scores")
        tables.rejections.write(folder / "rejected")
        write_summary(folder, summary)
    log.info("scored %d of %d interactions", summary["scored"], summary["rows_in"])
    return summary


def _summary(
    rows: pl.DataFrame, tables: Tables, model: LoadedModel, run_id: str, as_of: Any
) -> dict[str, Any]:
    """Return what the job did, counted in interactions."""
    is_scored = pl.col("dissatisfaction_risk").is_not_null().any()
    by_interaction = rows.group_by("interaction_id").agg(is_scored.alias("is_scored"))
    n_scored = int(by_interaction["is_scored"].sum())
    n_abstained = by_interaction.height - n_scored
    n_partial = rows.filter(pl.col("data_quality") == "partial")["interaction_id"].n_unique()
    n_rejected = tables.rejections.count("interactions")
    bands = dict(rows.drop_nulls("risk_band").group_by("risk_band").len().sort("risk_band").iter_rows())
    return {
        "rows_in": n_scored + n_abstained + n_rejected,
        "scored": n_scored,
        "partial": n_partial,
        "abstained": n_abstained,
        "rejected": n_rejected,
        "rejected_events": tables.rejections.count("events"),
        "not_at_a_moment": tables.interactions.height - by_interaction.height,
        "rejected_by_rule": tables.rejections.counts(),
        "bands": bands,
        "as_of": str(as_of) if as_of is not None else None,
        "model_name": model.name,
        "model_version": model.version,
        "model_uri": model.uri,
        "experimental": bool(model.info.get("experimental")),
        "run_id": run_id,
        "scored_at": rows["scored_at"][0].isoformat() if rows.height else None,
        "clock": tables.about.get("clock"),
    }
