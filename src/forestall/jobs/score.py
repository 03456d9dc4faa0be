"""One batch scoring job."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl

from forestall.contacts.contact_list import CONTACT_LIST, FOR_A_PERSON, PARTINGS, contact_list, partings
from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import UsageError
from forestall.job_files import (
    OnStep,
    check_output,
    job_id,
    no_progress,
    read_data,
    replaced,
    write_parts,
    write_summary,
)
from forestall.model.reason_texts import DEFAULT
from forestall.moments import default_moments, end_of_records, moments_at, utc
from forestall.registry import LoadedModel, load
from forestall.registry.score_rows import score_rows

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ScoreResult:
    """What a scoring job made.

    Parameters
    ----------
    scores
        One row a moment, in the columns of the contract.
    summary
        What was counted, as `summary.json` holds it.
    contact_list
        Whom to contact first, if the model has a policy or `contacts` was given.
    partings
        Costly customers of low value for a person to think about, if the model has a policy.
    """

    scores: pl.DataFrame
    summary: dict[str, Any]
    contact_list: pl.DataFrame | None = None
    partings: pl.DataFrame | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the summary, as the command prints it."""
        return self.summary


def score(
    model_uri: str,
    data: Tables | str | Path,
    *,
    output: str | Path | None = None,
    as_of: Any = None,
    all: bool = False,
    reasons: bool = False,
    language: str = DEFAULT,
    contacts: int | None = None,
    engine: Literal["local", "spark"] = "local",
    run_id: str | None = None,
    scored_at: datetime | None = None,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: OnStep = no_progress,
) -> ScoreResult:
    """Score interactions, and return the scores with what was counted.

    Parameters
    ----------
    model_uri, data
        The model, see `forestall.load`; a data folder, or tables.
    output
        Folder that gets `scores/*.parquet`, `summary.json`, `rejected/` and the lists: all of them or, when the job
        fails, none. Without it nothing is written.
    as_of, all
        Score all that is open at a time, with `all` also what is over; by default each interaction's last moment.
    reasons, language
        Whether contributions and reasons are computed, and the language of the reasons.
    contacts, engine
        How many customers can be contacted, by default the policy's `capacity_per_day`; `local` or `spark`.
    run_id, scored_at
        The job's id (a repeated one replaces its results), by default made of model, data and moments; the time that
        the score rows carry, by default now.
    max_rejected, tracking_uri
        The largest share of a table's rows that may be rejected; MLflow's server or database.

    Raises
    ------
    UsageError
        `output` holds the results of another run, an option is wrong, or Spark is not installed.
    InputError
        The data break the contract, or too many rows were rejected.
    """
    _check_options(engine, contacts, as_of, all)
    job = _Job(as_of, all, reasons, language, contacts, engine, run_id, scored_at or datetime.now(UTC))
    target = None if output is None else Path(output)
    _check_output(target, run_id)
    progress("fetching the model")
    model = load(model_uri, tracking_uri)
    progress("reading the tables")
    tables = read_data(data, spec=model.spec, max_rejected=max_rejected)
    named = job.id_of(model, tables)
    _check_output(target, named)
    progress(f"scoring {tables.interactions.height:,} interactions")
    result = _scored(job, model, tables, named)
    if target is not None:
        _write(result, tables, target, named)
    log.info("scored %d of %d interactions", result.summary["scored"], result.summary["rows_in"])
    return result


def _check_output(output: Path | None, run_id: str | None) -> None:
    """Check as soon as both are known, before any work, whether the results may be written."""
    if output is not None and run_id is not None:
        check_output(output, run_id)


@dataclass(frozen=True)
class _Job:
    """The options of a scoring job; see `score`."""

    as_of: Any
    with_closed: bool
    reasons: bool
    language: str
    contacts: int | None
    engine: str
    run_id: str | None
    scored_at: datetime

    def id_of(self, model: LoadedModel, tables: Tables) -> str:
        """Return the job's id: the same for the same model, data and options."""
        if self.run_id is not None:
            return self.run_id
        how = (self.as_of, self.with_closed, self.reasons, self.language)
        room = [self.contacts] if self.contacts else []
        return job_id("score", model.name, model.version or model.uri, tables.digest(), *how, *room)


def _scored(job: _Job, model: LoadedModel, tables: Tables, run_id: str) -> ScoreResult:
    if job.as_of is None:
        moments, now = default_moments(tables), end_of_records(tables)
    else:
        moments, now = moments_at(tables, job.as_of, closed=job.with_closed), utc(job.as_of)
    how: dict[str, Any] = {"reasons": job.reasons, "language": job.language}
    by = _by_spark if job.engine == "spark" and moments.height else LoadedModel.score_rows
    rows = by(model, tables, moments=moments, run_id=run_id, scored_at=job.scored_at, **how)
    summary = _summary(rows, tables, model, run_id, job.as_of)
    if job.contacts is None and model.spec.policy is None:
        return ScoreResult(rows, summary)
    listed, summary["contact_list"] = contact_list(rows, tables, model.spec, job.contacts, now)
    if model.spec.policy is None:
        return ScoreResult(rows, summary, listed)
    costly = partings(rows, tables)
    summary["planned_partings"] = {"customers": costly.height, "note": FOR_A_PERSON}
    return ScoreResult(rows, summary, listed, costly)


def _write(result: ScoreResult, tables: Tables, output: Path, run_id: str) -> None:
    with replaced(output, run_id, ("scores", "rejected", CONTACT_LIST, PARTINGS)) as folder:
        for name, frame in ((CONTACT_LIST, result.contact_list), (PARTINGS, result.partings)):
            if frame is not None:
                frame.write_parquet(folder / name)
        write_parts(result.scores, folder / "scores")
        tables.rejections.write(folder / "rejected")
        write_summary(folder, result.summary)


def _check_options(engine: str, contacts: int | None, as_of: Any, with_closed: bool) -> None:
    if engine not in {"local", "spark"}:
        raise UsageError(f"engine must be local or spark, is {engine}")
    if contacts is not None and contacts < 1:
        raise UsageError(
            f"--contacts must be at least 1, the customers that can be contacted; it is {contacts}"
        )
    if with_closed and as_of is None:
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
