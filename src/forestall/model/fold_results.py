"""The results of folds: preset, number of rounds, strength of the ridge, weight of the trees, and held-out log-odds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import lightgbm as lgb
import numpy as np
from joblib import delayed

from forestall.model.blend import weight_of_trees
from forestall.model.boosting import Boosting, best_rounds
from forestall.model.encoding import crossfit_matrix, later_matrix
from forestall.model.fit_progress import in_threads
from forestall.model.folds import (
    Fold,
    customer_folds,
    draw_one_moment,
    forward_folds,
    random_folds,
    weights_of_drawn,
)
from forestall.model.linear import STRENGTHS, Design, effective_rows, fit_weights
from forestall.model.presets import choose_preset
from forestall.model.training_sample import CROSSFIT, Sample, has_both_classes
from forestall.model.tree_log_odds import tree_log_odds
from forestall.statistics import Floats, Ints, log_losses_of_log_odds

# number of rounds, and strength of the ridge, if there are too few rows for any fold
_FEW_ROUNDS, _STRONG = 50, 0.1
# of more rows than this, presets are compared on one moment of each of some interactions
_MANY_ROWS = 20_000


@dataclass(frozen=True)
class FoldResults:
    """The results of the folds.

    Attributes
    ----------
    preset
        The preset with the lowest log-loss.
    rounds
        The best number of rounds for a training on all rows.
    strength
        The best strength of the ridge for a training on all rows.
    weight
        The weight of the trees in the log-odds, from 0 to 1.
    raw
        Log-odds of held-out rows, shape (n,); NaN for rows that no fold held out.
    block
        The fold that held a row out, in the order of time, shape (n,).
    n_folds
        Number of folds.
    """

    preset: str
    rounds: int
    strength: float
    weight: float
    raw: Floats
    block: Ints
    n_folds: int


class _Trees(NamedTuple):
    """By preset the booster of a fold and its log-loss by round; the held-out rows, encoded."""

    boosters: dict[str, tuple[lgb.Booster, Floats]]
    matrix: Floats

    def curve(self, preset: str) -> Floats:
        """Return the log-loss of the held-out rows after each round."""
        return self.boosters[preset][1]

    def raw(self, preset: str, rounds: int) -> Floats:
        """Return the log-odds of the trees of the held-out rows."""
        booster = self.boosters[preset][0]
        return tree_log_odds(booster, self.matrix, 1, rounds)


def run_folds(
    sample: Sample,
    learns: Mapping[str, Boosting],
    directions: Sequence[int],
    n_folds: int,
    share: float,
    rng: np.random.Generator,
    n_jobs: int,
) -> FoldResults:
    """Return the results of folds that go forward in time, or are drawn by customer if there is no time.

    Parameters
    ----------
    sample
        The rows.
    learns
        By preset, the settings of the training; the most careful first.
    directions
        The direction of each column.
    n_folds, share
        Number of folds, and the share of the interactions in each.
    rng
        Generator of the folds and encodings.
    n_jobs
        Number of folds at once, each on one thread.
    """
    if len(learns) > 1 and len(sample.y) > _MANY_ROWS:
        few = _thinned(sample, np.random.default_rng(rng.integers(2**31)))
        preset = _preset_of(few, learns, usable_folds(few, n_folds, share, rng), rng, n_jobs)
        learns = {preset: learns[preset]}
    folds = usable_folds(sample, n_folds, share, rng)
    if not folds:
        preset, learn = next(iter(learns.items()))
        rounds, nothing = min(_FEW_ROUNDS, learn.max_rounds), np.full(len(sample.y), np.nan)
        return FoldResults(preset, rounds, _STRONG, 0.5, nothing, np.zeros(len(sample.y), dtype=np.int64), 0)
    calls = [
        delayed(_try_fold)(sample, fold, learns, directions, child)
        for fold, child in zip(folds, rng.spawn(len(folds)), strict=True)
    ]
    tried = in_threads("folds", calls, n_jobs)
    return _combined(sample, learns, folds, tried)


def _preset_of(
    sample: Sample,
    learns: Mapping[str, Boosting],
    folds: Sequence[Fold],
    rng: np.random.Generator,
    n_jobs: int,
) -> str:
    """Return the best preset on the folds; the first one if there are none."""
    if not folds:
        return next(iter(learns))
    parts = zip(folds, rng.spawn(len(folds)), strict=True)
    calls = [delayed(_boost)(sample, fold, learns, child) for fold, child in parts]
    tried = in_threads("folds of the presets", calls, n_jobs)
    return _best_trees(sample, learns, folds, [trees for trees, _ in tried])[0]


def _best_trees(
    sample: Sample, learns: Mapping[str, Boosting], folds: Sequence[Fold], tried: Sequence[_Trees]
) -> tuple[str, int, Floats]:
    """Return the best preset, its number of rounds, and the log-odds of its trees for held-out rows."""
    later = np.concatenate([rows for _, rows in folds])
    y, weight = sample.y[later], sample.weight[later]
    rounds = {
        name: best_rounds(
            [one.curve(name) for one in tried], [sample.weight[rows].sum() for _, rows in folds]
        )
        for name in learns
    }
    trees = {name: np.concatenate([one.raw(name, rounds[name]) for one in tried]) for name in learns}
    preset = choose_preset(y, weight, sample.interaction[later], trees)
    return preset, rounds[preset], trees[preset]


def _combined(
    sample: Sample,
    learns: Mapping[str, Boosting],
    folds: Sequence[Fold],
    tried: Sequence[tuple[_Trees, Floats]],
) -> FoldResults:
    """Return what the folds say together: the best settings, and the held-out log-odds with these."""
    later = np.concatenate([rows for _, rows in folds])
    y, weight = sample.y[later], sample.weight[later]
    preset, rounds, trees = _best_trees(sample, learns, folds, [one for one, _ in tried])
    linear = np.concatenate([log_odds for _, log_odds in tried], axis=1)
    # the more rows, the better are the trees beside the linear part: the folds that learn from most rows decide
    most = np.repeat([2 * len(rows) >= len(sample.y) for rows, _ in folds], [len(rows) for _, rows in folds])
    like_all = np.flatnonzero(most) if most.any() else np.arange(len(later))
    best = int(np.argmin(log_losses_of_log_odds(y, linear)[:, like_all] @ weight[like_all]))
    mix = weight_of_trees(y[like_all], weight[like_all], trees[like_all], linear[best][like_all])
    raw, block = np.full(len(sample.y), np.nan), np.zeros(len(sample.y), dtype=np.int64)
    raw[later] = mix * trees + (1 - mix) * linear[best]
    block[later] = np.repeat(np.arange(len(folds)), [len(rows) for _, rows in folds])
    # more rows allow more rounds, by measurement in proportion to the square root, and a weaker ridge
    known = float(np.mean([len(rows) for rows, _ in folds])) / len(sample.y)
    n_rounds = min(round(rounds / np.sqrt(known)), learns[preset].max_rounds)
    learnt = float(np.mean([effective_rows(sample.weight[rows]) for rows, _ in folds]))
    strength = STRENGTHS[best] * learnt / effective_rows(sample.weight)
    return FoldResults(preset, n_rounds, strength, mix, raw, block, len(folds))


def usable_folds(sample: Sample, n_folds: int, share: float, rng: np.random.Generator) -> list[Fold]:
    """Return the folds that go forward in time, or by customer without a time: those with both labels on both sides."""
    folds = (
        random_folds(sample.customer, n_folds, rng)
        if sample.time is None
        else forward_folds(sample.time, sample.interaction, n_folds, share)
    )
    return [fold for fold in folds if all(has_both_classes(sample.y[rows]) for rows in fold)]


def _thinned(sample: Sample, rng: np.random.Generator) -> Sample:
    """Return at most 20,000 rows, one moment of an interaction each."""
    rows = draw_one_moment(sample.interaction, sample.weight, rng)
    weight = weights_of_drawn(sample.interaction, sample.weight, rows)
    kept = np.arange(len(rows))
    if len(rows) > _MANY_ROWS:
        kept = np.sort(rng.choice(len(rows), _MANY_ROWS, replace=False))
    return sample.rows(rows[kept], np.ones(len(kept)) if weight is None else weight[kept])


def _try_fold(
    sample: Sample,
    fold: Fold,
    learns: Mapping[str, Boosting],
    directions: Sequence[int],
    rng: np.random.Generator,
) -> tuple[_Trees, Floats]:
    """Return what is learnt from the first rows of a fold: the trees, and the linear log-odds of its later rows.

    The linear log-odds are by strength of the ridge, shape (n_strengths, n_later).
    """
    rows, _ = fold
    trees, matrix = _boost(sample, fold, learns, rng)
    design = Design.of(matrix, list(sample.coded.codes), directions)
    weights = fit_weights(design, matrix, sample.y[rows], sample.weight[rows], STRENGTHS, is_rough=True)
    return trees, np.array([design.part(one).log_odds(trees.matrix) for one in weights])


def _boost(
    sample: Sample, fold: Fold, learns: Mapping[str, Boosting], rng: np.random.Generator
) -> tuple[_Trees, Floats]:
    """Return the trees that are learnt from the first rows of a fold, and these rows, encoded."""
    rows, later = fold
    y, weight = sample.y[rows], sample.weight[rows]
    parts = customer_folds(sample.customer, CROSSFIT, rng)[rows]
    matrix = crossfit_matrix(sample.coded, rows, y, weight, parts)
    later_x = later_matrix(sample.coded, later, rows, y, weight)
    held_out = (later_x, sample.y[later], sample.weight[later])
    boosters = {
        name: learn.on_one_thread().curve(matrix, y, weight, held_out) for name, learn in learns.items()
    }
    return _Trees(boosters, later_x), matrix
