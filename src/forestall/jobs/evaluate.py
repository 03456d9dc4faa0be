"""`forestall evaluate`: the evaluation of a model on any data."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from forestall.assessment.assess import Assessment, assess, labelled_by
from forestall.assessment.predictions import labelled_predictions, with_truth
from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import InputError
from forestall.job_files import OnStep, job_id, no_progress
from forestall.jobs.evaluation_result import (
    EvaluationResult,
    evaluation_figures,
    evaluation_job,
    report_context,
    write_evaluation,
)
from forestall.jobs.job_inputs import load_model_and_tables
from forestall.model.prepared_tables import PreparedTables
from forestall.moments.row_order import with_own_rows, without_row_order
from forestall.publishing import open_if_given
from forestall.registry import LoadedModel
from forestall.training.labelled_moments import IS_DRAWN, labelled_moments, split
from forestall.training.segments import groups_learnt
from forestall.training.training_set import TrainingSet


def evaluate(
    model_uri: str | Path | LoadedModel,
    data: Tables | str | Path,
    *,
    output: str | Path | None = None,
    deep: bool = False,
    examples: bool = False,
    ledger: str | None = None,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: OnStep = no_progress,
) -> EvaluationResult:
    """Evaluate a model on labelled interactions.

    Parameters
    ----------
    model_uri
        The model's address, see `forestall.load`, or a model that is loaded.
    data
        A data folder, or tables.
    output
        Gets `report.html`, `evaluation.json`, `predictions.parquet`, `summary.json` and, if rows were rejected,
        `rejected/`: all of them or, on an error, nothing. None writes nothing.
    deep
        Whether to fit on a part of these data with all families, and without each family in turn, to see on the
        rest what each family adds.
    examples, ledger, max_rejected, tracking_uri, progress
        Whether the report shows some interactions with their ids; the URL of a ledger of contacts, which counts beside
        the table `contacts`: the figures are of customers whom nobody contacts; see `forestall.jobs`.

    Raises
    ------
    UsageError
        `output` holds the results of another run.
    InputError
        No interaction has a label, or the data are not valid.
    """
    with open_if_given(output) as place:
        how: dict[str, Any] = {"max_rejected": max_rejected, "tracking_uri": tracking_uri, "ledger": ledger}
        model, tables = load_model_and_tables(model_uri, data, progress=progress, **how)
        run_id = job_id("evaluate", model.name, model.version or model.uri, tables.digest())
        job = evaluation_job(model, tables, run_id, deep=deep, examples=examples)
        if place is not None:
            place.check_owner(job)
        progress("scoring the labelled moments")
        prepared = PreparedTables.of(model.risk_model, without_row_order(tables))
        rows = _labelled_rows(prepared, data)
        progress("evaluating")
        notes = _notes(model, tables)
        options: dict[str, Any] = {"examples": examples, "may_be_seen": bool(notes), "progress": progress}
        found = _assess(model, prepared, rows, tables, deep=deep, **options)
        rows = with_own_rows(rows, tables)
        figures = evaluation_figures(model, tables, rows, found.evaluation, notes, run_id)
        result = EvaluationResult(found.evaluation, rows, figures, None if place is None else place.location)
        if place is not None:
            with place.publication(job) as publication:
                write_evaluation(result, report_context(model, tables, found, notes), tables, publication)
    return result


def _labelled_rows(prepared: PreparedTables, data: Tables | str | Path) -> pl.DataFrame:
    rows = with_truth(labelled_predictions(prepared), data, prepared.model.spec.label)
    if not rows.height:
        raise InputError(
            "the data must have labelled interactions to evaluate on; feedback labels none of them"
        )
    return rows


def _assess(
    model: LoadedModel,
    prepared: PreparedTables,
    rows: pl.DataFrame,
    recorded: Tables,
    *,
    deep: bool,
    examples: bool,
    may_be_seen: bool,
    progress: OnStep,
) -> Assessment:
    work = _work(model, prepared.tables) if deep else None
    found = assess(
        prepared,
        rows,
        labelled_by(prepared, rows),
        seen=groups_learnt(model.risk_model),
        work=work,
        full=work.judge(n_refits=0, with_baselines=False)[1] if work else None,
        recorded=recorded,
        has_examples=examples,
        tell=progress,
    )
    return replace(found, evaluation=replace(found.evaluation, may_be_seen=may_be_seen))


def _work(model: LoadedModel, tables: Tables) -> TrainingSet:
    """Return a training set of these data, by the model's own specification."""
    spec = model.spec
    moments, _ = split(tables, labelled_moments(tables, spec, model.info.get(IS_DRAWN))[0], spec)
    own = model.risk_model
    info, n_jobs = {"name": spec.name}, os.cpu_count() or 1
    return TrainingSet.of(
        tables, moments, spec, n_jobs, info, own_kinds=own.own_kinds, own_features=own.own_features,
        scores_texts=own.text_weights is not None,
    )  # fmt: skip


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
