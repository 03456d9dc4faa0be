"""The run of a training: learning, evaluation, and the trials of tuning."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property

import polars as pl

from forestall.assessment.assess import Assessment, assess, labelled_features
from forestall.assessment.predictions import with_truth
from forestall.assessment.run_content import STUDY, TrainingRecord
from forestall.data import Tables
from forestall.errors import UsageError, must_be
from forestall.evaluation.effects.contact_order import ContactOrder
from forestall.job_files import Engine, OnStep
from forestall.jobs.train_report import TrainReport
from forestall.jobs.training_log import Trained, log_or_keep
from forestall.locations import Location, full_address
from forestall.model.prepared_tables import PreparedTables
from forestall.model.spec import Spec
from forestall.moments.row_order import without_row_order
from forestall.own_features import NO_FEATURES, OwnFeatures
from forestall.registry.open_runs import beside_store
from forestall.registry.registration import Client
from forestall.registry.tracking import RunContent, log_nested, running
from forestall.registry.training_folder import TRAINING
from forestall.training.effect_training import check_has_experiment, learn_effect
from forestall.training.label_comparison import compare_labels
from forestall.training.learn import TrainingResult, learn
from forestall.training.optuna_study import Trial
from forestall.training.segments import SEGMENTS
from forestall.training.training_set import MakeFeatures, TrainingSet
from forestall.training.tuning import Progress, Tuned, study_key, tune


@dataclass(frozen=True)
class Training:
    """A training that has its data and specification.

    Parameters
    ----------
    tables, spec
        The data, and what is learnt from them.
    folder
        The data folder, or where else the tables are; None if the tables came from memory.
    experiment, register
        MLflow's experiment; whether to register the model.
    deep, allow_small, n_jobs, n_trials
        Options of `forestall.train`.
    progress, on_trial
        Called when a long step begins, and after each trial.
    engine
        Where the feature rows are made.
    examples
        Whether the run shows some interactions with their ids.
    own_features
        The company's own features.
    effect
        Whether the effect of a contact is learnt too.
    """

    tables: Tables
    spec: Spec
    folder: Location | None
    experiment: str
    register: bool
    deep: bool
    allow_small: bool
    n_jobs: int | None
    n_trials: int | None
    progress: OnStep
    on_trial: Callable[[Progress], None] | None
    engine: Engine = "local"
    examples: bool = False
    own_features: OwnFeatures = NO_FEATURES
    effect: bool = False

    def run(self, client: Client) -> TrainReport:
        """Learn and evaluate; log the run, or keep what was learnt in a folder."""
        if self.effect:
            check_has_experiment(self.tables)
        if self.n_trials is not None and (not isinstance(self.n_trials, int) or self.n_trials < 0):
            raise UsageError(must_be("--tune", "a number of trials", self.n_trials))
        study = study_key(self.tables, self.spec, self.own_features) if self.n_trials else None
        tags = {STUDY: study} if study else None
        training_id = uuid.uuid4().hex
        with ExitStack() as stack:
            # The run is opened only when there is something to write: refused data leave no run.
            open_run = cache(
                lambda: stack.enter_context(
                    running(self.experiment, tags=tags, more_tags={TRAINING: training_id})
                )
            )

            def tuned(work: TrainingSet) -> Tuned:
                open_run()
                self.progress("trying settings on windows of the training part")
                return _tune(work, self.n_trials or 0, study or "", self.on_trial)

            learnt = learn(
                self._records,
                self.spec,
                own_features=self.own_features,
                allow_small=self.allow_small,
                n_jobs=self.n_jobs,
                progress=self.progress,
                tune=tuned if self.n_trials else None,
                make_features=self._make_features(stack),
            )
            learnt, contact_order = self._with_effect(learnt)
            self.progress("evaluating")
            assessment = self._assess(learnt)
            self.progress("logging the run")
            path = "" if self.folder is None else full_address(self.folder)
            record = TrainingRecord(learnt, assessment, self.tables, path, study, contact_order)
            trained = Trained(record, self.experiment, self.register, training_id)
            return log_or_keep(trained, client, open_run, stack)

    def _with_effect(self, learnt: TrainingResult) -> tuple[TrainingResult, ContactOrder | None]:
        """Return what was learnt with the effect of a contact, and how it orders contacts, if that is wanted."""
        if not self.effect:
            return learnt, None
        if learnt.work is None:
            raise ValueError("a training must have its rows to learn the effect of a contact")
        self.progress("learning the effect of a contact")
        found = learn_effect(self._records, learnt.model.spec, learnt.work.sources, learnt.model.families)
        model = replace(learnt.model, effect=found.effect)
        return replace(learnt, model=model, notes=[*learnt.notes, *found.notes]), found.order

    def _make_features(self, stack: ExitStack) -> MakeFeatures | None:
        """Return what makes the feature rows on Spark, whose session ends with the stack; None to make them here."""
        if self.engine == "local":
            return None
        from forestall.spark.feature_rows import SparkFeatures  # noqa: PLC0415 - Spark is an extra
        from forestall.spark.session import spark_session  # noqa: PLC0415

        return SparkFeatures(stack.enter_context(spark_session()))

    @cached_property
    def _records(self) -> Tables:
        """The data that are learnt from: without a clock, in no order."""
        return without_row_order(self.tables)

    def _assess(self, learnt: TrainingResult) -> Assessment:
        """Return the evaluation of the twin on the test part."""
        if learnt.twin is None or learnt.work is None:
            raise ValueError("a training must have a twin to be assessed; learn with evaluate=True")
        moments = learnt.work.rows.moments
        train = moments.filter(pl.col("part") == "train")
        has_clock = self.tables.about["clock"] != "none"
        begin = moments.filter(pl.col("part") == "test")["started_at"].min()
        found = assess(
            PreparedTables.of(learnt.twin, self._records, learnt.work.sources),
            with_truth(learnt.test, self.folder, learnt.model.spec.label),
            labelled_features(learnt.work),
            begin=begin if has_clock and isinstance(begin, datetime) else None,
            seen={column: train[column].drop_nulls().unique().to_list() for column in SEGMENTS},
            work=learnt.work if self.deep else None,
            recorded=self.tables,
            has_examples=self.examples,
            tell=self.progress,
        )
        labels = compare_labels(learnt, self._records, tell=self.progress)
        return replace(found, evaluation=replace(found.evaluation, labels=labels))


def _tune(work: TrainingSet, n_trials: int, study: str, on_trial: Callable[[Progress], None] | None) -> Tuned:
    """Return the settings that trials find; each trial is a run within the open one."""

    def log_trial(trial: Trial) -> str:
        state = "pruned" if trial.is_pruned else "complete"
        content = RunContent(
            params=trial.params,
            metrics={"log_loss": trial.losses[-1], "rounds": float(trial.rounds)},
            tags={"forestall.trial": str(trial.number), "forestall.trial_state": state},
        )
        return log_nested(f"trial {trial.number}", content, {"log_loss_of_windows": trial.losses})

    return tune(
        work,
        n_trials,
        key=study,
        storage=f"sqlite:///{beside_store('tuning.db')}",
        log_trial=log_trial,
        tell=on_trial or (lambda progress: None),
    )
