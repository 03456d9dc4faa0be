"""`forestall monitor`: drift, expected and observed outcomes, lost facts, and what is due."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from forestall.contacts.contact_list import CONTACT_LIST
from forestall.data import Tables
from forestall.data.rejections import RejectionCounts
from forestall.defaults import MAX_REJECTED
from forestall.errors import EXIT_NOT_PASSED, EXIT_REPAIR
from forestall.job_files import (
    SUMMARY,
    OnStep,
    earlier_results,
    job_id,
    no_progress,
    rejection_counts,
    write_summary,
)
from forestall.jobs.job_records import Divided, DividedFolder, Records, open_records
from forestall.jobs.job_result import JobResult
from forestall.jobs.score_result import SCORES
from forestall.json_text import json_text
from forestall.locations import Location
from forestall.model.fit_progress import OnPart, listening
from forestall.monitoring.examine import examine
from forestall.monitoring.monitored_records import MonitoredRecords, PartedRecords, WholeRecords
from forestall.monitoring.page import write_page
from forestall.monitoring.past_scores import PastScores, read_scores
from forestall.monitoring.result import Monitoring
from forestall.publishing import Job, Publication, open_if_given, writing
from forestall.publishing.local_results import local_results
from forestall.registry import LoadedModel, load
from forestall.streaming.wanted import Wanted

log = logging.getLogger(__name__)

REPORT, RESULT, FEATURES = "report.html", "monitoring.json", "features.parquet"
_RESULTS = (REPORT, RESULT, FEATURES, "rejected", SUMMARY)
# Figures that are shown to a reader; `to_dict` has all of them.
_SHOWN = (
    *("realised/n", "realised/auc", "promised/auc", "realised/log_loss", "promised/log_loss"),
    *("realised/base_rate", "realised/mean_risk", "reference/promised_auc", "current/promised_auc"),
    *("drift/moved", "drift/weight_moved"),
)


@dataclass(frozen=True, repr=False)
class MonitoringResult(JobResult):
    """What `monitor` found.

    Attributes
    ----------
    monitoring
        Everything that the report shows.
    figures
        What `summary.json` holds: verdict, reasons, checks, notes and metrics.
    output
        Where the results were written, if anywhere.
    """

    monitoring: Monitoring
    figures: dict[str, Any]
    output: Location | None

    @property
    def retraining_due(self) -> bool:
        """Whether a check failed that calls for retraining."""
        return self.monitoring.retraining_due

    @property
    def repair_due(self) -> bool:
        """Whether facts are lost, so that the data must be repaired."""
        return self.monitoring.repair_due

    @property
    def exit_code(self) -> int:
        """0: nothing is due; 3: retraining is due; 4: only the data must be repaired.

        With 3 facts may be lost too, see `repair_due`. Then repair the data before retraining: a model that is
        trained without the lost facts makes the loss last.
        """
        if self.retraining_due:
            return EXIT_NOT_PASSED
        return EXIT_REPAIR if self.repair_due else 0

    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints."""
        return ({"report": str(self.output / REPORT)} if self.output else {}) | self.figures

    def summary(self) -> dict[str, Any]:
        """Return the figures for a reader."""
        checks = [{**one, "passed": "yes" if one["passed"] else "NO"} for one in self.figures["checks"]]
        metrics = {name: value for name, value in self.figures["metrics"].items() if name in _SHOWN}
        return self.to_dict() | {"checks": checks, "metrics": metrics}


def monitor(
    model_uri: str | Path | LoadedModel,
    reference: Tables | str | Path,
    current: Tables | str | Path,
    *,
    output: str | Path | None = None,
    scores: str | Path | None = None,
    ledger: str | None = None,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: OnStep = no_progress,
    on_part: OnPart | None = None,
) -> MonitoringResult:
    """Compare current data with a reference, and a model's risks with what was observed.

    Parameters
    ----------
    model_uri, reference
        The model's address, see `forestall.load`, or a model that is loaded; data of a time when the model was right,
        best the data that it was trained on.
    current
        Data of today, with the customers' past. Interactions that are in the reference too are not compared.
    output
        Gets `report.html`, `monitoring.json`, `features.parquet`, `summary.json` and, if rows of the current data
        were rejected, `rejected/`: all of them or, on an error, nothing. None writes nothing.
    scores, ledger
        A folder with `scores/*.parquet` of earlier scoring jobs anywhere below it: their risks are compared with what
        was observed; by default the model scores the labelled interactions now. The URL of a ledger of contacts, which
        counts beside the tables `contacts`: the held-out stand for the contacted.
    max_rejected, tracking_uri, progress, on_part
        See `forestall.jobs`; `on_part` is told how many rows of a large data folder are read, of how many.

    Raises
    ------
    UsageError
        `output` holds the results of another run.
    InputError
        The current data have no interaction beside those of the reference, or the data are not valid.
    """
    with open_if_given(output) as place, ExitStack() as stack, listening(on_part):
        progress("fetching the model")
        model = load(model_uri, tracking_uri)
        progress("reading the tables")
        # an event label and its moments depend on all records; a ledger may have contacts, where labels end
        may_divide = place is not None and model.spec.label.event is None and ledger is None
        how: dict[str, Any] = {"may_divide": may_divide, "uses_labels": True, "ledger": ledger}
        before, now = (
            stack.enter_context(open_records(one, model.spec, max_rejected, **how))
            for one in (reference, current)
        )
        past = None if scores is None else _past_scores(scores, model.name)
        monitored = _Monitored(model, before, now, past)
        if place is None:
            result = monitored.result(None, None, progress)
        else:
            place.check_owner(monitored.job)
            with place.publication(monitored.job) as publication, writing(place.folder):
                result = monitored.result(publication, place.location, progress)
    log.info("monitored %s: %s", model.uri, result.monitoring.verdict)
    return result


@dataclass(frozen=True)
class _Monitored:
    """A job that has its model and its records."""

    model: LoadedModel
    before: Records
    now: Records
    past: PastScores | None

    @cached_property
    def job(self) -> Job:
        """The job as its manifest describes it."""
        model, before, now = self.model, self.before, self.now
        parts = (model.name, model.version or model.uri, before.digest(), now.digest())
        scores = None if self.past is None else self.past.digest()
        return Job(
            "monitor",
            job_id("monitor", *parts, *([scores] if scores else [])),
            _RESULTS,
            {
                "model": model.identity(),
                "reference": before.as_input(),
                "current": now.as_input(),
                "scores": scores,
            },
            find_earlier=earlier_results(*_RESULTS),
        )

    def result(
        self, publication: Publication | None, output: Location | None, progress: OnStep
    ) -> MonitoringResult:
        """Return what is found; with a publication it is written."""
        before, now = (
            self._divide(records, publication, name)
            for records, name in ((self.before, "reference"), (self.now, "current"))
        )
        found = examine(self.model, _monitored(before), _monitored(now), self.past, progress)
        rejected = now.shared.account.rejected
        result = MonitoringResult(found, _figures(self.model, found, rejected, self.job.run_id), output)
        if publication is not None:
            _write(result, now, publication.folder)
        return result

    def _divide(self, records: Records, publication: Publication | None, name: str) -> Divided:
        folder = None if publication is None else publication.work / name
        wanted = Wanted(self.model.spec, has_queue=False, end=not records.is_whole)
        return records.divide(wanted, folder, records.started, self.model.risk_model)


def _monitored(divided: Divided) -> MonitoredRecords:
    if isinstance(divided, DividedFolder):
        return PartedRecords(divided.partition, divided.shared)
    return WholeRecords(divided.tables)


def _past_scores(address: str | Path, name: str) -> PastScores:
    with local_results(address, "score", (SCORES, CONTACT_LIST)) as folder:
        return read_scores(folder, name)


def _figures(model: LoadedModel, found: Monitoring, rejected: RejectionCounts, run_id: str) -> dict[str, Any]:
    return {
        "retraining_due": found.retraining_due,
        "repair_due": found.repair_due,
        "reasons": found.reasons,
        "checks": found.to_dict()["checks"],
        "notes": found.notes,
        "is_decided_by_ratings": found.is_decided_by_ratings,
        "metrics": found.metrics(),
        "model_name": model.name,
        "model_version": model.version,
        "run_id": run_id,
        **rejection_counts(rejected),
    }


def _write(result: MonitoringResult, now: Divided, folder: Path) -> None:
    found = result.monitoring
    write_page(found, folder / REPORT)
    (folder / RESULT).write_text(json_text(found.to_dict()), encoding="utf-8")
    pl.DataFrame([vars(one) for one in found.drift.features]).write_parquet(folder / FEATURES)
    now.write_rejected(folder / "rejected")
    write_summary(folder, result.figures)
