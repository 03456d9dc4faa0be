"""LightGBM: its parameters, and how many rounds are right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import lightgbm as lgb
import numpy as np

from forestall.errors import nearest
from forestall.statistics import Floats

# Random thresholds and few leaves: ratings hold little signal, and what a greedy split finds in them is mostly chance.
# Of what was tried this did best both on simulated interactions of known risk and on real tickets, by time;
# a model.yaml may set other values, as the shipped ones do of the first two.
DEFAULTS: dict[str, Any] = {
    "learning_rate": 0.05,
    "num_leaves": 7,
    "extra_trees": True,
    "min_data_in_leaf": 1,
    "min_sum_hessian_in_leaf": 3.0,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.5,
    "bagging_freq": 1,
    "lambda_l2": 3.0,
    # enough to place 255 bins; more costs as much time as the trees of a refit
    "bin_construct_sample_cnt": 20_000,
}
# what the estimator settles itself, or what spoils probabilities
_FORBIDDEN = {
    "is_unbalance": "it spoils probabilities",
    "unbalance": "it spoils probabilities",
    "scale_pos_weight": "it spoils probabilities",
    "class_weight": "it spoils probabilities",
    "sigmoid": "log-odds would be none",
    "objective": "it is binary",
    "metric": "it is the log-loss",
    "boosting": "trees are added up, and their number is found by early stopping: only 'gbdt' does both",
    "boosting_type": "trees are added up, and their number is found by early stopping: only 'gbdt' does both",
    "linear_tree": "contributions are those of plain trees",
    "num_iterations": "early stopping finds it; see max_rounds",
    "n_estimators": "early stopping finds it; see max_rounds",
    "early_stopping_round": "early stopping finds the number of rounds; see max_rounds",
    "monotone_constraints": "see directions",
    "monotone_constraints_method": "only 'basic' holds",
    "categorical_feature": "categories are encoded",
    "num_threads": "see n_jobs",
    "n_jobs": "see n_jobs",
    **dict.fromkeys(
        ("seed", "random_state", "bagging_seed", "feature_fraction_seed", "extra_seed", "data_random_seed"),
        "see random_state",
    ),
}
# scikit-learn's names of some: beside LightGBM's own name, which a default may bear, they would be passed over
_CALLED = {
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
# no single leaf may hold less than this part of all there is to learn from, however small the data
_LEAF_SHARE = 0.02


@dataclass(frozen=True)
class Boosting:
    """How boosters are trained.

    Attributes
    ----------
    params
        LightGBM's parameters.
    max_rounds
        The most rounds tried.
    """

    params: dict[str, Any]
    max_rounds: int

    @property
    def patience(self) -> int:
        """Rounds without gain after which training stops."""
        return int(np.clip(3 / self.params["learning_rate"], 20, 300))

    def reseeded(self, seed: int) -> Boosting:
        """Return the same with another chance."""
        return Boosting({**self.params, "seed": seed}, self.max_rounds)

    def train(self, matrix: Floats, y: Floats, weight: Floats, rounds: int) -> lgb.Booster:
        """Return a booster of so many rounds.

        Parameters
        ----------
        matrix
            (n, p).
        y, weight
            (n,) labels 0 or 1, and weights.
        """
        return lgb.train(self._sized(y, weight), lgb.Dataset(matrix, y, weight=weight), rounds)

    def curve(
        self, matrix: Floats, y: Floats, weight: Floats, later: tuple[Floats, Floats, Floats]
    ) -> tuple[lgb.Booster, Floats]:
        """Return a booster, and its log-loss on later rows after each of its rounds.

        Parameters
        ----------
        later
            Matrix, labels and weights of the later rows.
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
    """Check that LightGBM knows the settings and takes their values, before anything is learnt.

    Raises
    ------
    ValueError
        It does not, or one of them is not the caller's to set.
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
        if name in _CALLED:
            raise ValueError(f"lightgbm must set '{_CALLED[name]}', which is LightGBM's own name of '{name}'")


@lru_cache(maxsize=1)
def _known_names() -> frozenset[str]:
    """Return the names of LightGBM's settings, as a model's text lists them."""
    return frozenset(re.findall(r"^\[(\w+): ", _tiny().model_to_string(), re.MULTILINE)) - {*_FORBIDDEN}


def _tiny(**settings: Any) -> lgb.Booster:
    """Return a booster that has learnt nothing."""
    rows, labels = np.arange(40.0).reshape(-1, 1), np.arange(40) % 2
    params = {**settings, "objective": "binary", "verbosity": -1, "num_threads": 1}
    return lgb.Booster(params, lgb.Dataset(rows, labels, params={"verbosity": -1}))


def boosting(
    extra: Mapping[str, Any] | None, constraints: list[int], max_rounds: int, seed: int, n_threads: int
) -> Boosting:
    """Return how boosters are trained, with `extra` parameters over the defaults.

    Parameters
    ----------
    extra
        LightGBM parameters.
    constraints
        Each column's direction: +1, -1 or 0.

    Raises
    ------
    ValueError
        A parameter that is not the caller's to set.
    """
    _check_names(extra or {})
    params = {
        **DEFAULTS,
        **(extra or {}),
        "objective": "binary",
        "metric": "binary_logloss",
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": n_threads,
        "feature_pre_filter": False,
        "verbosity": -1,
    }
    if any(constraints):
        params |= {"monotone_constraints": constraints, "monotone_constraints_method": "basic"}
    return Boosting(params, max_rounds)


def averaged(boosters: Sequence[lgb.Booster]) -> lgb.Booster:
    """Return one booster whose log-odds are the mean of the boosters'.

    It holds the trees of all, one after the other, their leaves divided by the number of boosters: LightGBM's text is
    a head, which names the length of each tree, the trees, and a tail.

    Parameters
    ----------
    boosters
        Of the same columns, at least one.
    """
    trees: list[str] = []
    for booster in boosters:
        head, *own = re.split(r"^(?=Tree=\d+$)", booster.model_to_string(), flags=re.MULTILINE)
        own[-1], end, tail = own[-1].partition("end of trees")
        trees += [_divided(tree, len(trees) + place, len(boosters)) for place, tree in enumerate(own)]
    sizes = " ".join(str(len(tree.encode())) for tree in trees)
    head = re.sub(r"^tree_sizes=.*$", f"tree_sizes={sizes}", head, flags=re.MULTILINE)
    return lgb.Booster(model_str=head + "".join(trees) + end + tail)


def _divided(tree: str, number: int, by: int) -> str:
    """Return the text of a tree under another number, its values divided."""

    def divide(line: re.Match[str]) -> str:
        return line[1] + " ".join(repr(float(value) / by) for value in line[2].split())

    tree = re.sub(r"^Tree=\d+$", f"Tree={number}", tree, flags=re.MULTILINE)
    return re.sub(r"^((?:leaf|internal)_value=)(.*)$", divide, tree, flags=re.MULTILINE)


def best_rounds(curves: list[Floats], weights: list[float]) -> int:
    """Return the number of rounds with the least log-loss, on the mean over the folds.

    A fold that stopped early keeps its last value; one curve's luck weighs less than in a mean of each fold's best.
    """
    length = max(len(curve) for curve in curves)
    padded = [np.concatenate([curve, np.full(length - len(curve), curve[-1])]) for curve in curves]
    return int(np.argmin(np.average(padded, axis=0, weights=weights))) + 1


def direction_constraints(directions: Mapping[str, int] | None, names: list[str]) -> list[int]:
    """Return each column's direction, 0 where it has none.

    Raises
    ------
    ValueError
        A column that is not there, or a direction other than +1, 0 and -1.
    """
    for name, direction in (directions or {}).items():
        if name not in names:
            raise ValueError(
                f"directions names the column '{name}', which is not there: {nearest(name, names)}"
            )
        if direction not in (-1, 0, 1):
            raise ValueError(f"the direction of '{name}' must be 1, 0 or -1; got {direction}")
    return [int((directions or {}).get(name, 0)) for name in names]
