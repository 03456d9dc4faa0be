"""The true risk: P(rating <= 2 | the customer rates within 30 days, all that happened up to the closing).

Sums over hidden things: the customer's trait and the mood of the day on Gauss-Hermite nodes, staff trait and
noise in closed form. The trait's weights are the prior times the likelihood of what each earlier visit has
shown by the closing: a rating or silence, a complaint or none, a tip or none, that the customer came again.
"""

from __future__ import annotations

import numpy as np
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
    """Return the true risk of each visit at its closing, given that the customer rates, and without that.

    Parameters
    ----------
    visits
        All visits of a part, with `customer` and, of each customer, in order of time.
    scale
        How much of the dissatisfaction is explained.
    response_rate
        The mean chance to rate.

    Returns
    -------
    two arrays of shape (n_visits,)
        `true_risk` and `true_risk_all`, between 0 and 1.
    """
    by_trait = rating_chances(visits, scale)
    respond = reactions.response_chance(visits, response_rate)
    weights = trait_weights(visits, by_trait, respond)
    chance = np.einsum("nqr,nq->nr", by_trait, weights)
    rates = respond * reactions.delay_share(np.full(1, reactions.HORIZON_S))
    rated = chance * rates
    return rated[:, :2].sum(axis=1) / rated.sum(axis=1), chance[:, :2].sum(axis=1)


def rating_chances(visits: Columns, scale: Scale, *, is_rough: bool = False) -> Array:
    """Return P(rating | trait, what is seen, tone), of shape (n_visits, n_nodes, 5), ratings 1 to 5.

    Roughly, with f(x) rounded to 0.01, it takes half of the time; of many copies of a visit the mean is the same.
    """
    table = _above_cuts(scale)
    traits = scale.effect * SD_TRAIT * _NODES
    position = (scale.centre(visits["f"])[:, None] + traits - _GRID[0]) / (_GRID[1] - _GRID[0])
    position = np.clip(position, 0, len(_GRID) - 1.001)
    cell = position.astype(np.int32)
    kind = (visits["tone_level"] * _N_TONES + visits["tone"])[:, None]
    if is_rough:
        above = table[kind, cell + (position - cell > 0.5)]
    else:
        share = (position - cell)[..., None]
        above = table[kind, cell] * (1 - share) + table[kind, cell + 1] * share
    chances = np.empty((*above.shape[:2], 5))
    chances[..., 0] = above[..., 3]
    for rating in (2, 3, 4):
        chances[..., rating - 1] = above[..., 4 - rating] - above[..., 5 - rating]
    chances[..., 4] = 1 - above[..., 0]
    return np.maximum(chances, 1e-12)


def _above_cuts(scale: Scale) -> Array:
    """Return P(y > cut | explained part and trait, tone), by level and tone, over a fine grid."""
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
    """Return the weights of the trait's nodes at each closing, given what earlier visits had shown."""
    n = len(visits["customer"])
    order = np.lexsort((visits["start"], visits["customer"]))
    customer = visits["customer"][order]
    log_weight = np.tile(np.log(_WEIGHTS), (n, 1))
    complain, tip = reactions.complaint_chance(visits), reactions.tip_chance(visits)
    # what does not change any more once the customer has come again
    shown = np.where(visits["does_tip"][:, None], tip, 1 - tip) * reactions.return_chance(visits)
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
        likelihood = np.where(has_rated[:, None], gave, silent) * shown[past]
        likelihood = likelihood * np.where(complained[:, None], complain[past], quiet)
        log_weight[now] += np.log(np.einsum("nqr,nr->nq", by_trait[past], likelihood))
    weights = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    normal: Array = weights / weights.sum(axis=1, keepdims=True)
    return normal
