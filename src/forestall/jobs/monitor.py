"""The monitoring of a model: what has drifted, what its risks promise, and whether it came true."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.job_files import check_output, job_id, read_data, replaced, write_summary
from forestall.json_text import json_text
from forestall.monitoring.examine import examined
from forestall.monitoring.page import write_page
from forestall.monitoring.past_scores import read_scores
from forestall.monitoring.result import Monitoring
from forestall.registry import LoadedModel, load

log = logging.getLogger(__name__)

REPORT, RESULT, FEATURES = "report.html", "monitoring.json", "features.parquet"


def monitor(
    model_uri: str,
    reference: Tables | str | Path,
    current: Tables | str | Path,
    output: str | Path,
    *,
    scores: str | Path | None = None,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Compare what a model sees now with what it saw, hold its risks to their promise, and return what was found.

    Parameters
    ----------
    model_uri
        The model.
    reference
        The data of a time when the model was right: best those that it was learnt from.
    current
        The data of today. They should hold the customers' past too; interactions that the reference has are part of
        that past and not compared.
    output
        Gets `report.html`, `monitoring.json`, `features.parquet`, `summary.json` and, if rows of the current data were
        rejected, `rejected/`: all of them or, when the job fails, none.
    scores
        What scoring jobs wrote, a folder with `scores/*.parquet` anywhere below it: then these risks are held to what
        came true. Else the model scores the rated interactions now.

    Returns
    -------
    dict
        `retraining_due`, `reasons`, `checks` and the figures.

    Raises
    ------
    InputError
        The current data hold no interaction that the reference has not, or the data are not as they must be.
    """
    tell = progress or (lambda step: None)
    tell("fetching the model")
    model = load(model_uri, tracking_uri)
    tell("reading the tables")
    before, now = (read_data(one, spec=model.spec, max_rejected=max_rejected) for one in (reference, current))
    acted = read_scores(scores, model.name) if scores is not None else None
    which = (model.name, model.version or model.uri, before.digest(), now.digest())
    run_id = job_id("monitor", *which, *([acted.digest()] if acted else []))
    check_output(Path(output), run_id)
    found = examined(model, before, now, acted, tell)
    summary = _summary(model, found, now, run_id)
    with replaced(Path(output), run_id, (REPORT, RESULT, FEATURES, "rejected")) as folder:
        write_page(found, folder / REPORT)
        (folder / RESULT).write_text(json_text(found.to_dict()), encoding="utf-8")
        pl.DataFrame([vars(one) for one in found.drift.features]).write_parquet(folder / FEATURES)
        now.rejections.write(folder / "rejected")
        write_summary(folder, summary)
    log.info("monitored %s: %s", model.uri, found.verdict)
    return {"report": str(Path(output) / REPORT), **summary}


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
