"""The Optuna study of a tuning: proposals, pruning and storage. No other module imports Optuna."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.errors import UsageError
from forestall.model.boosting import DEFAULTS
from forestall.model.spec import Spec
from forestall.model.tuning_settings import LOGARITHMIC

if TYPE_CHECKING:
    import optuna

log = logging.getLogger(__name__)

# prefix of the parameters that say whether a trial keeps a family
FAMILY = "family_"
# the number of random trials before the sampler proposes any, and of completed trials before any is pruned
_N_RANDOM, _N_COMPLETE = 10, 5
_PATIENCE_S = 60.0
_AS_CONFIGURED, _LOSSES, _ROUNDS, _RUN = "as_configured", "losses", "rounds", "run_id"


@dataclass(frozen=True)
class Trial:
    """A finished trial.

    Attributes
    ----------
    number
        From 0, which has the settings in `model.yaml`; an interrupted trial has no number.
    params
        The settings of the trial.
    losses
        The log-loss on the first window, on the first two together, and so on; fewer if it was pruned.
    rounds
        The best number of rounds for these windows together.
    is_pruned
        Whether it was pruned.
    """

    number: int
    params: dict[str, Any]
    losses: list[float]
    rounds: int
    is_pruned: bool


class Asked:
    """A proposed trial."""

    def __init__(self, trial: optuna.Trial, number: int) -> None:
        self.number = number
        self.params = _rounded(trial.params)
        self._trial = trial

    def falls_behind(self, step: int, excess: float) -> bool:
        """Return whether the trial should be pruned.

        Parameters
        ----------
        step
            The window, from 0.
        excess
            The log-loss on the windows so far, minus that of the settings in `model.yaml`.
        """
        self._trial.report(excess, step)
        return self._trial.should_prune()

    def keep(self, trial: Trial, log_trial: Callable[[Trial], str]) -> None:
        """Store the result; the run is logged once, even if this is the second attempt."""
        if _RUN not in self._trial.user_attrs:
            self._trial.set_user_attr(_RUN, log_trial(trial))
        self._trial.set_user_attr(_LOSSES, trial.losses)
        self._trial.set_user_attr(_ROUNDS, trial.rounds)

    def finish(self, study: optuna.Study, trial: Trial) -> None:
        """Report the result to the study, for the next proposals."""
        from optuna.trial import TrialState

        if trial.is_pruned:
            study.tell(self._trial, state=TrialState.PRUNED, skip_if_finished=True)
        else:
            study.tell(self._trial, trial.losses[-1], skip_if_finished=True)


class Study:
    """The trials of one tuning.

    Parameters
    ----------
    spec
        The settings in `model.yaml`, and the values to try.
    key
        The name of the study, under which it is continued.
    storage
        URL of the database that stores it; None: in memory.

    Raises
    ------
    UsageError
        Optuna is not installed.
    """

    def __init__(self, spec: Spec, key: str, storage: str | None) -> None:
        try:
            import optuna
        except ModuleNotFoundError:
            raise UsageError("tuning needs Optuna: pip install 'forestall[tune]'") from None
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        kept = None
        if storage is not None:
            patience = {"connect_args": {"timeout": _PATIENCE_S}}
            kept = optuna.storages.RDBStorage(storage, engine_kwargs=patience)
        self._seed, self._together = spec.seed, spec.tuning.together
        self._space = _space(spec)
        self._study = optuna.create_study(
            storage=kept,
            study_name=key,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=_N_COMPLETE),
            direction="minimize",
            load_if_exists=True,
        )
        self._take_up(DEFAULTS | spec.lightgbm)

    def _take_up(self, own: Mapping[str, Any]) -> None:
        """Queue the settings in `model.yaml`, or the trials that were not finished."""
        from optuna.trial import TrialState

        study = self._study
        for one in study.get_trials(states=(TrialState.RUNNING,)):
            study.tell(one.number, state=TrialState.FAIL, skip_if_finished=True)
            if one.params.keys() == self._space.keys():
                study.enqueue_trial(one.params, one.user_attrs)
        if not study.get_trials(deepcopy=False, states=(TrialState.WAITING, *_over())):
            first = {name: True if name.startswith(FAMILY) else own[name] for name in self._space}
            study.enqueue_trial(first, {_AS_CONFIGURED: True})

    def trials(self) -> list[Trial]:
        """Return the finished trials, in the order of their proposals."""
        from optuna.trial import TrialState

        found = self._study.get_trials(deepcopy=False, states=_over())
        return [
            Trial(
                number,
                _rounded(one.params),
                one.user_attrs[_LOSSES],
                one.user_attrs[_ROUNDS],
                one.state == TrialState.PRUNED,
            )
            for number, one in enumerate(found)
        ]

    def ask(self, n_done: int, n_trials: int) -> list[Asked]:
        """Return the next proposals, none of which depends on the results of the others.

        Each is drawn with a seed of its place, so that it is the same after an interruption.
        """
        import optuna

        # the first alone, because the others are compared with it
        end = 1 if n_done == 0 else n_done + self._together - (n_done - 1) % self._together
        asked = []
        for place in range(n_done, min(n_trials, end)):
            chance = int(np.random.default_rng([self._seed, place]).integers(2**31))
            self._study.sampler = optuna.samplers.TPESampler(seed=chance, n_startup_trials=_N_RANDOM)
            asked.append(Asked(self._study.ask(fixed_distributions=self._space), place))
        return asked

    def tell(
        self, asked: Sequence[Asked], trials: Sequence[Trial], log_trial: Callable[[Trial], str]
    ) -> None:
        """Store and report the trials that were computed together."""
        for one, trial in zip(asked, trials, strict=True):
            one.keep(trial, log_trial)
        for one, trial in zip(asked, trials, strict=True):
            one.finish(self._study, trial)


def _over() -> tuple[optuna.trial.TrialState, ...]:
    from optuna.trial import TrialState

    return (TrialState.COMPLETE, TrialState.PRUNED)


def _space(spec: Spec) -> dict[str, Any]:
    """Return the distribution of each parameter."""
    from optuna import distributions as drawn

    space: dict[str, Any] = {}
    for name, values in spec.tuning.space.holding(spec.lightgbm).items():
        if isinstance(values[0], bool):
            space[name] = drawn.CategoricalDistribution(values)
        else:
            kind = drawn.IntDistribution if name == "num_leaves" else drawn.FloatDistribution
            low, high = values
            space[name] = kind(low, high, log=name in LOGARITHMIC and low > 0)
    out = [name for name in spec.tuning.leave_out if name in spec.families]
    return space | {f"{FAMILY}{name}": drawn.CategoricalDistribution([True, False]) for name in out}


def _rounded(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters rounded to three digits, as they are written to `model.yaml`."""
    return {
        name: float(f"{value:.3g}") if isinstance(value, float) else value for name, value in params.items()
    }
