"""`forestall score`: one batch scoring job."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from forestall.contacts.contact_list import order_figures
from forestall.contacts.design import design_figures
from forestall.contacts.partings import FOR_A_PERSON
from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import UsageError, must_be
from forestall.job_files import Engine, OnStep, check_engine, check_run_id, job_id, no_progress
from forestall.jobs.job_records import Divided, Records, open_records
from forestall.jobs.offer_contacts import offer_contacts
from forestall.jobs.score_on_spark import DividedOnSpark, SparkRecords, on_spark
from forestall.jobs.score_result import (
    RESULTS,
    SCORES,
    ScoreResult,
    check_account,
    find_earlier,
    read_result,
    score_figures,
    write_scores,
)
from forestall.jobs.score_totals import ScoreTotals
from forestall.jobs.written_parts import computed_parts
from forestall.locations import Location
from forestall.model.fit_progress import OnPart, listening
from forestall.model.policy import check_band
from forestall.model.reason_texts import DEFAULT
from forestall.model.score_columns import SCORE_COLUMNS
from forestall.moments import utc
from forestall.moments.moments import warn_of_no_moment, warn_of_old_records
from forestall.publishing import Job, Output, Publication, open_if_given, writing
from forestall.registry import LoadedModel, load
from forestall.registry.score_rows import score_rows
from forestall.streaming.part import Part, score_part
from forestall.streaming.wanted import Wanted

log = logging.getLogger(__name__)


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

    def __post_init__(self) -> None:
        if self.as_of is not None:
            object.__setattr__(self, "as_of", utc(self.as_of))

    def check(self, run_id: str | None) -> None:
        if run_id is not None:
            check_run_id(run_id)
        check_engine(self.engine)
        check_band(self.reasons_from)
        if self.contacts is not None and self.contacts < 1:
            raise UsageError(must_be("--contacts", "at least 1", self.contacts))
        if self.with_closed and self.as_of is None:
            raise UsageError(must_be("--all", "given with --as-of", do="give a time with it"))

    @property
    def how(self) -> dict[str, Any]:
        """How a part is scored, see `streaming.part.score_part`."""
        return {"reasons": self.reasons_from or self.reasons, "language": self.language}

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

    def job_id(self, model: LoadedModel, records: Records | SparkRecords) -> str:
        parts = (self.as_of, self.with_closed, self.reasons, self.language)
        of = (model.name, model.version or model.uri, records.digest())
        return job_id("score", *of, *parts, *(one for one in (self.contacts, self.reasons_from) if one))


def score(
    model_uri: str | Path | LoadedModel,
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
    ledger: str | None = None,
    run_id: str | None = None,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    require_signature: str | Path | None = None,
    scored_at: datetime | None = None,
    progress: OnStep = no_progress,
    on_part: OnPart | None = None,
) -> ScoreResult:
    """Score the interactions of a data folder; with an `output`, of any size: it is scored in parts.

    Parameters
    ----------
    model_uri, data
        The model's address, see `forestall.load`, or a model that is loaded; a data folder, or tables.
    output
        Gets all results or, on an error, nothing. Complete results of the same job are returned as they are.
    as_of, all
        Score all interactions open at this time, with `all` the closed ones too; else each at its last moment.
    reasons, reasons_from, language, engine
        Whether to compute reasons, from which band on, and their language. Compute here, or by Spark's executors.
    contacts, texts, ledger
        The length of the contact list; whether its page shows what people wrote; the ledger that gets its offers.
    run_id, scored_at
        The job's id: the same id replaces its results. The time in the rows, by default that of the first start.
    max_rejected, tracking_uri, require_signature, progress, on_part
        See `forestall.jobs`; a public key, see `forestall.sign`; `on_part` is told how many interactions are done.

    Raises
    ------
    UsageError, InputError
        An option or the data are not valid; `output` is in use, or holds what is not this run's.
    """
    options = _Options(as_of, all, reasons, reasons_from, language, contacts, texts, engine)
    options.check(run_id)
    with open_if_given(output) as place, ExitStack() as stack, listening(on_part):
        _check_owner(place, run_id)
        progress("fetching the model")
        model = load(model_uri, tracking_uri, require_signature=require_signature)
        progress("reading the tables")
        may_divide = place is not None
        found = stack.enter_context(open_records(data, model.spec, max_rejected, may_divide=may_divide))
        records = on_spark(found, stack) if engine == "spark" else found
        result = _Job(model, records, options, run_id, scored_at).run(place, progress)
        if ledger is not None:
            offer_contacts(result, model, ledger)
        return result


def _check_owner(place: Output | None, run_id: str | None) -> None:
    """Refuse an output of another run before the model is fetched."""
    if place is not None and run_id is not None:
        place.check_owner(Job("score", run_id, RESULTS, find_earlier=find_earlier))


@dataclass(frozen=True)
class _Job:
    """A scoring job that has its model and its records."""

    model: LoadedModel
    records: Records | SparkRecords
    options: _Options
    given_id: str | None
    scored_at: datetime | None

    @cached_property
    def run_id(self) -> str:
        """The id that was given, else one made of what is computed."""
        return self.given_id or self.options.job_id(self.model, self.records)

    def run(self, place: Output | None, progress: OnStep) -> ScoreResult:
        """Score, make the lists, and write both; the results of the same job are returned as they are."""
        now = self.scored_at or datetime.now(UTC)
        if place is None:
            return self._result(now, None, None, progress)
        with place.publication(self._job(now), keep=True) as publication:
            if publication.done is not None:
                return read_result(place, self.records.library)
            return self._result(now, place.location, publication, progress)

    def _job(self, now: datetime) -> Job:
        """Return the job as its manifest describes it. The engine is not an option: it does not change a score."""
        inputs = {"model": self.model.identity(), "data": self.records.as_input()}
        return Job(
            "score",
            self.run_id,
            RESULTS,
            inputs,
            self.options.to_dict() | ({"scored_at": self.scored_at.isoformat()} if self.scored_at else {}),
            started={"scored_at": now.isoformat(), **self.records.started},
            find_earlier=find_earlier,
        )

    def _result(
        self, now: datetime, output: Location | None, publication: Publication | None, progress: OnStep
    ) -> ScoreResult:
        """Return the result; with a publication it is written."""
        spec, options, is_whole = self.model.spec, self.options, self.records.is_whole
        started = {} if publication is None else publication.started
        scored_at = datetime.fromisoformat(started["scored_at"]) if started else now
        if not is_whole:
            progress(f"checking {self.records.n_interactions:,} interactions")
        has_lists = options.contacts is not None or spec.policy is not None
        wanted = Wanted.by(
            self.model.risk_model,
            options.as_of,
            closed=options.with_closed,
            end=has_lists or options.as_of is not None,
            typical_value=has_lists,
        )
        with writing(str(output)):
            folder = None if publication is None else publication.work
            divided = self.records.divide(wanted, folder, started, self.model.risk_model)
            shared = divided.shared
            end = options.as_of or shared.end
            totals = ScoreTotals(spec, options.contacts, end, shared.typical_value)
            progress(f"scoring {shared.account.n_rows['interactions']:,} interactions")
            rows = self._rows(divided, totals, scored_at, publication)
        listed, found = None, score_figures(totals, shared, self.model, options.as_of, self.run_id, scored_at)
        check_account(found, totals.counts)
        n, of = totals.counts.at_a_moment, totals.counts.interactions
        warn_of_no_moment(n, of, options.as_of, closed=options.with_closed)
        warn_of_old_records(shared.end, options.as_of)
        if totals.candidates is not None:
            listed, found["contact_list"] = totals.candidates.contact_list()
            found["contact_list"] |= design_figures(listed, spec, end)
            found["contact_list"] |= order_figures(self.model.risk_model.effect)
        if totals.costly is not None:
            found["planned_partings"] = {"customers": totals.costly.height, "note": FOR_A_PERSON}
        log.info("scored %d of %d interactions", found["scored"], found["rows_in"])
        kept = rows if is_whole else None
        result = ScoreResult(listed, totals.costly, found, output, self.records.library, kept)
        if publication is not None:
            write_scores(result, totals, divided, publication, texts=options.texts)
        return result

    def _rows(
        self,
        divided: Divided | DividedOnSpark,
        totals: ScoreTotals,
        scored_at: datetime,
        publication: Publication | None,
    ) -> pl.DataFrame:
        """Return the score rows of whole tables; those of parts are written one after another, and none returned."""
        if isinstance(divided, DividedOnSpark):
            assert publication is not None
            none = pl.DataFrame(schema=SCORE_COLUMNS)
            own = self._score_rows(none.clear(1), scored_at).drop(none.columns)
            divided.score(self.model.risk_model, totals, own, publication, entry=SCORES, **self.options.how)
            return none
        rows = pl.DataFrame()
        written = None if self.records.is_whole else publication

        def compute(part: Part) -> pl.DataFrame:
            return self._score_rows(self._scores(part, publication), scored_at)

        for rows, tables in computed_parts(
            divided, compute, written, entry=SCORES, done="interactions scored"
        ):
            totals.add(rows, tables)
        return rows

    def _scores(self, part: Part, publication: Publication | None) -> pl.DataFrame:
        """Return the scores of a part, by Spark if asked for."""
        options, model = self.options, self.model.risk_model
        if options.engine == "local" or not part.moments.height:
            return score_part(model, part, **options.how)
        from forestall.spark.tables_scores import score_with_spark  # noqa: PLC0415 - Spark is an extra

        wanted = Wanted.by(model, options.as_of, closed=options.with_closed)
        shared = None if publication is None else publication.work
        return score_with_spark(model, part, wanted, shared, **options.how)

    def _score_rows(self, scores: pl.DataFrame, scored_at: datetime) -> pl.DataFrame:
        return score_rows(
            scores,
            model_name=self.model.name,
            model_version=self.model.version,
            run_id=self.run_id,
            scored_at=scored_at,
            has_effect=True,
        )
