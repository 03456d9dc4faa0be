"""Who is helped by a contact: a model of the effect, learnt from an experiment with known probabilities.

The DR-learner (Kennedy 2023, "Towards optimal doubly robust estimation of heterogeneous causal effects", Electronic
Journal of Statistics 17): two models of the outcome, with and without a contact, give each customer a pseudo-outcome.
Its mean is the effect, even if both models are wrong, because the probabilities are known. A third model learns it.
The outcome models are cross-fitted by customer. All models are LightGBM's and stored as its text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from forestall.statistics import Floats, Ints

N_FOLDS = 5
# Effects are small against the noise of single outcomes: few leaves with many rows each.
_SETTINGS: dict[str, Any] = {
    "objective": "regression", "learning_rate": 0.05, "num_leaves": 6, "lambda_l2": 10.0, "verbosity": -1,
    "deterministic": True, "force_row_wise": True, "num_threads": 1, "bagging_fraction": 0.8, "bagging_freq": 1,
}  # fmt: skip
_N_TREES, _LEAST_ROWS, _LEAF_SHARE = 100, 20, 0.02


@dataclass(frozen=True)
class EffectModel:
    """A model of the effect of a contact on an outcome.

    Parameters
    ----------
    booster
        LightGBM's text of the model.
    mean
        The mean effect in training.
    """

    booster: str
    mean: float

    @classmethod
    def fit(
        cls,
        x: Floats,
        outcome: Floats,
        is_treated: Any,
        probability: Floats,
        customer: Ints,
        seed: int = 7,
    ) -> EffectModel:
        """Return a model that has learnt from an experiment.

        Parameters
        ----------
        x
            Features of the moment of assignment, shape (n, k); NaN is missing.
        outcome
            Shape (n,), without gaps.
        is_treated
            Whether the row was assigned to be contacted, shape (n,).
        probability
            The probability of the arm that the row is in, shape (n,).
        customer
            The customer of each row, shape (n,): rows of one customer are in the same fold.
        seed
            Of folds and bagging.
        """
        treated = np.asarray(is_treated, dtype=bool)
        effect = pseudo_outcome(x, outcome, treated, probability, customer, seed)
        booster = _learn(x, effect, seed)
        return cls(booster.model_to_string(), float(effect.mean()))

    def predict(self, x: Floats) -> Floats:
        """Return the effect of a contact on each row, shape (n,): below 0 if it lowers the outcome."""
        booster = lgb.Booster(model_str=self.booster)
        return np.asarray(booster.predict(x, num_threads=1), dtype=np.float64)

    def to_text(self) -> str:
        """Return the model as text."""
        return json.dumps({"booster": self.booster, "mean": self.mean})

    @classmethod
    def of_text(cls, text: str) -> EffectModel:
        """Return the model of what `to_text` returned."""
        found = json.loads(text)
        return cls(str(found["booster"]), float(found["mean"]))


def pseudo_outcome(
    x: Floats, outcome: Floats, is_treated: Any, probability: Floats, customer: Ints, seed: int = 7
) -> Floats:
    """Return for each row a figure whose mean, given its features, is the effect, shape (n,). See `EffectModel.fit`."""
    y = np.asarray(outcome, dtype=np.float64)
    treated = np.asarray(is_treated, dtype=bool)
    codes = np.unique(customer, return_inverse=True)[1]
    fold = np.random.default_rng(seed).permutation(int(codes.max()) + 1)[codes] % N_FOLDS
    expected = {True: np.empty(len(y)), False: np.empty(len(y))}
    for k in range(N_FOLDS):
        for arm, means in expected.items():
            rows = (fold != k) & (treated == arm)
            means[fold == k] = _learn(x[rows], y[rows], seed).predict(x[fold == k], num_threads=1)
    own = np.where(treated, expected[True], expected[False])
    correction = np.where(treated, 1.0, -1.0) * (y - own) / probability
    return np.asarray(expected[True] - expected[False] + correction, dtype=np.float64)


def _learn(x: Floats, y: Floats, seed: int) -> lgb.Booster:
    least = max(_LEAST_ROWS, int(_LEAF_SHARE * len(y)))
    settings = _SETTINGS | {"seed": seed, "min_data_in_leaf": least}
    return lgb.train(settings, lgb.Dataset(x, y, params={"verbosity": -1}), num_boost_round=_N_TREES)
