"""Training: read, learn, evaluate, log, and register as challenger."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from forestall.assessment.assess import Assessment, assess, labelled_features
from forestall.assessment.predictions import with_truth
from forestall.assessment.run_content import ABLATED, STUDY, TrainingRecord
from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.job_files import OnStep, no_progress, read_data
from forestall.model.spec import Spec, read_spec
from forestall.registry import connect
from forestall.registry.aliases import Version
from forestall.registry.package import check_package, log_package, save_risk_model
from forestall.registry.registration import register_challenger
from forestall.registry.tracking import (
    RunContent,
    beside_store,
    check_experiment,
    log_content,
    log_nested,
    running,
)
from forestall.reporting import write_report
from forestall.reporting.text.leaks import leak_warnings
from forestall.training.label_comparison import compare_labels
from forestall.training.learn import Learnt, learn
from forestall.training.optuna_study import Trial
from forestall.training.segments import SEGMENTS
from forestall.training.training_set import Work
from forestall.training.tuning import Progress, Tuned, study_key
from forestall.training.tuning import tune as try_settings

log = logging.getLogger(__name__)


# What is shown of the metrics; the run and JSON have them all.
SHOWN = (
    *("auc", "auc_low", "auc_high", "average_precision", "log_loss", "brier", "base_rate"),
    *("calibration_error", "calibration_error_perfect", "capture_at_10", "lift_at_10"),
    *("baseline/base_rate/log_loss", "baseline/logistic/log_loss", "baseline/rule/log_loss"),
    *("early/served/auc", "foreseen/complaint/hour_share", "segments_wrong", "leaks"),
)


@dataclass(frozen=True)
class TrainReport:
    """What a training brought.

    Parameters
    ----------
    name, version
        The registered model; the version is None where it was not registered.
    run_id, experiment
        The run that holds everything.
    metrics
        On the test part of the split.
    ablations
        By what was left out: the metrics without it.
    counts, windows
        Of the data.
    notes
        What a reader of the figures must know.
    is_experimental
        Whether it learnt from less data than the gate wants.
    html, card
        The report, and the model card beside it (Markdown).
    tuning
        What the trials found, where there were any.
    """

    name: str
    version: str | None
    run_id: str
    experiment: str
    metrics: dict[str, float]
    ablations: dict[str, dict[str, float]]
    counts: dict[str, int]
    windows: dict[str, str]
    notes: list[str]
    is_experimental: bool
    html: str
    card: str
    tuning: dict[str, Any] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """Return the report for reading: of the metrics the overall ones, with their intervals."""
        shown = {name: self.metrics[name] for name in SHOWN if name in self.metrics}
        return self.to_dict() | {"metrics": shown}

    def to_dict(self) -> dict[str, Any]:
        """Return the report as it is printed, without the page and the card."""
        return {name: value for name, value in asdict(self).items() if name not in ("html", "card")}


def train(
    data: Tables | str | Path,
    model: str | Path,
    *,
    experiment_name: str | None = None,
    register: bool = True,
    deep: bool = False,
    tune: int | None = None,
    allow_small: bool = False,
    max_rejected: float = MAX_REJECTED,
    rejected: str | Path | None = None,
    tracking_uri: str | None = None,
    n_jobs: int | None = None,
    progress: OnStep = no_progress,
    on_trial: Callable[[Progress], None] | None = None,
) -> TrainReport:
    """Train a model, log it as a run, register it as `challenger`, and return the report.

    Parameters
    ----------
    data
        A data folder, or tables.
    model
        The model's folder, with its `model.yaml`.
    experiment_name, register
        MLflow's experiment, by default the model's name; whether the model becomes a registered version.
    deep
        Whether to fit without each family in turn too, to measure what each adds: one more fit a family.
    tune
        How many settings to try first, on windows in time of the training part. Trials of an earlier call on the same
        data and specification count; `tuning.db`, beside the tracking store, keeps them.
    allow_small
        Whether to train on less data than the gate demands; such a version is never promoted.
    max_rejected, rejected
        The largest share of a table that may be rejected; the folder that rejected rows are written to.
    tracking_uri, n_jobs
        MLflow's server or database; threads, by default all: the result does not depend on them.
    progress, on_trial
        Called at each long step, and after each trial.

    Raises
    ------
    InputError
        There are too few data, or they break the contract.
    UsageError
        `model.yaml` has a mistake.
    RegistryError
        The tracking server does not answer, or the experiment was deleted. Both are checked before any work.
    """
    spec = read_spec(model)
    client = connect(tracking_uri)
    experiment = experiment_name or spec.name
    check_experiment(experiment)
    progress("reading the tables")
    tables = read_data(data, spec=spec, max_rejected=max_rejected, rejected=rejected)
    options = _Options(experiment, deep, tune or 0, allow_small, n_jobs, progress, on_trial)
    record, run_id, (html, card, model_uri) = _learn_and_log(data, tables, spec, options)
    version = register_challenger(client, model_uri, spec.name, record.tags()) if register else None
    log.info("run %s of experiment %s holds the model", run_id, experiment)
    return _report(record, run_id, experiment, version, (html, card))


@dataclass(frozen=True)
class _Options:
    """The options of a training; see `train`."""

    experiment: str
    deep: bool
    n_trials: int
    allow_small: bool
    n_jobs: int | None
    progress: OnStep
    on_trial: Callable[[Progress], None] | None


def _learn_and_log(
    data: Any, tables: Tables, spec: Spec, options: _Options
) -> tuple[TrainingRecord, str, tuple[str, str, str]]:
    """Return what a training has learnt, its run, and the report, the card and the model's address."""
    path = str(Path(data).resolve()) if isinstance(data, str | Path) else ""
    study = study_key(tables, spec) if options.n_trials else None
    tags = {STUDY: study} if study else None
    with ExitStack() as stack:
        # opened when there is something to write, so that data that are refused leave no run
        open_run = cache(lambda: stack.enter_context(running(options.experiment, tags=tags)))

        def tuned(work: Work) -> Tuned:
            open_run()
            options.progress("trying settings on windows of the training part")
            return _tuned(work, options.n_trials, study or "", options.on_trial)

        learnt = learn(
            tables,
            spec,
            allow_small=options.allow_small,
            n_jobs=options.n_jobs,
            progress=options.progress,
            tune=tuned if options.n_trials else None,
        )
        options.progress("evaluating")
        assessment = assessed(learnt, tables, data, deep=options.deep, tell=options.progress)
        options.progress("logging the run")
        record = TrainingRecord(learnt, assessment, tables, path, study)
        run_id = open_run()
        return record, run_id, _write(record, run_id)


def _report(
    record: TrainingRecord, run_id: str, experiment: str, version: Version | None, pages: tuple[str, str]
) -> TrainReport:
    """Return what a training has found and left; `pages` are the report and the card."""
    learnt, evaluation = record.learnt, record.evaluation
    return TrainReport(
        name=record.spec.name,
        version=version.version if version else None,
        run_id=run_id,
        experiment=experiment,
        metrics=evaluation.metrics(),
        ablations={
            name: {metric: one["metrics"][metric] for metric in ABLATED}
            for name, one in record.ablations().items()
        },
        counts=dict(learnt.counts),
        windows=dict(learnt.windows),
        notes=[*learnt.notes, *evaluation.notes, *leak_warnings(evaluation)],
        is_experimental=bool(learnt.model.info.get("experimental")),
        html=pages[0],
        card=pages[1],
        tuning=record.tuning(),
    )


def _tuned(work: Work, n_trials: int, key: str, on_trial: Callable[[Progress], None] | None) -> Tuned:
    """Return what trials find that are kept beside the store, each a run within the one that is open."""

    def log_trial(trial: Trial) -> str:
        state = "pruned" if trial.is_pruned else "complete"
        content = RunContent(
            params=trial.params,
            metrics={"log_loss": trial.losses[-1], "rounds": float(trial.rounds)},
            tags={"forestall.trial": str(trial.number), "forestall.trial_state": state},
        )
        return log_nested(f"trial {trial.number}", content, {"log_loss_of_windows": trial.losses})

    return try_settings(
        work,
        n_trials,
        key=key,
        storage=f"sqlite:///{beside_store('tuning.db')}",
        log_trial=log_trial,
        tell=on_trial or (lambda progress: None),
    )


def assessed(
    learnt: Learnt, tables: Tables, data: Any, *, deep: bool, tell: Callable[[str], None]
) -> Assessment:
    """Return all that can be said of the twin of a training, on the test part."""
    if learnt.twin is None or learnt.work is None:
        raise ValueError("a training must have a twin to be assessed; learn with evaluate=True")
    moments = learnt.work.rows.moments
    train = moments.filter(pl.col("part") == "train")
    has_clock = tables.about["clock"] != "none"
    begin = moments.filter(pl.col("part") == "test")["started_at"].min()
    found = assess(
        learnt.twin,
        tables,
        with_truth(learnt.test, data, learnt.model.spec.label),
        labelled_features(learnt.work),
        begin=begin if has_clock and isinstance(begin, datetime) else None,
        seen={column: train[column].drop_nulls().unique().to_list() for column in SEGMENTS},
        work=learnt.work if deep else None,
        tell=tell,
    )
    labels = compare_labels(learnt, tables, tell=tell)
    return replace(found, evaluation=replace(found.evaluation, labels=labels))


def _write(record: TrainingRecord, run_id: str) -> tuple[str, str, str]:
    """Write all that belongs to the run that is open; return the report, the card and the model's address."""
    learnt = record.learnt
    with tempfile.TemporaryDirectory() as temporary:
        page = write_report(record.evaluation, record.context(run_id), Path(temporary) / "report.html")
        html = page.read_text(encoding="utf-8")
        twin = learnt.twin and save_risk_model(learnt.twin, Path(temporary) / "twin")
        model_card = record.card(run_id)
        log_content(record.content(html, model_card, {"twin": twin} if twin else {}))
        files = save_risk_model(learnt.model, Path(temporary) / "risk_model")
        model_uri = str(log_package(learnt.model, files).model_uri)
        check_package(model_uri, record.spec)
    return html, model_card, model_uri
