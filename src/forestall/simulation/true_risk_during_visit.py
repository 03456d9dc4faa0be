"""The true risk in the middle of a visit: what can still happen is simulated again from the state of the moment.

Of each visit many copies are made. What had happened by the moment is kept in all of them, what had not is drawn
anew by the simulator's own equations, and a copy weighs as much as it makes what was seen likely: how hard the
matter is shows in the hold, the transfers and the length of the service, and a solution that has not come yet
becomes less likely to come. The risk is that of the copies' closings.

Before service begins the copies keep the queue's outcome (the wait, who serves, who gives up), as drawing it anew
would mean to run the queue of the hour again. There, and only there, more is known than could be: the figure is an
upper bound of what anyone could foresee. So it is called an upper bound everywhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import gammaln

from forestall.simulation import reactions
from forestall.simulation.effects import dissatisfaction
from forestall.simulation.queues import LEAN_SLOWER, TRIES
from forestall.simulation.reactions import FRIENDLY, SD_MOOD, SILENT, TONE_CUTS, Scale
from forestall.simulation.service import (
    MAX_TRANSFERS,
    add_service,
    apology_chance,
    escalation_chance,
    hold_chance,
    solution_chance,
    transfer_mean,
)
from forestall.simulation.true_risk import rating_chances, trait_weights
from forestall.simulation.world import CHANNELS, DELIVERY, EMAIL, WEB, Array, Columns, of_channel, world

N_COPIES = 64
_CHUNK = 1500  # moments at a time: 64 copies of each take about 250 MB
_LENGTH_SD, _LENGTH_MEAN, _LENGTH_BY_DIFFICULTY = (
    0.45,
    -0.15,
    0.25,
)  # of a service's length, in logs: see queues


class _Kept(dict[str, Array]):
    """The columns of copies, in which what has been seen cannot be written over."""

    def __init__(self, columns: Columns, seen: dict[str, Array]) -> None:
        super().__init__(columns)
        self._actual = {name: columns[name] for name in seen}
        self._seen = seen

    def __setitem__(self, name: str, values: Array) -> None:
        if name in self._seen:
            values = np.where(self._seen[name], self._actual[name], values)
        super().__setitem__(name, values)


def risk_during_visit(
    visits: Columns,
    rows: Array,
    elapsed_s: Array,
    response_rate: float,
    *,
    seed: int = 0,
    n_copies: int = N_COPIES,
    scale: Scale | None = None,
) -> Array:
    """Return P(rating <= 2 | the customer rates, all that had happened by the moment), shape (n_moments,).

    Parameters
    ----------
    visits
        All visits of a part, as `draw_visits` returns them.
    rows, elapsed_s
        (n_moments,) the visit of each moment, and the seconds since its start.
    response_rate
        With which the visits were drawn.
    seed
        Of the copies.
    n_copies
        Of each moment. Chance in 64 of them costs an AUC of about 0.003 against many: so much the bound is too low.
    scale
        As the visits were drawn.
    """
    scale = scale or Scale()
    risk = np.array(visits["true_risk"][rows], dtype=float)
    respond = reactions.response_chance(visits, response_rate)
    by_trait = trait_weights(visits, rating_chances(visits, scale), respond)
    rates = respond * reactions.delay_share(np.full(1, reactions.HORIZON_S))
    is_open = np.flatnonzero(elapsed_s < visits["closed"][rows])
    for number, begin in enumerate(range(0, len(is_open), _CHUNK)):
        some = is_open[begin : begin + _CHUNK]
        rng = np.random.default_rng([seed, number])
        chance, weight = _ends(visits, rows[some], elapsed_s[some], by_trait, scale, n_copies, rng)
        rated = np.einsum("nk,nkr->nr", weight, chance) * rates[rows[some]]
        # a state that no copy reaches is given its own end: rare, and more than can be known
        risk[some] = np.where(
            weight.sum(axis=1) > 0,
            rated[:, :2].sum(axis=1) / np.maximum(rated.sum(axis=1), 1e-300),
            risk[some],
        )
    return risk


def _ends(
    visits: Columns,
    rows: Array,
    elapsed_s: Array,
    by_trait: Array,
    scale: Scale,
    n_copies: int,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Return P(rating) of each moment's copies, (n, n_copies, 5), and the copies' weights, (n, n_copies)."""
    whole = np.repeat(rows, n_copies)
    now = np.repeat(elapsed_s, n_copies)
    columns = {name: values[whole] for name, values in visits.items()}
    seen = _seen(columns, now)
    copies = _Kept(columns, seen)
    _draw_matter(copies, rng)
    add_service(world(), copies, rng)
    mood = rng.normal(0, SD_MOOD, len(now))
    heard = np.searchsorted(
        np.array(TONE_CUTS), reactions.tone_centre(copies, mood) + rng.normal(0, 1, len(now))
    )
    copies["tone"] = np.where(copies["n_messages"] > 0, heard + FRIENDLY, SILENT)
    copies["f"] = dissatisfaction(copies)
    weight = np.exp(_likelihood(copies, seen)) * _is_yet_to_come(copies, seen, now)
    chance = np.einsum("nqr,nq->nr", rating_chances(copies, scale, is_rough=True), by_trait[whole])
    shape = (len(rows), n_copies)
    return chance.reshape(*shape, 5), weight.reshape(shape)


def _seen(v: Columns, now: Array) -> dict[str, Array]:
    """Return for each column that a service draws whether it had shown by the moment."""
    length, served = v["service_s"], np.where(v["is_served"], v["wait"], np.inf)
    in_writing = np.isin(v["channel"], (EMAIL, WEB))
    raised = np.where(in_writing, 1.0, served + np.minimum(0.1 * length, 15))
    welcomed = np.where(v["is_greeted"], v["greeted"], served)
    spoken = served + 0.15 * length
    worded = np.minimum(np.where(v["is_greeted"] & ~v["by_name"], v["greeted"], np.inf), spoken)
    solved = np.where(v["was_resolved"], v["first_resolved"], np.inf)
    reopened = np.where(v["is_reopened"], v["reopened"], np.inf)
    again = np.where(v["is_reopened"] & v["is_resolved"], v["second_resolved"], np.inf)
    settled = np.where(v["is_reopened"], again, np.inf)
    held = served + 0.15 * np.minimum(length, np.maximum(v["handled_s"], 1))
    ended = np.where(v["hold_s"] > 0, held + v["hold_s"], np.inf)
    times = {
        **dict.fromkeys(("is_greeted", "greeted", "by_name"), welcomed),
        **dict.fromkeys(("manner",), worded),
        **dict.fromkeys(("language", "is_foreign"), np.minimum(welcomed, spoken)),
        **dict.fromkeys(("is_fault", "fault_cost"), raised),
        # whether, when and how often: an absence shows when it can no longer come
        **dict.fromkeys(("is_informed", "informed"), np.zeros(len(now))),
        "hold_share": held,
        "hold_s": ended,
        "is_sorry": served + 0.2 * length,
        **dict.fromkeys(("n_transfers", "n_messages", "tone"), served + 0.25 * length),
        "is_escalated": served + 0.62 * length,
        **dict.fromkeys(("responded", "service_s"), v["responded"]),
        **dict.fromkeys(("is_solved", "was_resolved", "done", "first_resolved"), solved),
        **dict.fromkeys(("is_reopened", "reopened"), reopened),
        **dict.fromkeys(("is_resolved", "second_resolved"), again),
        **dict.fromkeys(("settled", "handled_s", "slowness", "is_refunded"), settled),
    }
    return {name: at <= now for name, at in times.items()}


def _draw_matter(copies: _Kept, rng: np.random.Generator) -> None:
    """Draw how hard the matter is, and how long its service takes."""
    n = len(copies["start"])
    copies["difficulty"] = rng.normal(0, 1, n)
    noise = rng.normal(0, _LENGTH_SD, n)
    copies["service_s"] = np.where(copies["is_served"], np.exp(_log_length(copies) + noise), 0.0)


def _log_length(v: Columns) -> Array:
    """Return the mean of the log of the service's length, given how hard the matter is."""
    share = np.select([v["channel"] == DELIVERY, np.isin(v["channel"], (EMAIL, WEB))], [0.1, 0.7], 1.0)
    usual = of_channel("service_s")[v["channel"]] * np.where(v["lean"], LEAN_SLOWER, 1.0) * share
    speed = world().staff["speed"][v["staff"]]
    mean: Array = np.log(usual * speed) + _LENGTH_BY_DIFFICULTY * v["difficulty"] + _LENGTH_MEAN
    return mean


def _likelihood(v: Columns, seen: dict[str, Array]) -> Array:
    """Return the log-likelihood of what was seen, in a copy with this difficulty and this solution."""
    earth, served = world(), v["is_served"]
    live = served & (v["channel"] != DELIVERY)
    passed = np.maximum(transfer_mean(earth, v), 1e-12)
    few = v["n_transfers"] * np.log(passed) - passed - gammaln(v["n_transfers"] + 1)
    many = np.log1p(-np.minimum(_poisson_below(passed, MAX_TRANSFERS), 1 - 1e-12))
    off = (np.log(np.maximum(v["service_s"], 1e-3)) - _log_length(v)) / _LENGTH_SD
    terms: list[tuple[Array, Array]] = [
        (np.ones(len(served), dtype=bool), _of_tries(v)),
        (served & seen["hold_share"], _log_chance(hold_chance(v), v["hold_share"] > 0)),
        (live & seen["n_transfers"], np.where(v["n_transfers"] < MAX_TRANSFERS, few, many)),
        (live & seen["is_escalated"], _log_chance(escalation_chance(v), v["is_escalated"])),
        (served & seen["is_solved"], np.log(np.maximum(solution_chance(earth, v), 1e-12))),
        (served & seen["is_sorry"], _log_chance(apology_chance(v), v["is_sorry"])),
        (served & seen["service_s"], -(off**2) / 2),
    ]
    total: Array = np.sum([np.where(where, value, 0.0) for where, value in terms], axis=0)
    return total


def _of_tries(v: Columns) -> Array:
    """Return the log-likelihood of how self-service ended."""
    success = np.array([TRIES.get(c, (0.0, 0.0, 0.0))[1] for c in range(len(CHANNELS))])[v["channel"]]
    chance = np.minimum(success * np.exp(-0.3 * v["difficulty"]), 1.0)
    return np.where(v["n_attempts"] > 0, _log_chance(chance, v["self_solved"]), 0.0)


def _log_chance(chance: Array, happened: Array) -> Array:
    inside = np.clip(chance, 1e-12, 1 - 1e-12)
    logs: Array = np.where(happened, np.log(inside), np.log1p(-inside))
    return logs


def _poisson_below(mean: Array, n: int) -> Array:
    terms: Any = [np.exp(i * np.log(mean) - mean - gammaln(i + 1)) for i in range(n)]
    below: Array = np.sum(terms, axis=0)
    return below


def _is_yet_to_come(v: Columns, seen: dict[str, Array], now: Array) -> Array:
    """Return whether all that a copy brings, and was not seen, comes after the moment."""
    events = (
        ("is_greeted", v["is_greeted"], v["greeted"]),
        ("responded", v["is_served"], v["responded"]),
        ("is_solved", v["was_resolved"], v["first_resolved"]),
        ("is_reopened", v["is_reopened"], v["reopened"]),
        ("second_resolved", v["is_reopened"] & v["is_resolved"], v["second_resolved"]),
    )
    yet: Array = v["closed"] > now
    for name, comes, at in events:
        yet = yet & (seen[name] | ~comes | (at > now))
    return yet
