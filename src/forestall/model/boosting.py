"""LightGBM: its parameters, its training, and the best number of rounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import lightgbm as lgb
import numpy as np

from forestall.errors import nearest
from forestall.model.presets import PRESETS
from forestall.statistics import Floats

DEFAULTS: dict[str, Any] = {
    **PRESETS["noisy"],
    "min_data_in_leaf": 1,
    "bagging_freq": 1,
    # enough for 255 bins; more would take as long as the trees of a refit
    "bin_construct_sample_cnt": 20_000,
}
"""LightGBM's settings where no preset and no model.yaml says otherwise."""
# settings that the estimator makes itself, or that break the calibration of probabilities
_FORBIDDEN = {
    "is_unbalance": "it breaks the calibration of probabilities",
    "unbalance": "it breaks the calibration of probabilities",
    "scale_pos_weight": "it breaks the calibration of probabilities",
    "class_weight": "it breaks the calibration of probabilities",
    "sigmoid": "the raw scores would not be log-odds",
    "objective": "the objective is binary",
    "metric": "the metric is the log-loss",
    "boosting": "the model needs a sum of trees and early stopping, and only 'gbdt' supports both",
    "boosting_type": "the model needs a sum of trees and early stopping, and only 'gbdt' supports both",
    "zero_as_missing": "a 0 is a value, and contributions would be wrong",
    "linear_tree": "contributions need trees with constant leaves",
    "num_iterations": "early stopping finds it, see max_rounds",
    "n_estimators": "early stopping finds it, see max_rounds",
    "early_stopping_round": "early stopping uses a patience of its own, see max_rounds",
    "monotone_constraints": "use directions",
    "monotone_constraints_method": "only 'basic' guarantees the directions",
    "categorical_feature": "categories are encoded",
    "num_threads": "see n_jobs",
    "n_jobs": "see n_jobs",
    **dict.fromkeys(
        ("data", "valid", "forcedsplits_filename", "forcedbins_filename", "parser_config_file"),
        "it names a file; a model is made of the data folder and model.yaml alone",
    ),
    **dict.fromkeys(
        ("machines", "machine_list_filename", "num_machines", "local_listen_port", "tree_learner"),
        "a model is trained on one machine",
    ),
    **dict.fromkeys(
        ("seed", "random_state", "bagging_seed", "feature_fraction_seed", "extra_seed", "data_random_seed"),
        "see random_state",
    ),
}
# scikit-learn's names: LightGBM would ignore them if a default sets the same parameter by its own name
_ALIASES = {
    "colsample_bytree": "feature_fraction",
    "min_child_samples": "min_data_in_leaf",
    "min_child_weight": "min_sum_hessian_in_leaf",
    "min_split_gain": "min_gain_to_split",
    "reg_alpha": "lambda_l1",
    "reg_lambda": "lambda_l2",
    "subsample": "bagging_fraction",
    "subsample_for_bin": "bin_construct_sample_cnt",
    "subsample_freq": "bagging_freq",
}
# no leaf may hold less than this share of the Hessian of all rows, so that small data are not overfitted
_LEAF_SHARE = 0.02


# one booster is faster on several threads only from this number of rows on
_MANY_ROWS = 200_000


def threads(n_rows: int, n_jobs: int) -> int:
    """Return how many of `n_jobs` threads one booster should use."""
    return n_jobs if n_rows >= _MANY_ROWS else 1


@dataclass(frozen=True)
class Boosting:
    """The settings of a training of boosters.

    Attributes
    ----------
    params
        LightGBM's parameters.
    max_rounds
        The largest number of rounds tried.
    """

    params: dict[str, Any]
    max_rounds: int

    @property
    def patience(self) -> int:
        """Rounds without a lower loss after which the training stops."""
        return int(np.clip(3 / self.params["learning_rate"], 20, 300))

    def reseeded(self, seed: int) -> Boosting:
        """Return the same settings with another seed."""
        return Boosting({**self.params, "seed": seed}, self.max_rounds)

    def on_one_thread(self) -> Boosting:
        """Return the same settings for one thread."""
        return Boosting({**self.params, "num_threads": 1}, self.max_rounds)

    def train(self, matrix: Floats, y: Floats, weight: Floats, rounds: int) -> lgb.Booster:
        """Return a booster with this number of rounds.

        Parameters
        ----------
        matrix
            Encoded features, shape (n, p).
        y, weight
            Labels 0 or 1, and weights, shape (n,).
        rounds
            Number of boosting rounds.
        """
        return lgb.train(self._sized(y, weight), lgb.Dataset(matrix, y, weight=weight), rounds)

    def curve(
        self, matrix: Floats, y: Floats, weight: Floats, later: tuple[Floats, Floats, Floats]
    ) -> tuple[lgb.Booster, Floats]:
        """Return a booster, and its log-loss on later rows after each round, shape (n_rounds,).

        Parameters
        ----------
        matrix, y, weight
            The rows to learn from: see `train`.
        later
            Matrix, labels and weights of the later rows, on which early stopping is based.
        """
        learn = lgb.Dataset(matrix, y, weight=weight)
        valid = lgb.Dataset(later[0], later[1], weight=later[2], reference=learn)
        record: dict[str, dict[str, list[float]]] = {}
        booster = lgb.train(
            self._sized(y, weight),
            learn,
            self.max_rounds,
            valid_sets=[valid],
            valid_names=["later"],
            callbacks=[lgb.early_stopping(self.patience, verbose=False), lgb.record_evaluation(record)],
        )
        return booster, np.array(record["later"]["binary_logloss"])

    def _sized(self, y: Floats, weight: Floats) -> dict[str, Any]:
        base = (weight * y).sum() / weight.sum()
        curvature = weight.sum() * base * (1 - base)
        least = min(self.params["min_sum_hessian_in_leaf"], _LEAF_SHARE * curvature)
        return {**self.params, "min_sum_hessian_in_leaf": least}


def check_settings(settings: Mapping[str, Any]) -> None:
    """Check that LightGBM knows the settings and accepts their values.

    Raises
    ------
    ValueError
        A setting is unknown, its value is refused, or the estimator makes it itself.
    """
    if not settings:
        return
    _check_names(settings)
    for name in settings:
        if name not in _known_names():
            raise ValueError(f"lightgbm has no setting '{name}', {nearest(name, _known_names())}")
    for name, value in settings.items():
        try:
            _tiny(**{name: value})
        except (lgb.basic.LightGBMError, TypeError, ValueError) as error:
            reason = str(error).partition(" at /")[0].removeprefix("Check failed: ").strip()
            raise ValueError(f"lightgbm.{name} must be as LightGBM asks: {reason}") from None


def _check_names(settings: Mapping[str, Any]) -> None:
    for name in settings:
        if name in _FORBIDDEN:
            raise ValueError(f"lightgbm must not set '{name}': {_FORBIDDEN[name]}")
        if name in _ALIASES:
            raise ValueError(
                f"lightgbm must set '{_ALIASES[name]}', which is LightGBM's own name of '{name}'"
            )


@lru_cache(maxsize=1)
def _known_names() -> frozenset[str]:
    """Return the names of LightGBM's settings, which the text of every model lists."""
    return frozenset(re.findall(r"^\[(\w+): ", _tiny().model_to_string(), re.MULTILINE)) - {*_FORBIDDEN}


def _tiny(**settings: Any) -> lgb.Booster:
    """Return a booster of 40 rows that is not trained."""
    rows, labels = np.arange(40.0).reshape(-1, 1), np.arange(40) % 2
    params = {**settings, "objective": "binary", "verbosity": -1, "num_threads": 1}
    return lgb.Booster(params, lgb.Dataset(rows, labels, params={"verbosity": -1}))


def boosting(
    extra: Mapping[str, Any] | None, constraints: list[int], max_rounds: int, seed: int, n_threads: int
) -> Boosting:
    """Return the settings of a training: the defaults, overridden by `extra`.

    Parameters
    ----------
    extra
        LightGBM parameters.
    constraints
        The direction of each column: +1, -1 or 0.
    max_rounds
        The largest number of rounds tried.
    seed
        Seed of LightGBM.
    n_threads
        Threads of one booster.

    Raises
    ------
    ValueError
        The estimator makes one of the settings itself.
    """
    _check_names(extra or {})
    params = {
        **DEFAULTS,
        **(extra or {}),
        "objective": "binary",
        "metric": "binary_logloss",
        "seed": seed,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": n_threads,
        "feature_pre_filter": False,
        "verbosity": -1,
    }
    if any(constraints):
        params |= {"monotone_constraints": constraints, "monotone_constraints_method": "basic"}
    return Boosting(params, max_rounds)


def best_rounds(curves: list[Floats], weights: list[float]) -> int:
    """Return the number of rounds with the lowest mean log-loss over the folds.

    The mean curve is less noisy than the best round of each fold. A fold that stopped early keeps its last value.

    Parameters
    ----------
    curves
        By fold, the log-loss after each round.
    weights
        The weight of each fold.
    """
    length = max(len(curve) for curve in curves)
    padded = [np.concatenate([curve, np.full(length - len(curve), curve[-1])]) for curve in curves]
    return int(np.argmin(np.average(padded, axis=0, weights=weights))) + 1


def direction_constraints(directions: Mapping[str, int] | None, names: list[str]) -> list[int]:
    """Return the direction of each column, 0 if it has none.

    Parameters
    ----------
    directions
        By column: +1 if a higher value can only raise the risk, -1 if it can only lower it.
    names
        The columns, in their order.

    Raises
    ------
    ValueError
        A column is unknown, or a direction is not +1, 0 or -1.
    """
    for name, direction in (directions or {}).items():
        if name not in names:
            raise ValueError(
                f"directions names the column '{name}', which is unknown: {nearest(name, names)}"
            )
        if direction not in (-1, 0, 1):
            raise ValueError(f"the direction of '{name}' must be 1, 0 or -1; got {direction}")
    return [int((directions or {}).get(name, 0)) for name in names]
