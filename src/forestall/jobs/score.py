"""One batch scoring job."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl

from forestall.contacts.contact_list import CONTACT_LIST, FOR_A_PERSON, PARTINGS, contact_list, partings
from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import UsageError
from forestall.job_files import check_output, job_id, read_data, replaced, write_parts, write_summary
from forestall.model.reason_texts import DEFAULT
from forestall.moments import default_moments, end_of_records, moments_at, utc
from forestall.registry import LoadedModel, load
from forestall.registry.score_rows import score_rows

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
    engine: Literal["local", "spark"] = "local",
    contacts: int | None = None,
    run_id: str | None = None,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Score the interactions of a data folder into `output` and return the summary.

    Parameters
    ----------
    model_uri
        Which model scores, see `forestall.load`.
    output
        Gets `scores/*.parquet` and `summary.json`; `rejected/` if rows were rejected; `contact_list.parquet` (whom to
        contact first) if the model has a policy or `contacts` is given; with a policy also `partings.parquet` (a list
        for a person to think about). When the job fails nothing is written.
    scored_at
        The time that the score rows carry.
    as_of, closed
        The moments: without `as_of` each interaction's last; with it one for every interaction that is open
        then and, with `closed`, for the closed ones.
    language
        Of the reasons.
    engine
        Where it is computed: here, or by Spark's workers. The scores are the same.
    contacts
        How many contacts there is room for; by default the policy's `capacity_per_day`.
    run_id
        The job's id. A repeated id replaces the results of its first time. Without one it is made of the
        model, the data and the moments, so that the same job has the same id.

    Raises
    ------
    UsageError
        `output` holds the results of another run, there is no such language or engine, or Spark is not there.
    InputError
        The data are not as they must be, or too many rows were rejected.
    """
    tell = progress or (lambda step: None)
    output = Path(output)
    _check_options(engine, contacts, as_of, closed)
    if run_id is not None:
        check_output(output, run_id)
    tell("fetching the model")
    model = load(model_uri, tracking_uri)
    tell("reading the tables")
    tables = read_data(data, spec=model.spec, max_rejected=max_rejected)
    what = (model.name, model.version or model.uri, tables.digest(), as_of, closed, reasons, language)
    run_id = run_id or job_id("score", *what, *([contacts] if contacts else []))
    check_output(output, run_id)
    tell(f"scoring {tables.interactions.height:,} interactions")
    moments = default_moments(tables) if as_of is None else moments_at(tables, as_of, closed=closed)
    told: dict[str, Any] = {"reasons": reasons, "language": language}
    by = _by_spark if engine == "spark" and moments.height else LoadedModel.score_rows
    rows = by(model, tables, moments=moments, run_id=run_id, scored_at=scored_at, **told)
    summary = _summary(rows, tables, model, run_id, as_of)
    now = end_of_records(tables) if as_of is None else utc(as_of)
    lists = _lists(rows, tables, model, contacts, now, summary)
    with replaced(output, run_id, ("scores", "rejected", CONTACT_LIST, PARTINGS)) as folder:
        for name, frame in lists.items():
            frame.write_parquet(folder / name)
        write_parts(rows, folder / "scores")
        tables.rejections.write(folder / "rejected")
        write_summary(folder, summary)
    log.info("scored %d of %d interactions", summary["scored"], summary["rows_in"])
    return summary


def _lists(
    rows: pl.DataFrame,
    tables: Tables,
    model: LoadedModel,
    limit: int | None,
    now: datetime | None,
    summary: dict[str, Any],
) -> dict[str, pl.DataFrame]:
    """Return the lists that people work from, by file, and say in the summary what they hold."""
    if limit is None and model.spec.policy is None:
        return {}
    first, summary["contact_list"] = contact_list(rows, tables, model.spec, limit, now)
    if model.spec.policy is None:
        return {CONTACT_LIST: first}
    costly = partings(rows, tables)
    summary["planned_partings"] = {"customers": costly.height, "note": FOR_A_PERSON}
    return {CONTACT_LIST: first, PARTINGS: costly}


def _check_options(engine: str, contacts: int | None, as_of: Any, closed: bool) -> None:
    if engine not in {"local", "spark"}:
        raise UsageError("engine must be local or spark")
    if contacts is not None and contacts < 1:
        raise UsageError("--contacts must be at least 1, the number of contacts that there is room for")
    if closed and as_of is None:
        raise UsageError("--all adds the closed interactions to those of --as-of; give a time with it")


def _by_spark(
    model: LoadedModel,
    tables: Tables,
    *,
    moments: pl.DataFrame,
    run_id: str,
    scored_at: datetime,
    **how: Any,
) -> pl.DataFrame:
    """Return what `LoadedModel.score_rows` does, computed by Spark's workers."""
    from forestall.registry.spark import score_with_spark  # noqa: PLC0415 - only who has Spark needs it

    scores = score_with_spark(model, tables, moments, **how)
    return score_rows(
        scores, model_name=model.name, model_version=model.version, run_id=run_id, scored_at=scored_at
    )


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
