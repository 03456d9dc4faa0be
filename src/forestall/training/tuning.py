"""Tuning: LightGBM settings are tried on time windows of the training part; the test part evaluates the best."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from forestall.data import Tables
from forestall.errors import InputError
from forestall.model import Spec
from forestall.model.boosting import boosting, direction_constraints, threads
from forestall.model.spec import BESIDE, FAMILY_NAMES
from forestall.model.time_windows import Window, joint_loss, windows_of
from forestall.own_features import NO_FEATURES, OwnFeatures
from forestall.registry.tracking import environment
from forestall.training.optuna_study import FAMILY, Asked, Study, Trial
from forestall.training.training_set import TrainingSet

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """The progress of the trials.

    Attributes
    ----------
    done, total
        Trials.
    loss, as_configured
        The lowest log-loss on all windows so far, and that of the settings in `model.yaml`.
    """

    done: int
    total: int
    loss: float
    as_configured: float


@dataclass(frozen=True)
class Tuned:
    """The result of the trials.

    Attributes
    ----------
    spec
        With the best settings.
    trials
        All trials; the first has the settings in `model.yaml`.
    best
        The trial with the lowest log-loss.
    """

    spec: Spec
    trials: list[Trial]
    best: Trial

    @property
    def is_changed(self) -> bool:
        """Whether a trial was better than the settings in `model.yaml`."""
        return self.best.number > 0

    @property
    def n_pruned(self) -> int:
        """The number of pruned trials."""
        return sum(one.is_pruned for one in self.trials)

    def metrics(self) -> dict[str, float]:
        """Return the figures for a run."""
        return {
            "tuning/trials": float(len(self.trials)),
            "tuning/pruned": float(self.n_pruned),
            "tuning/best_trial": float(self.best.number),
            "tuning/log_loss": self.best.losses[-1],
            "tuning/log_loss_as_configured": self.trials[0].losses[-1],
        }

    def verdict(self, gain: Mapping[str, float] | None) -> str:
        """Return in a sentence whether the best settings beat those in `model.yaml` on the test part.

        Parameters
        ----------
        gain
            `mean`, `low` and `high` of the gain in log-loss; None if the settings were kept.
        """
        tried = (
            f"{len(self.trials)} trials on {len(self.trials[0].losses)} windows of the training part, "
            f"{self.n_pruned} pruned"
        )
        if gain is None:
            return f"Tuning ({tried}) found no better settings; those in model.yaml are kept."
        how = "are not significantly better than those in model.yaml"
        if gain["low"] > 0:
            how = "are significantly better than those in model.yaml"
        elif gain["high"] < 0:
            how = "are significantly worse than those in model.yaml"
        figures = f"{gain['mean']:+.4f} ({gain['low']:+.4f} to {gain['high']:+.4f})"
        return f"On the test part, which no trial used, the tuned settings ({tried}) {how}: gain in log-loss {figures}."


def study_key(tables: Tables, spec: Spec, own_features: OwnFeatures = NO_FEATURES) -> str:
    """Return a digest of everything that a trial depends on: data, specification, own features and library versions."""
    content: dict[str, Any] = {
        "data": tables.digest(),
        "spec": spec.model_dump(mode="json", exclude=set(BESIDE)),
        "releases": environment(),
    }
    content |= {} if not own_features.modules else {"own_features": own_features.declared()}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def tune(
    work: TrainingSet,
    n_trials: int,
    *,
    key: str = "tuning",
    storage: str | None = None,
    log_trial: Callable[[Trial], str] = lambda trial: "",
    tell: Callable[[Progress], None] = lambda progress: None,
) -> Tuned:
    """Return the best settings of a number of trials; stored trials of an earlier call count.

    The first trial has the settings in `model.yaml`. The result depends neither on the number of threads nor on
    interruptions.

    Parameters
    ----------
    work
        The training set; only the rows of its training part are used.
    n_trials
        The number of trials in all, at least 1.
    key, storage
        The name and the database (a SQLAlchemy URL) under which the trials are stored; None: in memory.
    log_trial
        Called once with each trial; returns the id of its run.
    tell
        Called after each trial.

    Raises
    ------
    InputError
        The training part is too small for windows with labels of both kinds.
    UsageError
        Optuna is not installed.
    """
    study = Study(work.spec, key, storage)
    bench = _Bench.of(work)
    trials = study.trials()
    if trials:
        log.info("%d trials are stored from an earlier call", len(trials))
    while len(trials) < n_trials:
        asked = study.ask(len(trials), n_trials)
        made: list[Trial] = []
        for trial in bench.tried(asked, trials[0].losses if trials else None):
            made.append(trial)
            tell(_progress([*trials, *made], n_trials))
        # reported together, so that neither proposals nor pruning depend on which trial was faster
        study.tell(asked, made, log_trial)
        trials = study.trials()
    best = min((one for one in trials if not one.is_pruned), key=lambda one: one.losses[-1])
    log.info(
        "%d trials, the best is number %d: log-loss %.4f on the windows, %.4f with the settings in model.yaml",
        len(trials),
        best.number,
        best.losses[-1],
        trials[0].losses[-1],
    )
    return Tuned(_with(work.spec, best.params) if best.number else work.spec, trials, best)


def _progress(trials: list[Trial], n_trials: int) -> Progress:
    loss = min(one.losses[-1] for one in trials if not one.is_pruned)
    return Progress(len(trials), n_trials, loss, trials[0].losses[-1])


def _with(spec: Spec, params: Mapping[str, Any]) -> Spec:
    """Return the specification with a trial's parameters, without the families that the trial leaves out."""
    out = {name.removeprefix(FAMILY) for name, kept in params.items() if name.startswith(FAMILY) and not kept}
    own = {name: value for name, value in params.items() if not name.startswith(FAMILY)}
    families = [name for name in spec.families if name not in out]
    return spec.model_copy(update={"lightgbm": {**spec.lightgbm, **own}, "families": families})


@dataclass(frozen=True)
class _Bench:
    """The time windows of the training part, and everything that all trials share."""

    spec: Spec
    windows: list[Window]
    family: dict[str, str]
    directions: Mapping[str, int]
    max_rounds: int
    n_jobs: int
    n_rows: int

    @classmethod
    def of(cls, work: TrainingSet) -> _Bench:
        rows, spec = work.rows.part("train"), work.spec
        estimator = work.estimator()
        windows: list[Window] = []
        if rows.moments["label"].n_unique() == 2:
            sample = estimator.read(rows.frame, **rows.learning())
            moments = rows.moments.filter(rows.moments["weight"] > 0)
            as_of, decided = (moments[name].dt.timestamp("us").to_numpy() for name in ("as_of", "decided_at"))
            known = (as_of, decided) if rows.has_clock else None
            share = spec.split.calibration_share
            windows = windows_of(sample, spec.tuning.windows, share, spec.seed, known)
        if len(windows) < 2:
            raise InputError(
                "the training part must hold at least two windows in time with labels of both kinds to tune on, and "
                f"before each window labels known by then; it holds {len(windows)}. Gather more, or leave out --tune"
            )
        named = {one.column(feature): one.name for one in work.families for feature in one.features}
        family = {column: named[column] for column in rows.frame.columns}
        directions = dict(estimator.directions or {})
        return cls(spec, windows, family, directions, estimator.max_rounds, work.n_jobs, rows.moments.height)

    def tried(self, asked: list[Asked], reference: list[float] | None) -> Any:
        """Yield the result of each proposal, computed on threads: one per trial, more only for many rows."""
        n_jobs = min(self.n_jobs, len(asked))
        pool = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")
        n_threads = threads(self.n_rows, max(1, self.n_jobs // n_jobs))
        return pool(delayed(self._try)(one, reference, n_threads) for one in asked)

    def _try(self, asked: Asked, reference: list[float] | None, n_threads: int) -> Trial:
        """Return the result of a trial, which is pruned if it falls behind.

        Parameters
        ----------
        reference
            The losses of the settings in `model.yaml`; None for their own trial.
        """
        spec = _with(self.spec, asked.params)
        out = {*FAMILY_NAMES} - {*spec.families}
        kept = [place for place, one in enumerate(self.family.values()) if one not in out]
        names = [list(self.family)[place] for place in kept]
        constraints = direction_constraints(
            {name: one for name, one in self.directions.items() if name in names}, names
        )
        learn = boosting(spec.lightgbm, constraints, self.max_rounds, self.spec.seed, n_threads)
        columns = None if len(kept) == len(self.family) else np.array(kept)
        weights = [window.weight for window in self.windows]
        curves, losses, rounds = [], [], 0
        for step, window in enumerate(self.windows):
            curves.append(window.curve(learn, columns))
            loss, rounds = joint_loss(curves, weights[: step + 1])
            losses.append(loss)
            # windows differ in difficulty: a trial is compared with the settings in model.yaml on the same windows
            excess = loss - reference[step] if reference else 0.0
            if asked.falls_behind(step, excess) and step + 1 < len(self.windows):
                return Trial(asked.number, asked.params, losses, rounds, True)
        return Trial(asked.number, asked.params, losses, rounds, False)
