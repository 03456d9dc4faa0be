"""The evaluation of a model on any data."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from forestall.assessment.assess import Assessment, assess, labelled_by
from forestall.assessment.predictions import judged, with_truth
from forestall.assessment.run_content import label_in_words
from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import InputError
from forestall.job_files import job_id, read_data, replaced, write_summary
from forestall.registry import LoadedModel, load
from forestall.registry.package import spec_yaml
from forestall.reporting import Context, write_report
from forestall.reporting.text import findings
from forestall.training.labelled_moments import IS_DRAWN, labelled_moments, split
from forestall.training.segments import groups_learnt
from forestall.training.training_set import Work

log = logging.getLogger(__name__)


_RESULTS = ("report.html", "evaluation.json", "predictions.parquet", "rejected")


def evaluate(
    model_uri: str,
    data: Tables | str | Path,
    output: str | Path,
    *,
    deep: bool = False,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Evaluate a model on the rated interactions of a data folder, and return the metrics.

    Parameters
    ----------
    output
        Gets `report.html`, `evaluation.json`, `predictions.parquet`, `summary.json` and, if rows were rejected,
        `rejected/`: all of them or, when the job fails, none.
    deep
        Whether to fit anew on a part of these data, once with all families and once without each, to see on the rest
        what each adds.

    Raises
    ------
    InputError
        No interaction has a label, or the data are not as they must be.
    """
    tell = progress or (lambda step: None)
    tell("fetching the model")
    model = load(model_uri, tracking_uri)
    tell("reading the tables")
    tables = read_data(data, spec=model.spec, max_rejected=max_rejected)
    tell("scoring the labelled moments")
    rows = with_truth(judged(model.risk_model, tables), data, model.spec.label)
    if not rows.height:
        raise InputError(
            "the data must have labelled interactions to evaluate on; feedback labels none of them"
        )
    tell("evaluating")
    work = _work(model, tables) if deep else None
    found = assess(
        model.risk_model,
        tables,
        rows,
        labelled_by(model.risk_model, tables, rows),
        seen=groups_learnt(model.risk_model),
        work=work,
        full=work.judge(n_refits=0, with_baselines=False)[1] if work else None,
        tell=tell,
    )
    notes = _notes(model, tables)  # each of them says that the model may have seen the rows
    found = replace(found, evaluation=replace(found.evaluation, may_be_seen=bool(notes)))
    evaluation = found.evaluation
    run_id = job_id("evaluate", model.name, model.version or model.uri, tables.digest())
    context = _context(model, tables, found, notes)
    summary = {
        "model_name": model.name,
        "model_version": model.version,
        "run_id": run_id,
        "interactions": rows["interaction_id"].n_unique(),
        "moments": rows.height,
        "notes": [*notes, *findings.watch(evaluation)],
        "rejected": tables.rejections.count("interactions"),
        "rejected_events": tables.rejections.count("events"),
        "rejected_by_rule": tables.rejections.counts(),
        "metrics": evaluation.metrics(),
    }
    with replaced(Path(output), run_id, _RESULTS) as folder:
        write_report(evaluation, context, folder / "report.html")
        (folder / "evaluation.json").write_text(evaluation.to_json(), encoding="utf-8")
        rows.write_parquet(folder / "predictions.parquet")
        tables.rejections.write(folder / "rejected")
        write_summary(folder, summary)
    return {"report": str(Path(output) / "report.html"), **summary}


def _context(model: LoadedModel, tables: Tables, found: Assessment, notes: list[str]) -> Context:
    """Return what the report says besides the figures."""
    return Context(
        model_name=model.name,
        model_version=model.version or "",
        run_id=model.run_id or "",
        label=label_in_words(model.spec.label),
        event=model.spec.label.event or "",
        notes=notes,
        settings=spec_yaml(model.spec),
        rejections=tables.rejections.counts(),
        lineage={"data digest": tables.digest(), "model": model.uri},
        importance=found.importance,
        quality=found.quality,
    )


def _work(model: LoadedModel, tables: Tables) -> Work:
    """Return the work of learning from these data by the model's own specification."""
    spec = model.spec
    moments, _ = split(tables, labelled_moments(tables, spec, model.info.get(IS_DRAWN))[0], spec)
    return Work.of(tables, moments, spec, os.cpu_count() or 1, {"name": spec.name})


def _notes(model: LoadedModel, tables: Tables) -> list[str]:
    """Return what a reader must know of the data: above all whether the model has seen them."""
    notes = []
    if tables.about["clock"] == "none":
        return [
            "The data have no clock: whether the model has seen these rows cannot be told from their times."
        ]
    until = datetime.fromisoformat(model.info["trained_until"])
    n_seen = int((tables.interactions["started_at"] <= until).sum())
    if n_seen:
        notes.append(
            f"{n_seen} of the interactions start before the end of the model's training "
            f"({until.isoformat()}): it may have learnt from them, and then looks better than it is."
        )
    return notes
