"""Monitoring a model: drift, expected and observed outcomes, lost facts, and what is due."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.job_files import (
    OnStep,
    check_output,
    job_id,
    no_progress,
    read_data,
    replaced,
    write_summary,
)
from forestall.json_text import json_text
from forestall.monitoring.examine import examined
from forestall.monitoring.page import write_page
from forestall.monitoring.past_scores import read_scores
from forestall.monitoring.result import Monitoring
from forestall.registry import LoadedModel, load

log = logging.getLogger(__name__)

EXIT_RETRAINING, EXIT_REPAIR = 3, 4
REPORT, RESULT, FEATURES = "report.html", "monitoring.json", "features.parquet"


@dataclass(frozen=True)
class MonitoringResult:
    """What a monitoring found.

    Parameters
    ----------
    monitoring
        Every figure and check.
    summary
        As `summary.json` holds it.
    """

    monitoring: Monitoring
    summary: dict[str, Any]

    @property
    def retraining_due(self) -> bool:
        """Whether a check failed that calls for retraining."""
        return self.monitoring.retraining_due

    @property
    def repair_due(self) -> bool:
        """Whether a check failed that calls for repairing the data."""
        return self.monitoring.repair_due

    @property
    def exit_code(self) -> int:
        """The command's exit code: 3 when retraining is due, 4 when only the data need repair, else 0."""
        if self.retraining_due:
            return EXIT_RETRAINING
        return EXIT_REPAIR if self.repair_due else 0

    def to_dict(self) -> dict[str, Any]:
        """Return the summary, as the command prints it."""
        return self.summary


def monitor(
    model_uri: str,
    reference: Tables | str | Path,
    current: Tables | str | Path,
    *,
    output: str | Path | None = None,
    scores: str | Path | None = None,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: OnStep = no_progress,
) -> MonitoringResult:
    """Compare the data of today with a reference, and the risks with the outcomes; return what is due.

    Parameters
    ----------
    model_uri
        The model, see `forestall.load`.
    reference
        Data of a time when the model was right: best those that it was trained on.
    current
        The data of today. They should hold the customers' past too; interactions that the reference holds as well are
        part of that past and not compared.
    output
        Folder that gets `report.html`, `monitoring.json`, `features.parquet`, `summary.json` and, if rows of the
        current data were rejected, `rejected/`: all of them or, when the job fails, none. Without it nothing is
        written.
    scores
        Folder of earlier scoring jobs, with `scores/*.parquet` in or below it: then these risks are compared with the
        outcomes. By default the model scores the labelled interactions now.
    max_rejected
        The largest share of a table's rows, 0 to 1, that may be rejected.
    tracking_uri
        MLflow's server or database; by default `MLFLOW_TRACKING_URI`, else `mlflow.db` in the working folder.

    Raises
    ------
    InputError
        The current data hold no new interaction, or the data break the contract.
    """
    progress("fetching the model")
    model = load(model_uri, tracking_uri)
    progress("reading the tables")
    before, now = (read_data(one, spec=model.spec, max_rejected=max_rejected) for one in (reference, current))
    acted = read_scores(scores, model.name) if scores is not None else None
    which = (model.name, model.version or model.uri, before.digest(), now.digest())
    run_id = job_id("monitor", *which, *([acted.digest()] if acted else []))
    if output is not None:
        check_output(Path(output), run_id)
    found = examined(model, before, now, acted, progress)
    result = MonitoringResult(found, _summary(model, found, now, run_id))
    if output is not None:
        _write(result, now, Path(output), run_id)
    log.info("monitored %s: %s", model.uri, found.verdict)
    return result


def _write(result: MonitoringResult, now: Tables, output: Path, run_id: str) -> None:
    found = result.monitoring
    with replaced(output, run_id, (REPORT, RESULT, FEATURES, "rejected")) as folder:
        write_page(found, folder / REPORT)
        (folder / RESULT).write_text(json_text(found.to_dict()), encoding="utf-8")
        pl.DataFrame([vars(one) for one in found.drift.features]).write_parquet(folder / FEATURES)
        now.rejections.write(folder / "rejected")
        write_summary(folder, result.summary)


def _summary(model: LoadedModel, found: Monitoring, now: Tables, run_id: str) -> dict[str, Any]:
    told = found.to_dict()
    return {
        "retraining_due": found.retraining_due,
        "repair_due": found.repair_due,
        "reasons": found.reasons,
        "checks": told["checks"],
        "notes": found.notes,
        "is_decided_by_ratings": found.is_decided_by_ratings,
        "metrics": found.metrics(),
        "model_name": model.name,
        "model_version": model.version,
        "run_id": run_id,
        "rejected": now.rejections.count("interactions"),
        "rejected_events": now.rejections.count("events"),
        "rejected_by_rule": now.rejections.counts(),
    }
