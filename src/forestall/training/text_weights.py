"""Fits the weights of hashed n-grams and embeddings: a logistic regression on the texts that each moment knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy import optimize, sparse
from scipy.special import expit
from threadpoolctl import threadpool_limits

from forestall.moment_features.row_aggregates import Array
from forestall.moment_features.sources import Sources
from forestall.moment_features.text_buckets import BITS, all_buckets
from forestall.moment_features.text_columns import AUTHORS, Turns, text_rows
from forestall.moment_features.text_score import DECAY, EARLIER, ROLES, TextWeights
from forestall.moments.timeline import Ints
from forestall.statistics import Floats
from forestall.training.text_vectors import Reduction

PENALTY = 1.0
"""How much the squares of the weights count, each divided by its scale, against the log-losses of the moments."""
_MAX_TURNS = 8  # turns before the last one that still weigh something
_STEPS = 40
_PRIOR_TEXTS = 2.5  # texts of either label that each n-gram is thought to have had before
_LEAST_SCALE = 0.1  # of an n-gram that both labels have equally often
_COMPONENT_SCALE = 0.3  # of a component of the embeddings, per standard deviation


class TextSample(NamedTuple):
    """The texts that moments know.

    Attributes
    ----------
    buckets
        (n_texts, 2**BITS): 1 where a text has a bucket.
    customer
        Whose conversation each text is of, whole numbers, shape (n_texts,).
    roles
        For each role, how much each text weighs in it at each moment, (n_moments, n_texts).
    reduction
        How embeddings become components; None without embeddings.
    components
        The components of each text's embedding, (n_texts, n_components).
    """

    buckets: sparse.csr_matrix
    customer: Ints
    roles: tuple[sparse.csr_matrix, ...]
    reduction: Reduction | None
    components: Floats

    def moments(self, rows: Ints) -> TextSample:
        """Return what some of the moments know."""
        roles = [role[rows] for role in self.roles]
        used = np.flatnonzero(np.sum([role.getnnz(axis=0) for role in roles], axis=0))
        return TextSample(
            self.buckets[used], self.customer[used], tuple(role[:, used] for role in roles),
            self.reduction, self.components[used],
        )  # fmt: skip

    @property
    def has_text(self) -> Array:
        """Whether each moment knows a text."""
        return np.asarray(np.sum([role.getnnz(axis=1) for role in self.roles], axis=0) > 0)


def text_sample(sources: Sources, place: Ints, as_of: Ints, columns: Sequence[str] = ()) -> TextSample:
    """Return the texts that moments know, given as places of interactions and microseconds.

    `columns` of the events are the embeddings of their texts.
    """
    events = sources.events
    begin, end = events.timeline.begin(place), events.timeline.known(place, as_of)
    texts = text_rows(events, place, end, columns)
    read = all_buckets(events.texts_at(texts.rows))
    ones = np.ones(len(read.buckets), dtype=np.float32)
    matrix = sparse.csr_matrix(
        (ones, read.buckets.astype(np.int32), read.offsets), (len(texts.rows), 1 << BITS)
    )
    whose = sources.frame.select("customer_id").with_row_index("own")
    key = pl.coalesce("customer_id", pl.format("\x00{}", "own"))  # without a customer: one of its own
    customer = whose.select(key.rank("dense"))["customer_id"].to_numpy()
    owner = np.unique(place)[texts.owner]
    roles = []
    for author in AUTHORS:
        mine = np.flatnonzero(texts.is_of[author])
        turns = Turns.of(texts.rows[mine], texts.owner[mine], texts.at[mine])
        roles += _roles(turns, mine, begin, end, len(texts.rows))
    reduction = Reduction.fit(events, texts.rows, columns) if columns else None
    components = (
        np.zeros((len(texts.rows), 0)) if reduction is None else reduction.components(events, texts.rows)
    )
    return TextSample(matrix, customer[owner].astype(np.int64), tuple(roles), reduction, components)


def _roles(turns: Turns, mine: Ints, begin: Ints, end: Ints, n_texts: int) -> list[sparse.csr_matrix]:
    """Return how much each text of an author weighs as the last and as an earlier one, at each moment."""
    moments = np.arange(len(end))
    last = np.searchsorted(turns.first, end) - 1
    known = (last >= 0) & (np.append(turns.first, -1)[last] >= begin)
    in_turn = sparse.csr_matrix(
        (np.ones(len(mine)), (turns.turn, mine)), (len(turns.first), n_texts), dtype=np.float64
    )

    def chosen(row: Ints, turn: Ints, weight: Floats) -> sparse.csr_matrix:
        shape = (len(end), len(turns.first))
        return (sparse.csr_matrix((weight, (row, turn)), shape) @ in_turn).tocsr()

    now, turn = moments[known], last[known]
    found = [chosen(now, turn, np.ones(len(now)))]
    before = chosen(now[:0], turn[:0], np.zeros(0))
    for back in range(1, _MAX_TURNS + 1):
        is_there = turns.rank[turn] >= back if len(turn) else turn >= 0
        share = np.full(int(is_there.sum()), EARLIER * DECAY ** (back - 1))
        before = before + chosen(now[is_there], turn[is_there] - back, share)
    return [*found, before]


def fit_text_weights(sample: TextSample, y: Floats, weight: Floats, least_customers: int) -> TextWeights:
    """Return the weights that predict the labels of moments from the texts that they know.

    Parameters
    ----------
    sample
        The texts.
    y, weight
        Labels 0 or 1, and weights, shape (n_moments,).
    least_customers
        A bucket that fewer customers have has no weight: what only one person says is not learnt.
    """
    kept = _common_buckets(sample, least_customers)
    matrix = sample.buckets[:, kept].astype(np.float64)
    components = _common_components(sample, least_customers)
    matrix = (sparse.diags(1 / np.sqrt(np.maximum(matrix.getnnz(axis=1), 1))) @ matrix).tocsr()
    with threadpool_limits(
        limits=1, user_api="blas"
    ):  # the last bits of a product depend on the number of threads
        weights, intercept = _fitted(matrix, components, sample.roles, y, weight)
    of_buckets, of_components = weights[: len(kept)], weights[len(kept) :]
    embedding = sample.reduction.embedding(of_components) if sample.reduction and len(of_components) else None
    return TextWeights(kept, of_buckets.astype(np.float32), float(np.float32(intercept)), embedding)


def _common_components(sample: TextSample, least: int) -> Floats:
    """Return the components of the embeddings; none if few customers have embeddings."""
    has_vector = (sample.components != 0).any(axis=1)
    n_customers = len(np.unique(sample.customer[has_vector]))
    return sample.components if n_customers >= max(least, 2) else sample.components[:, :0]


def _common_buckets(sample: TextSample, least: int) -> Ints:
    """Return the buckets that enough customers have."""
    n_texts = sample.buckets.shape[0]
    numbers = np.unique(sample.customer, return_inverse=True)[1]
    whose = (np.ones(n_texts, dtype=np.float32), (numbers, np.arange(n_texts)))
    by_customer = sparse.csr_matrix(whose, (int(numbers.max(initial=-1)) + 1, n_texts))
    enough = np.flatnonzero(sample.buckets.getnnz(axis=0) >= least)
    customers = (by_customer @ sample.buckets[:, enough]).getnnz(axis=0)
    return np.asarray(enough[customers >= max(least, 2)], dtype=np.int64)


def _scales(
    turned: sparse.csr_matrix, roles: tuple[sparse.csr_matrix, ...], y: Floats, weight: Floats
) -> Floats:
    """Return how far each weight may go: the log-ratio of an n-gram's shares among the two labels, (n_buckets, 4).

    Wang and Manning (2012) multiply the n-grams of a logistic regression by these ratios of naive Bayes.
    """
    prior = _PRIOR_TEXTS * float(turned.data.mean()) if turned.nnz else 1.0
    shares = []
    for label in (1, 0):
        mass = turned @ np.column_stack([role.T @ (weight * (y == label)) for role in roles]) + prior
        shares.append(mass / mass.sum(axis=0))
    return np.asarray(np.abs(np.log(shares[0] / shares[1])) + _LEAST_SCALE)


def _fitted(
    matrix: sparse.csr_matrix,
    components: Floats,
    roles: tuple[sparse.csr_matrix, ...],
    y: Floats,
    weight: Floats,
) -> tuple[Floats, float]:
    """Return the weights of buckets and then of components in each role, and the intercept."""
    roles_turned = [role.T.tocsr() for role in roles]
    scales, sign = _scales(matrix.T.tocsr(), roles, y, weight), 2 * y - 1
    if components.shape[1]:
        matrix = sparse.hstack([matrix, sparse.csr_matrix(components)]).tocsr()
        scales = np.vstack([scales, np.full((components.shape[1], len(ROLES)), _COMPONENT_SCALE)])
    n_inputs, turned = matrix.shape[1], matrix.T.tocsr()

    def loss(flat: Floats) -> tuple[float, Floats]:
        by_text = matrix @ (flat[:-1].reshape(n_inputs, len(ROLES)) * scales)
        log_odds = flat[-1] + sum(role @ by_text[:, one] for one, role in enumerate(roles))
        value = float(weight @ np.logaddexp(0, -sign * log_odds)) + PENALTY / 2 * float(flat[:-1] @ flat[:-1])
        rest = weight * (expit(log_odds) - y)
        slope = turned @ np.column_stack([role @ rest for role in roles_turned]) * scales
        return value, np.append(slope.ravel() + PENALTY * flat[:-1], rest.sum())

    rate = float(np.clip(weight @ y / weight.sum(), 1e-6, 1 - 1e-6))
    begin = np.append(np.zeros(n_inputs * len(ROLES)), np.log(rate / (1 - rate)))
    options = {"maxiter": _STEPS, "ftol": 1e-7}
    found = optimize.minimize(loss, begin, jac=True, method="L-BFGS-B", options=options)
    return found.x[:-1].reshape(n_inputs, len(ROLES)) * scales, float(found.x[-1])
