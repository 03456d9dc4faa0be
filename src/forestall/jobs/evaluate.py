"""The evaluation of a model on any data."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from forestall.assessment.assess import Assessment, assess, labelled_by
from forestall.assessment.predictions import judged, with_truth
from forestall.assessment.run_content import label_in_words
from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import InputError
from forestall.evaluation import Evaluation
from forestall.job_files import OnStep, job_id, no_progress, read_data, replaced, write_summary
from forestall.registry import LoadedModel, load
from forestall.registry.package import spec_yaml
from forestall.reporting import Context, write_report
from forestall.reporting.text.leaks import leak_warnings
from forestall.training.labelled_moments import IS_DRAWN, labelled_moments, split
from forestall.training.segments import groups_learnt
from forestall.training.training_set import Work

log = logging.getLogger(__name__)


REPORT = "report.html"
_RESULTS = (REPORT, "evaluation.json", "predictions.parquet", "rejected")


@dataclass(frozen=True)
class EvaluationResult:
    """What an evaluation found.

    Parameters
    ----------
    evaluation
        Every figure; `metrics()` has the main ones.
    predictions
        The labelled moments with their risk and baselines.
    summary
        As `summary.json` holds it.
    """

    evaluation: Evaluation
    predictions: pl.DataFrame
    summary: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the summary, as the command prints it."""
        return self.summary


def evaluate(
    model_uri: str,
    data: Tables | str | Path,
    *,
    output: str | Path | None = None,
    deep: bool = False,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: OnStep = no_progress,
) -> EvaluationResult:
    """Evaluate a model on the labelled interactions of any data, and return every figure.

    Parameters
    ----------
    model_uri, data
        The model, see `forestall.load`; a data folder, or tables.
    output
        Folder that gets `report.html`, `evaluation.json`, `predictions.parquet`, `summary.json` and, if rows were
        rejected, `rejected/`: all of them or, when the job fails, none. Without it nothing is written.
    deep
        Whether to fit on a part of these data, with all families and without each, to measure on the rest what each
        family adds.
    max_rejected
        The largest share of a table's rows, 0 to 1, that may be rejected.
    tracking_uri
        MLflow's server or database; by default `MLFLOW_TRACKING_URI`, else `mlflow.db` in the working folder.

    Raises
    ------
    InputError
        No interaction has a label, or the data break the contract.
    """
    progress("fetching the model")
    model = load(model_uri, tracking_uri)
    progress("reading the tables")
    tables = read_data(data, spec=model.spec, max_rejected=max_rejected)
    progress("scoring the labelled moments")
    rows = with_truth(judged(model.risk_model, tables), data, model.spec.label)
    if not rows.height:
        raise InputError(
            "the data must have labelled interactions to evaluate on; feedback labels none of them"
        )
    progress("evaluating")
    notes = _notes(model, tables)
    found = _assessed(model, tables, rows, deep=deep, may_be_seen=bool(notes), progress=progress)
    run_id = job_id("evaluate", model.name, model.version or model.uri, tables.digest())
    result = EvaluationResult(
        found.evaluation, rows, _summary(model, tables, rows, found.evaluation, notes, run_id)
    )
    if output is not None:
        _write(result, _context(model, tables, found, notes), tables, Path(output), run_id)
    return result


def _assessed(
    model: LoadedModel, tables: Tables, rows: pl.DataFrame, *, deep: bool, may_be_seen: bool, progress: OnStep
) -> Assessment:
    work = _work(model, tables) if deep else None
    found = assess(
        model.risk_model,
        tables,
        rows,
        labelled_by(model.risk_model, tables, rows),
        seen=groups_learnt(model.risk_model),
        work=work,
        full=work.judge(n_refits=0, with_baselines=False)[1] if work else None,
        tell=progress,
    )
    return replace(found, evaluation=replace(found.evaluation, may_be_seen=may_be_seen))


def _summary(
    model: LoadedModel,
    tables: Tables,
    rows: pl.DataFrame,
    evaluation: Evaluation,
    notes: list[str],
    run_id: str,
) -> dict[str, Any]:
    return {
        "model_name": model.name,
        "model_version": model.version,
        "run_id": run_id,
        "interactions": rows["interaction_id"].n_unique(),
        "moments": rows.height,
        "notes": [*notes, *leak_warnings(evaluation)],
        "rejected": tables.rejections.count("interactions"),
        "rejected_events": tables.rejections.count("events"),
        "rejected_by_rule": tables.rejections.counts(),
        "metrics": evaluation.metrics(),
    }


def _write(result: EvaluationResult, context: Context, tables: Tables, output: Path, run_id: str) -> None:
    with replaced(output, run_id, _RESULTS) as folder:
        write_report(result.evaluation, context, folder / REPORT)
        (folder / "evaluation.json").write_text(result.evaluation.to_json(), encoding="utf-8")
        result.predictions.write_parquet(folder / "predictions.parquet")
        tables.rejections.write(folder / "rejected")
        write_summary(folder, result.summary)


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
