"""Time windows on which settings are compared: each learns from earlier rows and is measured on later ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forestall.model.boosting import Boosting, best_rounds
from forestall.model.encoding import crossfit_matrix, later_matrix
from forestall.model.folds import Fold, customer_folds, forward_folds, random_folds
from forestall.model.training_sample import CROSSFIT, Sample, has_both_classes
from forestall.statistics import Floats, Ints


@dataclass(frozen=True)
class Window:
    """Encoded rows to learn from, and later rows to measure the log-loss on.

    Attributes
    ----------
    learn, later
        Matrix (n, p), labels (n,) and weights (n,) of each.
    """

    learn: tuple[Floats, Floats, Floats]
    later: tuple[Floats, Floats, Floats]

    @property
    def weight(self) -> float:
        """The sum of the weights of the later rows."""
        return float(self.later[2].sum())

    def curve(self, boosting: Boosting, columns: Ints | None = None) -> Floats:
        """Return the log-loss on the later rows after each round; `columns` are the places used, by default all."""
        (matrix, y, weight), (later, *others) = self.learn, self.later
        if columns is not None:
            matrix, later = matrix[:, columns], later[:, columns]
        return boosting.curve(matrix, y, weight, (later, others[0], others[1]))[1]


def windows_of(
    sample: Sample, n_windows: int, share: float, seed: int, known: tuple[Ints, Ints] | None = None
) -> list[Window]:
    """Return windows that go forward in time, the oldest first; or by customer if there is no time.

    Parameters
    ----------
    sample
        The rows.
    n_windows, share
        Number of windows, and the share of the interactions in each: see `forward_folds`.
    seed
        Seed of the encodings, and of the folds by customer.
    known
        The time of each row, and the time when its label was known, in one unit. A window learns only from rows with a
        label known before the window begins.
    """
    folds = (
        random_folds(sample.customer, n_windows, np.random.default_rng([seed, 3]))
        if sample.time is None
        else forward_folds(sample.time, sample.interaction, n_windows, share)
    )
    if known is not None:
        moment, decided = known
        folds = [(rows[decided[rows] < moment[later].min()], later) for rows, later in folds if len(later)]
    usable = [
        fold for fold in folds if has_both_classes(sample.y[fold[0]]) and has_both_classes(sample.y[fold[1]])
    ]
    return [_window(sample, fold, seed + k) for k, fold in enumerate(usable)]


def _window(sample: Sample, fold: Fold, seed: int) -> Window:
    rows, later = fold
    y, weight = sample.y[rows], sample.weight[rows]
    parts = customer_folds(sample.customer, CROSSFIT, np.random.default_rng([seed, 4]))[rows]
    matrix = crossfit_matrix(sample.coded, rows, y, weight, parts)
    later_x = later_matrix(sample.coded, later, rows, y, weight)
    return Window((matrix, y, weight), (later_x, sample.y[later], sample.weight[later]))


def joint_loss(curves: list[Floats], weights: list[float]) -> tuple[float, int]:
    """Return the lowest mean log-loss over all windows, and its number of rounds, the same for all windows."""
    rounds = best_rounds(curves, weights)
    losses = [curve[min(rounds, len(curve)) - 1] for curve in curves]
    return float(np.average(losses, weights=weights)), rounds
