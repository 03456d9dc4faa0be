"""`forestall score`: one batch scoring job."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl

from forestall.contacts.contact_list import contact_list
from forestall.contacts.partings import FOR_A_PERSON, partings
from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import UsageError, must_be
from forestall.job_files import OnStep, check_output, in_callers_library, job_id, no_progress
from forestall.jobs.job_inputs import load_model_and_tables
from forestall.jobs.score_result import ScoreResult, count_scores, write_scores
from forestall.model.policy import check_band
from forestall.model.reason_texts import DEFAULT
from forestall.model.scored_moments import scored_moments
from forestall.moments import end_of_records, utc
from forestall.registry import LoadedModel
from forestall.registry.score_rows import score_rows

log = logging.getLogger(__name__)
Engine = Literal["local", "spark"]


@dataclass(frozen=True)
class _Options:
    """What is scored, and how; see `score`."""

    as_of: Any
    with_closed: bool
    reasons: bool
    reasons_from: str | None
    language: str
    contacts: int | None
    engine: Engine

    def check(self) -> None:
        if self.engine not in {"local", "spark"}:
            raise UsageError(must_be("--engine", "local or spark", self.engine))
        check_band(self.reasons_from)
        if self.reasons_from is not None and self.engine == "spark":
            do = "leave it out, or score with --engine local"
            raise UsageError(must_be("--reasons-from", "left out with --engine spark", do=do))
        if self.contacts is not None and self.contacts < 1:
            raise UsageError(must_be("--contacts", "at least 1", self.contacts))
        if self.with_closed and self.as_of is None:
            raise UsageError(must_be("--all", "given with --as-of", do="give a time with it"))

    def job_id(self, model: LoadedModel, tables: Tables) -> str:
        parts = (self.as_of, self.with_closed, self.reasons, self.language)
        of = (model.name, model.version or model.uri, tables.digest())
        return job_id("score", *of, *parts, *(one for one in (self.contacts, self.reasons_from) if one))


def score(
    model_uri: str | Path,
    data: Tables | str | Path,
    *,
    output: str | Path | None = None,
    as_of: Any = None,
    all: bool = False,
    reasons: bool = False,
    reasons_from: str | None = None,
    language: str = DEFAULT,
    contacts: int | None = None,
    engine: Engine = "local",
    run_id: str | None = None,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    scored_at: datetime | None = None,
    progress: OnStep = no_progress,
) -> ScoreResult:
    """Score the interactions of a data folder.

    Parameters
    ----------
    model_uri, data
        The model's address, see `forestall.load`; a data folder, or tables.
    output
        Gets `scores/*.parquet`, `summary.json`, `rejected/` and the lists; all or, on an error, nothing.
    as_of, all
        Score all interactions open at this time, with `all` the closed ones too; else each at its last moment.
    reasons, language
        Whether to compute contributions and reasons, and the language of the reasons.
    reasons_from
        `medium`, `high` or `critical`: compute them, but only for moments in this band or above.
    contacts
        The length of the contact list. By default the policy's capacity; without a policy there is no list.
    engine
        Compute here, or by Spark's workers; the scores are the same.
    run_id
        The job's id. The same id replaces its earlier results. By default made of model, data and options.
    scored_at
        The time in the score rows; by default now.
    max_rejected, tracking_uri, progress
        See `forestall.jobs`.

    Raises
    ------
    UsageError, InputError
        An option is not valid or `output` holds another run's results; the data are not valid.
    """
    options = _Options(as_of, all, reasons, reasons_from, language, contacts, engine)
    options.check()
    if output is not None and run_id is not None:
        check_output(Path(output), run_id)
    model, tables = load_model_and_tables(
        model_uri, data, max_rejected=max_rejected, tracking_uri=tracking_uri, progress=progress
    )
    job = _Job(
        model, tables, options, run_id or options.job_id(model, tables), scored_at or datetime.now(UTC)
    )
    return job.run(None if output is None else Path(output), progress)


@dataclass(frozen=True)
class _Job:
    """A scoring job that has its model and its tables."""

    model: LoadedModel
    tables: Tables
    options: _Options
    run_id: str
    scored_at: datetime

    def run(self, output: Path | None, progress: OnStep) -> ScoreResult:
        """Score, make the lists, and write both."""
        if output is not None:
            check_output(output, self.run_id)
        progress(f"scoring {self.tables.interactions.height:,} interactions")
        rows = self._rows()
        figures = count_scores(rows, self.tables, self.model, self.options.as_of, self.run_id)
        listed, costly = self._lists(rows, figures)
        result = ScoreResult(in_callers_library(rows, self.tables), listed, costly, figures, output)
        if output is not None:
            write_scores(result, rows, self.tables, output)
        log.info("scored %d of %d interactions", figures["scored"], figures["rows_in"])
        return result

    def _rows(self) -> pl.DataFrame:
        """Return the score rows, by Spark if asked for."""
        as_of = self.options.as_of
        moments = scored_moments(self.model.spec, self.tables, as_of, closed=self.options.with_closed)
        how: dict[str, Any] = {"reasons": self.options.reasons, "language": self.options.language}
        if self.options.engine == "local" or not moments.height:
            lowest = self.options.reasons_from
            scores = self.model.risk_model.score(self.tables, moments=moments, reasons_from=lowest, **how)
        else:
            from forestall.registry.spark import score_with_spark  # noqa: PLC0415 - Spark is an extra

            scores = score_with_spark(self.model, self.tables, moments, **how)
        return score_rows(
            scores,
            model_name=self.model.name,
            model_version=self.model.version,
            run_id=self.run_id,
            scored_at=self.scored_at,
        )

    def _lists(
        self, rows: pl.DataFrame, figures: dict[str, Any]
    ) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
        """Return the contact list and the partings, None if not made, and add their counts to the figures."""
        policy, limit, as_of = self.model.spec.policy, self.options.contacts, self.options.as_of
        if limit is None and policy is None:
            return None, None
        now = end_of_records(self.tables) if as_of is None else utc(as_of)
        listed, figures["contact_list"] = contact_list(rows, self.tables, self.model.spec, limit, now)
        if policy is None:
            return listed, None
        costly = partings(rows, self.tables)
        figures["planned_partings"] = {"customers": costly.height, "note": FOR_A_PERSON}
        return listed, costly
