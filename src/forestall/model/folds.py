"""Which rows are learnt from and which are tried on: forward in time, or by customer where there is no time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from forestall.statistics import Floats, Ints

Fold = tuple[Ints, Ints]
# the share of the interactions that the first fold must keep to learn from
_FIRST_SHARE = 0.25
_ROUNDING = 1e-9


def forward_folds(time: Ints, interaction: Ints, n_folds: int, share: float) -> list[Fold]:
    """Return folds that go forward in time: learn from all that came earlier, try on the next block.

    Interactions are ordered by their first moment and never lie on both sides. The blocks are the latest; together
    they are at most three quarters of the interactions, so that the first fold has something to learn from.

    Parameters
    ----------
    time
        (n,) when each row was, in any unit.
    interaction
        (n,) whole numbers from 0: whose moment each row is.
    n_folds
        How many blocks.
    share
        Each block's share of the interactions.

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
    """Return folds by customer, for rows without a time: learn from all others, try on a random part.

    Returns
    -------
    list of (learn, held out)
        Places of rows.
    """
    fold = customer_folds(customer, n_folds, rng)
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(n_folds)]


def customer_folds(customer: Ints, n_folds: int, rng: np.random.Generator) -> Ints:
    """Return each row's fold, the same for all rows of a customer; folds have equally many customers.

    Parameters
    ----------
    customer
        (n,) whole numbers from 0.
    """
    n_customers = int(customer.max()) + 1
    return np.asarray(rng.permutation(n_customers) % n_folds, dtype=np.int64)[customer]


def one_moment(interaction: Ints, weight: Floats, rng: np.random.Generator) -> Ints:
    """Return the place of one row of each interaction, drawn with a chance proportional to its weight.

    Calibration needs independent rows: the moments of one interaction share their label. Where whole interactions weigh
    1, one that weighs less has lost moments, and has a row with so much less chance.
    """
    # the smallest of exponential times, each at the rate of its weight, is such a draw
    time = rng.exponential(size=len(interaction)) / weight
    order = np.lexsort((time, interaction))
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = interaction[order][1:] != interaction[order][:-1]
    chosen = np.sort(order[is_first])
    whole = np.bincount(interaction, weight)[interaction[chosen]]
    if not len(chosen) or abs(whole.max() - 1) > _ROUNDING or whole.min() > 1 - _ROUNDING:
        return chosen
    return chosen[rng.random(len(chosen)) < whole]
