"""The true risk: P(rating <= 2 | the customer rates within 30 days, all that happened up to the closing).

Hidden variables are integrated out: the customer's trait and the mood by Gauss-Hermite quadrature, the staff trait
and the noise in closed form. The posterior of the trait is its prior times the likelihood of what earlier visits
showed by the closing: rating, complaint and tip, or their absence, and that the customer came again.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.special import ndtr

from forestall.simulation import reactions
from forestall.simulation.customers import SD_TRAIT
from forestall.simulation.reactions import (
    CUTS,
    SD_MOOD,
    SD_STAFF,
    TONE_CUTS,
    TONE_OF_LEVEL,
    TONE_OF_MOOD,
    Scale,
)
from forestall.simulation.world import Array, Columns

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_GRID = np.linspace(-9, 9, 1801)
_N_TONES = 4


def true_risk(visits: Columns, scale: Scale, response_rate: float) -> tuple[Array, Array]:
    """Return the true risk of each visit at its closing, with and without the condition that the customer rates.

    Parameters
    ----------
    visits
        All visits of a part. The visits of each customer must be in order of time.
    scale
        Strength of the causes of dissatisfaction.
    response_rate
        Mean probability of rating.

    Returns
    -------
    two arrays of shape (n_visits,)
        `true_risk` and `true_risk_all`, 0 to 1.
    """
    by_trait = rating_chances(visits, scale)
    respond = reactions.response_chance(visits, response_rate)
    weights = trait_weights(visits, by_trait, respond)
    chance = np.einsum("nqr,nq->nr", by_trait, weights)
    rates = respond * reactions.delay_share(np.full(1, reactions.HORIZON_S))
    rated = chance * rates
    return rated[:, :2].sum(axis=1) / rated.sum(axis=1), chance[:, :2].sum(axis=1)


def rating_chances(visits: Columns, scale: Scale) -> Array:
    """Return P(rating | trait, visible facts, tone), shape (n_visits, n_nodes, 5) for ratings 1 to 5."""
    table = _above_cuts(scale)
    position = _grid_position(visits, scale)
    cell = position.astype(np.int32)
    kind = _kind(visits)[:, None]
    share = (position - cell)[..., None]
    above = table[kind, cell] * (1 - share) + table[kind, cell + 1] * share
    return np.maximum(_between_cuts(above), 1e-12)


def mean_rating_chances(visits: Columns, scale: Scale, by_trait: Array, weight: Array) -> Array:
    """Return the weighted sum of P(rating) over the copies of each moment, shape (n_moments, 5).

    f(x) is rounded to 0.01 instead of interpolated, because the mean over many copies is the same. The sum over copies
    and traits is then the product of a sparse matrix, with the weight of each cell of the table, and the table.

    Parameters
    ----------
    visits
        The copies, those of a moment one after another, n_moments * n_copies.
    scale
        Strength of the causes of dissatisfaction.
    by_trait
        Weights of the trait's nodes, shape (n_moments, n_nodes); each row sums to 1.
    weight
        Weights of the copies, shape (n_moments, n_copies).
    """
    table = _above_cuts(scale)
    cell = np.rint(_grid_position(visits, scale)).astype(np.int32)
    cell += (_kind(visits) * len(_GRID)).astype(np.int32)[:, None]
    shares = weight[:, :, None] * by_trait[:, None, :]
    n_moments, n_cells = len(weight), weight.shape[1] * by_trait.shape[1]
    ends = np.arange(n_moments + 1) * n_cells
    matrix = csr_array((shares.ravel(), cell.ravel(), ends), shape=(n_moments, table.shape[0] * len(_GRID)))
    above = matrix @ table.reshape(-1, table.shape[-1])
    return np.maximum(_between_cuts(above, weight.sum(axis=1)), 0.0)


def _grid_position(visits: Columns, scale: Scale) -> Array:
    """Return where f(x) and each trait lie on the grid, in its cells, shape (n_visits, n_nodes)."""
    traits = scale.effect * SD_TRAIT * _NODES
    position = (scale.centre(visits["f"])[:, None] + traits - _GRID[0]) / (_GRID[1] - _GRID[0])
    inside: Array = np.clip(position, 0, len(_GRID) - 1.001)
    return inside


def _kind(visits: Columns) -> Array:
    """Return the row of the table of P(y > cut) for each visit, shape (n_visits,)."""
    kind: Array = visits["tone_level"] * _N_TONES + visits["tone"]
    return kind


def _between_cuts(above: Array, total: Array | float = 1.0) -> Array:
    """Return P(rating) of ratings 1 to 5 from P(y > cut), whose last axis has the four cuts."""
    chances = np.empty((*above.shape[:-1], 5))
    chances[..., 0] = above[..., 3]
    for rating in (2, 3, 4):
        chances[..., rating - 1] = above[..., 4 - rating] - above[..., 5 - rating]
    chances[..., 4] = total - above[..., 0]
    return chances


def _above_cuts(scale: Scale) -> Array:
    """Return P(y > cut | explained part and trait, tone) over a fine grid, shape (n_levels * n_tones, n_grid, 4)."""
    mood = SD_MOOD * _NODES
    spread = np.hypot(scale.noise, scale.effect * SD_STAFF)
    above = ndtr((_GRID[:, None, None] + scale.effect * mood[None, :, None] - CUTS) / spread)
    rows = []
    for level in TONE_OF_LEVEL:
        centre = level + TONE_OF_MOOD * mood
        friendly, not_upset = (ndtr(cut - centre) for cut in TONE_CUTS)
        for likelihood in (np.ones_like(mood), friendly, not_upset - friendly, 1 - not_upset):
            weight = _WEIGHTS * likelihood
            rows.append(np.einsum("gmc,m->gc", above, weight / weight.sum()))
    return np.array(rows)


def trait_weights(visits: Columns, by_trait: Array, respond: Array) -> Array:
    """Return the posterior weights of the trait's nodes at each closing, shape (n_visits, n_nodes)."""
    n = len(visits["customer"])
    order = np.lexsort((visits["start"], visits["customer"]))
    customer = visits["customer"][order]
    log_weight = np.tile(np.log(_WEIGHTS), (n, 1))
    complain, tip = reactions.complaint_chance(visits), reactions.tip_chance(visits)
    # these facts are final when the customer comes again
    final = np.where(visits["does_tip"][:, None], tip, 1 - tip) * reactions.return_chance(visits)
    closing = visits["start"] + visits["closed"]
    for lag in range(1, n):
        same = np.flatnonzero(customer[lag:] == customer[:-lag])
        if not len(same):
            break
        now, past = order[same + lag], order[same]
        elapsed = closing[now] - closing[past]
        has_rated = visits["does_rate"][past] & (visits["rating_s"][past] <= elapsed)
        silent = 1 - respond[past] * reactions.delay_share(elapsed)
        gave = visits["rating"][past, None] == np.arange(1, 6)
        complained = visits["does_complain"][past] & (visits["complaint_s"][past] <= elapsed)
        quiet = 1 - complain[past] * reactions.complaint_share(elapsed)[:, None]
        likelihood = np.where(has_rated[:, None], gave, silent) * final[past]
        likelihood = likelihood * np.where(complained[:, None], complain[past], quiet)
        log_weight[now] += np.log(np.einsum("nqr,nr->nq", by_trait[past], likelihood))
    weights = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    normal: Array = weights / weights.sum(axis=1, keepdims=True)
    return normal
