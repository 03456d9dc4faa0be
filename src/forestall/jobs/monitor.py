"""`forestall monitor`: drift, expected and observed outcomes, lost facts, and what is due."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from forestall.contacts.contact_list import CONTACT_LIST
from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import EXIT_NOT_PASSED, EXIT_REPAIR
from forestall.job_files import (
    SUMMARY,
    OnStep,
    earlier_results,
    job_id,
    no_progress,
    read_data,
    rejection_counts,
    tables_as_input,
    write_summary,
)
from forestall.jobs.job_result import JobResult
from forestall.jobs.score_result import SCORES
from forestall.json_text import json_text
from forestall.locations import Location
from forestall.monitoring.examine import examine
from forestall.monitoring.page import write_page
from forestall.monitoring.past_scores import PastScores, read_scores
from forestall.monitoring.result import Monitoring
from forestall.publishing import Job, Output, open_if_given, writing
from forestall.publishing.local_results import local_results
from forestall.registry import LoadedModel, load

log = logging.getLogger(__name__)

REPORT, RESULT, FEATURES = "report.html", "monitoring.json", "features.parquet"
_RESULTS = (REPORT, RESULT, FEATURES, "rejected", SUMMARY)
# Figures that are shown to a reader; `to_dict` has all of them.
_SHOWN = (
    *("realised/n", "realised/auc", "promised/auc", "realised/log_loss", "promised/log_loss"),
    *("realised/base_rate", "realised/mean_risk", "reference/promised_auc", "current/promised_auc"),
    *("drift/moved", "drift/weight_moved"),
)


@dataclass(frozen=True)
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
    model_uri: str | Path,
    reference: Tables | str | Path,
    current: Tables | str | Path,
    *,
    output: str | Path | None = None,
    scores: str | Path | None = None,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: OnStep = no_progress,
) -> MonitoringResult:
    """Compare current data with a reference, and a model's risks with what was observed.

    Parameters
    ----------
    model_uri
        The model's address, see `forestall.load`.
    reference
        Data of a time when the model was right, best the data that it was trained on.
    current
        Data of today, with the customers' past. Interactions that are in the reference too are not compared.
    output
        Gets `report.html`, `monitoring.json`, `features.parquet`, `summary.json` and, if rows of the current data
        were rejected, `rejected/`: all of them or, on an error, nothing. None writes nothing.
    scores
        A folder with `scores/*.parquet` of earlier scoring jobs anywhere below it: their risks are compared with what
        was observed. By default the model scores the labelled interactions now.
    max_rejected, tracking_uri, progress
        See `forestall.jobs`.

    Raises
    ------
    UsageError
        `output` holds the results of another run.
    InputError
        The current data have no interaction beside those of the reference, or the data are not valid.
    """
    with open_if_given(output) as place:
        progress("fetching the model")
        model = load(model_uri, tracking_uri)
        progress("reading the tables")
        before, now = (
            read_data(one, spec=model.spec, max_rejected=max_rejected) for one in (reference, current)
        )
        past = None if scores is None else _past_scores(scores, model.name)
        job = _job(model, before, now, past)
        if place is not None:
            place.check_owner(job)
        found = examine(model, before, now, past, progress)
        folder = None if place is None else place.location
        result = MonitoringResult(found, _figures(model, found, now, job.run_id), folder)
        if place is not None:
            _write(result, now, place, job)
    log.info("monitored %s: %s", model.uri, found.verdict)
    return result


def _past_scores(address: str | Path, name: str) -> PastScores:
    with local_results(address, "score", (SCORES, CONTACT_LIST)) as folder:
        return read_scores(folder, name)


def _job(model: LoadedModel, before: Tables, now: Tables, past: PastScores | None) -> Job:
    parts = (model.name, model.version or model.uri, before.digest(), now.digest())
    scores = None if past is None else past.digest()
    return Job(
        "monitor",
        job_id("monitor", *parts, *([scores] if scores else [])),
        _RESULTS,
        {
            "model": model.identity(),
            "reference": tables_as_input(before),
            "current": tables_as_input(now),
            "scores": scores,
        },
        find_earlier=earlier_results(*_RESULTS),
    )


def _figures(model: LoadedModel, found: Monitoring, now: Tables, run_id: str) -> dict[str, Any]:
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
        **rejection_counts(now.rejections.tally),
    }


def _write(result: MonitoringResult, now: Tables, place: Output, job: Job) -> None:
    found = result.monitoring
    with place.publication(job) as publication, writing(place.folder):
        folder = publication.folder
        write_page(found, folder / REPORT)
        (folder / RESULT).write_text(json_text(found.to_dict()), encoding="utf-8")
        pl.DataFrame([vars(one) for one in found.drift.features]).write_parquet(folder / FEATURES)
        now.rejections.write(folder / "rejected")
        write_summary(folder, result.figures)
