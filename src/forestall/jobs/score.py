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
from forestall.job_files import OnStep, check_run_id, in_callers_library, job_id, no_progress, tables_as_input
from forestall.jobs.job_inputs import load_model_and_tables
from forestall.jobs.score_result import (
    RESULTS,
    ScoreResult,
    check_account,
    count_scores,
    find_earlier,
    read_result,
    write_scores,
)
from forestall.model.policy import check_band
from forestall.model.reason_texts import DEFAULT
from forestall.model.scored_moments import scored_moments
from forestall.moments import end_of_records, utc
from forestall.publishing import Job, Output, open_if_given
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
    texts: bool
    engine: Engine

    def check(self) -> None:
        if self.engine not in {"local", "spark"}:
            raise UsageError(must_be("--engine", "local or spark", self.engine))
        check_band(self.reasons_from)
        if self.contacts is not None and self.contacts < 1:
            raise UsageError(must_be("--contacts", "at least 1", self.contacts))
        if self.with_closed and self.as_of is None:
            raise UsageError(must_be("--all", "given with --as-of", do="give a time with it"))

    def to_dict(self) -> dict[str, Any]:
        """Return what changes the results."""
        return {
            "as_of": None if self.as_of is None else str(self.as_of),
            "all": self.with_closed,
            "reasons": self.reasons,
            "reasons_from": self.reasons_from,
            "language": self.language,
            "contacts": self.contacts,
            "texts": self.texts,
        }

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
    texts: bool = False,
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
        Gets `scores/*.parquet`, `summary.json`, `rejected/`, the lists and `manifest.json`; all or, on an error,
        nothing. If it holds the complete results of the same job, they are returned and nothing is computed.
    as_of, all
        Score all interactions open at this time, with `all` the closed ones too; else each at its last moment.
    reasons, reasons_from, language
        Whether to compute reasons and contributions, from which band on (such as `medium`), and their language.
    contacts, texts
        The length of the contact list, by default the policy's capacity; whether its page shows what people wrote.
    engine
        Compute here, or by Spark's workers; the scores are the same.
    run_id
        The job's id. The same id replaces its earlier results. By default made of model, data and options.
    scored_at
        The time in the score rows; by default that of the job's first start, even if it was killed and given again.
    max_rejected, tracking_uri, progress
        See `forestall.jobs`.

    Raises
    ------
    UsageError, InputError
        An option or the data are not valid, another process writes `output`, or it holds what is not this run's.
    """
    options = _Options(as_of, all, reasons, reasons_from, language, contacts, texts, engine)
    options.check()
    if run_id is not None:
        check_run_id(run_id)
    with open_if_given(output) as place:
        if place is not None and run_id is not None:  # refused before the model is fetched
            Job("score", run_id, RESULTS, find_earlier=find_earlier).check_owner(place.folder)
        model, tables = load_model_and_tables(
            model_uri, data, max_rejected=max_rejected, tracking_uri=tracking_uri, progress=progress
        )
        job = _Job(model, tables, options, run_id or options.job_id(model, tables), scored_at)
        return job.run(place, progress)


@dataclass(frozen=True)
class _Job:
    """A scoring job that has its model and its tables."""

    model: LoadedModel
    tables: Tables
    options: _Options
    run_id: str
    scored_at: datetime | None

    def run(self, place: Output | None, progress: OnStep) -> ScoreResult:
        """Score, make the lists, and write both; the results of the same job are returned as they are."""
        now = self.scored_at or datetime.now(UTC)
        if place is None:
            return self._result(now, None, progress)[0]
        with place.publication(self._job(now), keep=True) as publication:
            if publication.done is not None:
                return read_result(place.folder, self.tables)
            started = datetime.fromisoformat(publication.started["scored_at"])
            result, rows = self._result(started, place.folder, progress)
            spec, texts = self.model.spec, self.options.texts
            write_scores(result, rows, self.tables, publication, spec, texts=texts)
        return result

    def _job(self, now: datetime) -> Job:
        """Return the job as its manifest describes it. The engine is not an option: it does not change a score."""
        inputs = {"model": self.model.identity(), "data": tables_as_input(self.tables)}
        return Job(
            "score",
            self.run_id,
            RESULTS,
            inputs,
            self.options.to_dict() | ({"scored_at": self.scored_at.isoformat()} if self.scored_at else {}),
            started={"scored_at": now.isoformat()},
            find_earlier=find_earlier,
        )

    def _result(
        self, scored_at: datetime, output: Path | None, progress: OnStep
    ) -> tuple[ScoreResult, pl.DataFrame]:
        """Return the result, and the score rows as a Polars frame."""
        progress(f"scoring {self.tables.interactions.height:,} interactions")
        rows = self._rows(scored_at, output)
        figures = count_scores(rows, self.tables, self.model, self.options.as_of, self.run_id)
        check_account(figures, rows, self.tables)
        listed, costly = self._lists(rows, figures)
        log.info("scored %d of %d interactions", figures["scored"], figures["rows_in"])
        return ScoreResult(in_callers_library(rows, self.tables), listed, costly, figures, output), rows

    def _rows(self, scored_at: datetime, output: Path | None) -> pl.DataFrame:
        """Return the score rows, by Spark if asked for."""
        as_of = self.options.as_of
        moments = scored_moments(self.model.spec, self.tables, as_of, closed=self.options.with_closed)
        reasons, lowest, language = self.options.reasons, self.options.reasons_from, self.options.language
        if self.options.engine == "local" or not moments.height:
            scores = self.model.risk_model.score(
                self.tables, moments=moments, reasons=reasons, reasons_from=lowest, language=language
            )
        else:
            from forestall.spark.tables_scores import score_with_spark  # noqa: PLC0415 - Spark is an extra

            scores = score_with_spark(
                self.model.risk_model,
                self.tables,
                moments,
                as_of=as_of,
                closed=self.options.with_closed,
                shared=output,
                reasons=lowest or reasons,
                language=language,
            )
        return score_rows(
            scores,
            model_name=self.model.name,
            model_version=self.model.version,
            run_id=self.run_id,
            scored_at=scored_at,
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
