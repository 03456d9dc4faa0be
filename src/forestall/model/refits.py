"""Refits of a model on other rows or other labels, from which the interval of the risk is learnt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from forestall.model.boosting import Boosting
from forestall.model.encoding import crossfit_matrix, later_matrix
from forestall.model.folds import customer_folds
from forestall.model.linear import Design, effective_rows, fit_weights
from forestall.model.training_sample import CROSSFIT, Sample
from forestall.model.tree_log_odds import tree_log_odds
from forestall.statistics import Floats, Ints

_FAST_RATE = 0.1


class RefitSource(Protocol):
    """What the interval needs of a model that can be refitted.

    Attributes
    ----------
    sample
        All rows.
    matrix
        The same, encoded, shape (n, p).
    boosting
        LightGBM's settings for one thread, from which the booster of the variance takes its seed.
    """

    @property
    def sample(self) -> Sample: ...  # noqa: D102
    @property
    def matrix(self) -> Floats: ...  # noqa: D102
    @property
    def boosting(self) -> Boosting: ...  # noqa: D102

    def log_odds(
        self,
        learn: Ints,
        other: Ints,
        y: Floats,
        weight: Floats,
        rng: np.random.Generator,
        stop: Ints | None = None,
    ) -> tuple[Floats, Floats]:
        """Return log-odds and matrix of the rows `other`, by a refit on the rows `learn`; see `Refits`."""


@dataclass(frozen=True)
class Ridge:
    """The linear part on about all rows: its columns, the strength of the ridge, and the weights of the columns."""

    design: Design
    strength: float
    weights: Floats


@dataclass(frozen=True)
class Refits:
    """The settings of refits.

    Attributes
    ----------
    sample
        All rows.
    matrix
        The same, encoded, shape (n, p).
    boosting, rounds
        Settings for one thread, with the higher learning rate, and rounds of a refit on about all rows.
    ridge
        The linear part, from whose weights refits start.
    weight
        The weight of the trees.
    """

    sample: Sample
    matrix: Floats
    boosting: Boosting
    rounds: int
    ridge: Ridge
    weight: float

    @classmethod
    def of(
        cls,
        sample: Sample,
        boosting: Boosting,
        rounds: int,
        ridge: Ridge,
        weight: float,
        matrix: Floats,
    ) -> Refits:
        """Return the settings of refits of a model: see the attributes; `boosting` and `rounds` are the model's."""
        rate = boosting.params["learning_rate"]
        fast = max(rate, _FAST_RATE)
        params = {**boosting.params, "learning_rate": fast, "num_threads": 1}
        quick = Boosting(params, boosting.max_rounds)
        return cls(sample, matrix, quick, max(1, round(rounds * rate / fast)), ridge, weight)

    def log_odds(
        self,
        learn: Ints,
        other: Ints,
        y: Floats,
        weight: Floats,
        rng: np.random.Generator,
        stop: Ints | None = None,
    ) -> tuple[Floats, Floats]:
        """Return log-odds and matrix of the rows `other`, by a refit on the rows `learn` with `y` and `weight`.

        With rows `stop`, the number of rounds is that with the lowest log-loss on them.
        """
        sample = self.sample
        fold = customer_folds(sample.customer, CROSSFIT, rng)[learn]
        matrix = crossfit_matrix(sample.coded, learn, y, weight, fold)
        later = later_matrix(sample.coded, other, learn, y, weight)
        if stop is None:
            booster, rounds = self.boosting.train(matrix, y, weight, self.rounds), self.rounds
        else:
            held_out = later_matrix(sample.coded, stop, learn, y, weight), sample.y[stop], sample.weight[stop]
            booster, curve = self.boosting.curve(matrix, y, weight, held_out)
            rounds = int(np.argmin(curve)) + 1
        raw = tree_log_odds(booster, later, 1, rounds)
        if self.weight < 1:
            # fewer rows need a stronger ridge
            strength = self.ridge.strength * effective_rows(sample.weight) / effective_rows(weight)
            ridge = self.ridge
            found = fit_weights(ridge.design, matrix, y, weight, [strength], ridge.weights, is_rough=True)
            raw = self.weight * raw + (1 - self.weight) * ridge.design.part(found[0]).log_odds(later)
        return np.asarray(raw), later
