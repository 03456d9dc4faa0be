"""A fitted classifier of the user's choice, and its refits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils import get_tags

from forestall.model.boosting import Boosting
from forestall.model.encoding import crossfit_matrix, later_matrix
from forestall.model.finite_columns import FiniteColumns
from forestall.model.folds import customer_folds
from forestall.model.linear import library_threads
from forestall.model.training_sample import CROSSFIT, Sample
from forestall.statistics import Floats, Ints, logit

_SMALLEST = 1e-6  # a forest may say 0, of which there are no log-odds


@dataclass(frozen=True)
class Recipe:
    """A classifier that is not fitted, and the columns that it learns from.

    Attributes
    ----------
    classifier
        The classifier.
    categories
        The places of the columns of encoded categories.
    directions
        The direction of each column: +1, -1 or 0.
    """

    classifier: Any
    categories: Sequence[int]
    directions: Sequence[int]


def keeps_directions(classifier: Any) -> bool:
    """Return whether a classifier can be bound to directions beside missing values: one class of scikit-learn can."""
    return isinstance(classifier, HistGradientBoostingClassifier)


@dataclass(frozen=True)
class Learner:
    """A fitted classifier.

    Attributes
    ----------
    classifier
        The classifier.
    columns
        The columns that it takes in place of encoded features; None if it takes missing values.
    """

    classifier: Any
    columns: FiniteColumns | None

    @classmethod
    def fitted(cls, recipe: Recipe, matrix: Floats, y: Floats, weight: Floats) -> Self:
        """Return a classifier fitted on encoded rows, shape (n, p), with labels 0 or 1 and weights, shape (n,)."""
        classifier = clone(recipe.classifier)
        if keeps_directions(classifier) and any(recipe.directions):
            classifier.set_params(monotonic_cst=list(recipe.directions))
        columns, rows = None, matrix
        if not get_tags(classifier).input_tags.allow_nan:
            columns = FiniteColumns.of(matrix, recipe.categories)
            rows = columns(matrix)
        elif isinstance(classifier, HistGradientBoostingClassifier):  # the only one with histograms
            rows = _for_histograms(matrix, classifier.max_bins)
        with _one_thread():
            classifier.fit(rows, y.astype(np.int64), sample_weight=weight)
        return cls(classifier, columns)

    def log_odds(self, matrix: Floats) -> Floats:
        """Return the log-odds of encoded rows, shape (n,)."""
        if not len(matrix):
            return np.empty(0)
        rows = matrix if self.columns is None else self.columns(matrix)
        with _one_thread():
            risk = self.classifier.predict_proba(rows)[:, 1]
        return logit(np.clip(np.asarray(risk, dtype=np.float64), _SMALLEST, 1 - _SMALLEST))


def _one_thread() -> Any:
    """Return a context in which compiled code uses one thread.

    Threads of scikit-learn wait for one another, which takes 20 times as long where others are busy; refits and
    requests have threads of their own.
    """
    return library_threads().limit(limits=1, user_api="openmp")


def _for_histograms(matrix: Floats, max_bins: int) -> Floats:
    """Return rows to learn from for the histograms of scikit-learn, shape (n, p).

    They fail on a column without any value, which gets 0 here; and with weights they need minutes for columns of more
    values than bins, so each value is moved to the nearest of as many quantiles. Their thresholds then lie halfway
    between two of these, so that values to predict need not be moved.
    """
    found = np.where(np.isnan(matrix).all(axis=0), 0.0, matrix)
    for column in found.T:
        is_known = ~np.isnan(column)
        known = column[is_known]
        levels = np.unique(known)
        if len(levels) > max_bins:
            levels = np.unique(np.quantile(known, np.linspace(0, 1, max_bins), method="nearest"))
            column[is_known] = levels[np.searchsorted((levels[1:] + levels[:-1]) / 2, known)]
    return found


@dataclass(frozen=True)
class LearnerRefits:
    """Refits of a classifier, for the interval: see `refits.RefitSource`."""

    sample: Sample
    matrix: Floats
    boosting: Boosting
    recipe: Recipe

    def log_odds(
        self,
        learn: Ints,
        other: Ints,
        y: Floats,
        weight: Floats,
        rng: np.random.Generator,
        stop: Ints | None = None,
    ) -> tuple[Floats, Floats]:
        """Return log-odds and matrix of the rows `other`, by a refit on the rows `learn`.

        The rows `stop` are not used: nothing of the classifier is chosen on them.
        """
        coded = self.sample.coded
        fold = customer_folds(self.sample.customer, CROSSFIT, rng)[learn]
        later = later_matrix(coded, other, learn, y, weight)
        learner = Learner.fitted(self.recipe, crossfit_matrix(coded, learn, y, weight, fold), y, weight)
        return learner.log_odds(later), later
