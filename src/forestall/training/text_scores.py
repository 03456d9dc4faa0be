"""Learnt scores of texts in a training: whether they tell more than the other features, and their columns.

Texts of a customer are scored by weights that the customer's own labels had no part in. Whether texts are scored at
all is decided on the training part, forward in time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import cached_property

import lightgbm
import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression

from forestall.model import Spec
from forestall.model.folds import customer_folds, forward_folds, random_folds
from forestall.model.training_sample import as_codes, read_groups
from forestall.moment_features import Family
from forestall.moment_features.sources import Sources
from forestall.moment_features.table import features_at, locate, plan_of
from forestall.moment_features.text_features import FAMILY, LOG_ODDS, text_features
from forestall.moment_features.text_score import TextWeights
from forestall.moments.timeline import Ints
from forestall.statistics import Floats
from forestall.training.text_weights import TextSample, fit_text_weights, text_sample

log = logging.getLogger(__name__)

N_FOLDS = 10
"""Folds of customers: with more, scores of training rows are nearer to those of new customers."""
LEAST_MOMENTS, LEAST_OF_A_CLASS = 300, 50
"""Fewest interactions with texts to learn from, and of those with the rarer label."""
LEAST_Z = 2.33
"""How many standard errors texts must add, one in a hundred times by chance."""
MOST_MOMENTS = 40_000
_N_TREES = 150
_TREES = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 7, "min_data_in_leaf": 20, "lambda_l2": 10.0,
    "feature_fraction": 0.5, "num_threads": 1, "deterministic": True, "force_row_wise": True, "verbosity": -1,
}  # fmt: skip


@dataclass(frozen=True)
class TextScores:
    """The texts of labelled moments, from which weights are learnt.

    Parameters
    ----------
    sources
        The timelines of the tables.
    place, as_of
        The moments: places of interactions, and microseconds, shape (n,).
    y, weight
        Labels and weights, shape (n,).
    customer, interaction
        Whole numbers, shape (n,).
    time
        When each interaction started, microseconds, shape (n,); None without a clock.
    least_customers
        Fewest customers of an n-gram that is learnt.
    seed
        Seed of the folds.
    has_own_labels
        Whether the moments of an interaction have labels of their own, so that each counts as an observation.
    columns
        The columns of the events that are embeddings of their texts.
    """

    sources: Sources
    place: Ints
    as_of: Ints
    y: Floats
    weight: Floats
    customer: Ints
    interaction: Ints
    time: Ints | None
    least_customers: int
    seed: int
    has_own_labels: bool = False
    columns: tuple[str, ...] = ()

    @classmethod
    def of(cls, sources: Sources, moments: pl.DataFrame, spec: Spec, *, has_clock: bool) -> TextScores:
        """Return the texts of labelled moments."""
        place, as_of = locate(sources, moments)
        groups = moments.select("customer_id", "interaction_id").to_numpy()
        customer, interaction = read_groups(groups, moments.height)
        return cls(
            sources,
            place,
            as_of,
            moments["label"].to_numpy().astype(np.float64),
            moments["weight"].to_numpy(),
            as_codes(customer),
            as_codes(interaction),
            moments["started_at"].dt.timestamp("us").to_numpy() if has_clock else None,
            spec.privacy.least_customers,
            spec.seed,
            spec.label.target == "next",
            tuple(spec.words.embedding),
        )

    def rows(self, places: Ints) -> TextScores:
        """Return some of the moments."""
        return TextScores(
            self.sources,
            self.place[places],
            self.as_of[places],
            self.y[places],
            self.weight[places],
            as_codes(self.customer[places]),
            as_codes(self.interaction[places]),
            None if self.time is None else self.time[places],
            self.least_customers,
            self.seed,
            self.has_own_labels,
            self.columns,
        )

    def chosen(self, frame: pl.DataFrame, is_train: pl.Series) -> TextScores | None:
        """Return these texts if they tell more than the features in a frame, forward in time and beyond chance.

        Without their embeddings if these add nothing to the texts; None if the texts add nothing either. Only the
        training part is looked at.

        Weights, and trees on the other features, are learnt from the earlier interactions. On the later ones of other
        customers the scores of texts must add to the risk of the trees.
        """
        train = self.rows(is_train.arg_true().to_numpy())
        ways = [replace(train, columns=columns) for columns in dict.fromkeys([(), self.columns])]
        ways = [one for one in ways if one._has_enough]
        if not ways:
            return None
        learn, later = train._sides()
        if not all(_has_both(train.y[side]) for side in (learn, later)):
            return None
        first, rest, frame = train.rows(learn), train.rows(later), frame.filter(is_train)
        known = [_log_odds_of_trees(frame[learn], first.y, first.weight, frame[later], self.seed)]
        found = None
        for way in ways:
            scores = way.rows(later).columns_of(way.rows(learn).fit())[LOG_ODDS].to_numpy()
            z = _added(np.column_stack(known), scores, rest.y, rest.weight, rest.customer)
            what = "embeddings" if way.columns else "texts"
            log.info("%s: %.1f standard errors beyond the other features on later interactions", what, z)
            if z > LEAST_Z:
                found = replace(self, columns=way.columns)
            known.append(scores)
        return found

    def _sides(self) -> tuple[Ints, Ints]:
        """Return the moments to learn from, and later ones of other customers."""
        if self.time is None:
            learn, later = random_folds(self.customer, 3, np.random.default_rng(self.seed))[0]
        else:
            learn, later = forward_folds(self.time, self.interaction, 1, 0.4)[0]
        return learn, later[~np.isin(self.customer[later], self.customer[learn])]

    def scored(self, is_learnt: pl.Series) -> tuple[TextWeights, pl.DataFrame]:
        """Return weights learnt from some of the moments, and the columns of texts at all moments.

        The texts of moments that are learnt from are scored by weights learnt from other customers.
        """
        learnt, rest = (one.arg_true().to_numpy() for one in (is_learnt, ~is_learnt))
        train = self.rows(learnt)
        weights = train.fit()
        parts = [train._crossfitted(), self.rows(rest).columns_of(weights)]
        order = np.argsort(np.concatenate([learnt, rest]), kind="stable")
        return weights, pl.concat(parts)[order]

    def fit(self) -> TextWeights:
        """Return weights learnt from these moments."""
        return self._fit(self._some)

    def _fit(self, some: Ints) -> TextWeights:
        # labels of their own count one each
        weight = np.ones(len(some)) if self.has_own_labels else self.weight[some]
        return fit_text_weights(self._sample.moments(some), self.y[some], weight, self.least_customers)

    def _crossfitted(self) -> pl.DataFrame:
        fold = customer_folds(self.customer, N_FOLDS, np.random.default_rng(self.seed))
        parts, places = [], []
        for number in np.unique(fold):
            own = np.flatnonzero(fold == number)
            weights = self._fit(self._some[fold[self._some] != number])
            parts.append(self.rows(own).columns_of(weights))
            places.append(own)
        return pl.concat(parts)[np.argsort(np.concatenate(places), kind="stable")]

    def columns_of(self, weights: TextWeights) -> pl.DataFrame:
        """Return the columns of texts at the moments by some weights."""
        return features_at(self.sources, self.place, self.as_of, plan_of([_text_family(weights)]))

    @cached_property
    def _sample(self) -> TextSample:
        return text_sample(self.sources, self.place, self.as_of, self.columns)

    @cached_property
    def _some(self) -> Ints:
        """The moments that weights are learnt from: those with texts, of so many random interactions."""
        some = np.flatnonzero(self._sample.has_text)
        if len(some) <= MOST_MOMENTS:
            return some
        order = np.random.default_rng(self.seed).permutation(int(self.interaction.max()) + 1)
        until = np.cumsum(np.bincount(self.interaction[some], minlength=len(order))[order])
        is_in = np.zeros(len(order), dtype=bool)
        is_in[order[until <= MOST_MOMENTS]] = True
        return some[is_in[self.interaction[some]]]

    @property
    def _has_enough(self) -> bool:
        has_text = self._sample.has_text
        labels = self.y[has_text]
        n = np.unique(self.interaction[has_text]).size
        classes = [np.unique(self.interaction[has_text][labels == one]).size for one in (0, 1)]
        return n >= LEAST_MOMENTS and min(classes) >= LEAST_OF_A_CLASS


def _text_family(weights: TextWeights) -> Family:
    return Family(FAMILY, "", text_features(weights))


def _has_both(y: Floats) -> bool:
    return len(np.unique(y)) == 2


def _log_odds_of_trees(
    train: pl.DataFrame, y: Floats, weight: Floats, test: pl.DataFrame, seed: int
) -> Floats:
    """Return the log-odds of the test rows by trees on numbers and categories."""
    names = [name for name in train.columns if train[name].count()]
    known = {
        name: train[name].drop_nulls().unique().sort() for name in names if train.schema[name] == pl.String
    }

    def matrix(frame: pl.DataFrame) -> Floats:
        columns = [
            frame[name].cast(pl.Enum(known[name]), strict=False).to_physical()
            if name in known
            else frame[name]
            for name in names
        ]
        return pl.DataFrame(columns).cast(pl.Float64).to_numpy()

    if not names:
        return np.zeros(len(test))
    data = lightgbm.Dataset(matrix(train), y, weight=weight)
    booster = lightgbm.train({**_TREES, "seed": seed}, data, _N_TREES)
    return np.asarray(booster.predict(matrix(test), raw_score=True), dtype=np.float64)


def _added(log_odds: Floats, scores: Floats, y: Floats, weight: Floats, customer: Ints) -> float:
    """Return by how many standard errors scores add to log-odds, by a score test with customers as the units."""
    controls = np.column_stack([np.ones(len(y)), log_odds])
    fitted = LogisticRegression(C=np.inf).fit(controls[:, 1:], y, sample_weight=weight)
    risk = fitted.predict_proba(controls[:, 1:])[:, 1]
    spread = weight * risk * (1 - risk)
    shared = np.linalg.lstsq((controls.T * spread) @ controls, (controls.T * spread) @ scores, rcond=None)[0]
    terms = np.bincount(customer, weight * (y - risk) * (scores - controls @ shared))
    error = float(np.sqrt((terms**2).sum()))
    return float(terms.sum()) / error if error > 0 else 0.0
