"""`forestall evaluate`: the evaluation of a model on any data."""

from __future__ import annotations

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
from forestall.job_files import (
    OnStep,
    check_output,
    job_id,
    no_progress,
    rejection_counts,
    results_folder,
    write_summary,
)
from forestall.jobs.job_inputs import load_model_and_tables
from forestall.jobs.job_result import JobResult
from forestall.registry import LoadedModel
from forestall.registry.package import spec_yaml
from forestall.reporting import Context, write_report
from forestall.reporting.text import findings
from forestall.training.labelled_moments import IS_DRAWN, labelled_moments, split
from forestall.training.segments import groups_learnt
from forestall.training.training_set import Work

REPORT, RESULT, PREDICTIONS = "report.html", "evaluation.json", "predictions.parquet"
_RESULTS = (REPORT, RESULT, PREDICTIONS, "rejected")


@dataclass(frozen=True)
class EvaluationResult(JobResult):
    """What `evaluate` found.

    Attributes
    ----------
    evaluation
        Everything that the report shows.
    predictions
        The labelled moments with their risk and label.
    figures
        What `summary.json` holds: the model, counts, notes and metrics.
    output
        The folder that was written, if any.
    """

    evaluation: Evaluation
    predictions: pl.DataFrame
    figures: dict[str, Any]
    output: Path | None

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics, by name."""
        return dict(self.figures["metrics"])

    @property
    def notes(self) -> list[str]:
        """What a reader of the metrics must know, in sentences."""
        return list(self.figures["notes"])

    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints."""
        return ({"report": str(self.output / REPORT)} if self.output else {}) | self.figures

    def summary(self) -> dict[str, Any]:
        """Return the figures for a reader: of the metrics the overall ones."""
        overall = {name: value for name, value in self.metrics.items() if "/" not in name}
        return self.to_dict() | {"metrics": overall}


def evaluate(
    model_uri: str | Path,
    data: Tables | str | Path,
    *,
    output: str | Path | None = None,
    deep: bool = False,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: OnStep = no_progress,
) -> EvaluationResult:
    """Evaluate a model on labelled interactions.

    Parameters
    ----------
    model_uri
        The model's address, see `forestall.load`.
    data
        A data folder, or tables.
    output
        Gets `report.html`, `evaluation.json`, `predictions.parquet`, `summary.json` and, if rows were rejected,
        `rejected/`: all of them or, on an error, nothing. None writes nothing.
    deep
        Whether to fit on a part of these data with all families, and without each family in turn, to see on the
        rest what each family adds.
    max_rejected, tracking_uri, progress
        See `forestall.jobs`.

    Raises
    ------
    UsageError
        `output` holds the results of another run.
    InputError
        No interaction has a label, or the data are not valid.
    """
    model, tables = load_model_and_tables(
        model_uri, data, max_rejected=max_rejected, tracking_uri=tracking_uri, progress=progress
    )
    folder = None if output is None else Path(output)
    run_id = job_id("evaluate", model.name, model.version or model.uri, tables.digest())
    if folder is not None:
        check_output(folder, run_id)
    progress("scoring the labelled moments")
    rows = _labelled_rows(model, tables, data)
    progress("evaluating")
    notes = _notes(model, tables)
    found = _assess(model, tables, rows, deep=deep, may_be_seen=bool(notes), progress=progress)
    figures = _figures(model, tables, rows, found.evaluation, notes, run_id)
    result = EvaluationResult(found.evaluation, rows, figures, folder)
    if folder is not None:
        _write(result, _context(model, tables, found, notes), tables, folder)
    return result


def _labelled_rows(model: LoadedModel, tables: Tables, data: Tables | str | Path) -> pl.DataFrame:
    rows = with_truth(judged(model.risk_model, tables), data, model.spec.label)
    if not rows.height:
        raise InputError(
            "the data must have labelled interactions to evaluate on; feedback labels none of them"
        )
    return rows


def _assess(
    model: LoadedModel,
    tables: Tables,
    rows: pl.DataFrame,
    *,
    deep: bool,
    may_be_seen: bool,
    progress: OnStep,
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


def _work(model: LoadedModel, tables: Tables) -> Work:
    """Return a training set of these data, by the model's own specification."""
    spec = model.spec
    moments, _ = split(tables, labelled_moments(tables, spec, model.info.get(IS_DRAWN))[0], spec)
    return Work.of(tables, moments, spec, os.cpu_count() or 1, {"name": spec.name})


def _notes(model: LoadedModel, tables: Tables) -> list[str]:
    """Return why the model may have learnt from these rows, in sentences; empty if it has not."""
    if tables.about["clock"] == "none":
        return ["The data have no clock, so it cannot be checked whether the model learnt from these rows."]
    until = datetime.fromisoformat(model.info["trained_until"])
    n_seen = int((tables.interactions["started_at"] <= until).sum())
    if not n_seen:
        return []
    return [
        f"{n_seen} of the interactions start before the end of the model's training ({until.isoformat()}). The model "
        "may have learnt from them; its metrics are then too good."
    ]


def _figures(
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
        "notes": [*notes, *findings.watch(evaluation)],
        **rejection_counts(tables),
        "metrics": evaluation.metrics(),
    }


def _context(model: LoadedModel, tables: Tables, found: Assessment, notes: list[str]) -> Context:
    """Return what the report shows beside the evaluation."""
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


def _write(result: EvaluationResult, context: Context, tables: Tables, output: Path) -> None:
    with results_folder(output, result.figures["run_id"], _RESULTS) as folder:
        write_report(result.evaluation, context, folder / REPORT)
        (folder / RESULT).write_text(result.evaluation.to_json(), encoding="utf-8")
        result.predictions.write_parquet(folder / PREDICTIONS)
        tables.rejections.write(folder / "rejected")
        write_summary(folder, result.figures)
