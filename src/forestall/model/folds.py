"""Which rows are learnt from and which are tried on: forward in time, or by customer where there is no time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from forestall.statistics import Floats, Ints

Fold = tuple[Ints, Ints]
# the first fold learns from at least this share of the interactions
_FIRST_SHARE = 0.25
_ROUNDING = 1e-9


def forward_folds(time: Ints, interaction: Ints, n_folds: int, share: float) -> list[Fold]:
    """Return folds that go forward in time: each learns from all earlier interactions and is tried on the next block.

    Interactions are ordered by their first moment, and none is on both sides. The blocks are the latest interactions,
    and at most three quarters of them, so that the first fold has rows to learn from.

    Parameters
    ----------
    time
        The time of each row, in any unit, shape (n,).
    interaction
        The interaction of each row, from 0, shape (n,).
    n_folds
        Number of blocks.
    share
        The share of the interactions in each block.

    Returns
    -------
    list of (learn, later)
        Places of rows, oldest fold first.
    """
    n_interactions = int(interaction.max()) + 1
    first = np.full(n_interactions, np.iinfo(np.int64).max)
    np.minimum.at(first, interaction, time)
    order = np.argsort(first, kind="stable")
    rank = np.empty(n_interactions, dtype=np.int64)
    rank[order] = np.arange(n_interactions)
    share = min(share, (1 - _FIRST_SHARE) / n_folds)
    edges = np.round(n_interactions * (1 - share * np.arange(n_folds, -1, -1))).astype(np.int64)
    place = rank[interaction]
    return [
        (np.flatnonzero(place < start), np.flatnonzero((place >= start) & (place < end)))
        for start, end in pairwise(edges)
    ]


def random_folds(customer: Ints, n_folds: int, rng: np.random.Generator) -> list[Fold]:
    """Return folds by customer, for rows without a time: each is tried on a random part and learns from the rest.

    Parameters
    ----------
    customer
        The customer of each row, from 0, shape (n,).
    n_folds
        Number of folds.
    rng
        Generator of the folds.

    Returns
    -------
    list of (learn, held out)
        Places of rows.
    """
    fold = customer_folds(customer, n_folds, rng)
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(n_folds)]


def customer_folds(customer: Ints, n_folds: int, rng: np.random.Generator) -> Ints:
    """Return the fold of each row, shape (n,): one fold for each customer, and as many customers in each fold.

    Parameters
    ----------
    customer
        The customer of each row, from 0, shape (n,).
    n_folds
        Number of folds.
    rng
        Generator of the folds.
    """
    n_customers = int(customer.max()) + 1
    return np.asarray(rng.permutation(n_customers) % n_folds, dtype=np.int64)[customer]


def draw_one_moment(interaction: Ints, weight: Floats, rng: np.random.Generator) -> Ints:
    """Return the place of one row of each interaction, drawn with probabilities proportional to the weights.

    Calibration needs independent rows, but the moments of one interaction share their label. If the weights of whole
    interactions are 1, an interaction that weighs less has lost moments: it is drawn with that probability only.

    Parameters
    ----------
    interaction
        The interaction of each row, from 0, shape (n,).
    weight
        Weights above 0, shape (n,).
    rng
        Generator of the draws.

    Returns
    -------
    array of int
        The places, in ascending order.
    """
    # of exponential times with the weights as rates, the row with the smallest one is such a draw
    time = rng.exponential(size=len(interaction)) / weight
    order = np.lexsort((time, interaction))
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = interaction[order][1:] != interaction[order][:-1]
    chosen = np.sort(order[is_first])
    whole = np.bincount(interaction, weight)[interaction[chosen]]
    if not len(chosen) or abs(whole.max() - 1) > _ROUNDING or whole.min() > 1 - _ROUNDING:
        return chosen
    return chosen[rng.random(len(chosen)) < whole]


def weights_of_drawn(interaction: Ints, weight: Floats, drawn: Ints) -> Floats | None:
    """Return the weight of the whole interaction of each row of `draw_one_moment`; None where all weigh the same.

    Interactions of less than 1, which were drawn less often, weigh 1.

    Parameters
    ----------
    interaction, weight
        As for `draw_one_moment`.
    drawn
        Its result.
    """
    whole = np.bincount(interaction, weight)[interaction[drawn]]
    if not len(drawn) or abs(whole.max() - 1) <= _ROUNDING or np.ptp(whole) <= _ROUNDING * whole.max():
        return None
    return np.asarray(whole)
