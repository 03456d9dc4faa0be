"""The true risk during a visit, by importance sampling: what has not happened yet is simulated again.

Each visit is copied many times. A copy keeps all that had happened by the moment and draws the rest again by the
simulator's equations. Its weight is the likelihood of what was observed: the hold, the transfers and the length of
service depend on the difficulty, for example, and a solution that has not come yet becomes less likely to come. The
risk is the weighted mean risk of the copies at their closings.

Before service begins, copies keep the outcome of the queue (the wait, who serves, who leaves), because drawing it
again would need a simulation of the whole hour. At these moments the risk uses facts of the future, so it is an upper
bound of what a model can know. Reports call it an upper bound at all moments.
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
from forestall.simulation.true_risk import mean_rating_chances, rating_chances, trait_weights
from forestall.simulation.world import CHANNELS, DELIVERY, EMAIL, WEB, Array, Columns, of_channel, world

N_COPIES = 64
_CHUNK = 1500  # moments per step; with 64 copies each they take about 250 MB
_LENGTH_SD, _LENGTH_MEAN, _LENGTH_BY_DIFFICULTY = (
    0.45,
    -0.15,
    0.25,
)  # of a service's length, in logs: see queues


class _ConditionedColumns(dict[str, Array]):
    """Columns of copies in which observed values cannot be overwritten."""

    def __init__(self, columns: Columns, observed: dict[str, Array]) -> None:
        super().__init__(columns)
        self._actual = {name: columns[name] for name in observed}
        self._observed = observed

    def __setitem__(self, name: str, values: Array) -> None:
        if name in self._observed:
            values = np.where(self._observed[name], self._actual[name], values)
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
        All visits of a part, from `draw_visits`.
    rows, elapsed_s
        Index of each moment's visit, and seconds since its start, shape (n_moments,).
    response_rate
        The response rate with which the visits were drawn.
    seed
        Seed of the copies.
    n_copies
        Copies per moment. Sampling noise of 64 copies lowers the AUC by about 0.003.
    scale
        The scale with which the visits were drawn.
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
        chance, weight = _simulate_copies(visits, rows[some], elapsed_s[some], by_trait, scale, n_copies, rng)
        rated = chance * rates[rows[some]]
        # if no copy agrees with what was observed (rare), the risk at the visit's own closing stands in
        risk[some] = np.where(
            weight > 0,
            rated[:, :2].sum(axis=1) / np.maximum(rated.sum(axis=1), 1e-300),
            risk[some],
        )
    return risk


def _simulate_copies(
    visits: Columns,
    rows: Array,
    elapsed_s: Array,
    by_trait: Array,
    scale: Scale,
    n_copies: int,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Return the weighted sum of P(rating) over the copies, shape (n_moments, 5), and of the weights, (n_moments,)."""
    whole = np.repeat(rows, n_copies)
    now = np.repeat(elapsed_s, n_copies)
    columns = {name: values[whole] for name, values in visits.items()}
    observed = _observed(columns, now)
    copies = _ConditionedColumns(columns, observed)
    _draw_difficulty(copies, rng)
    add_service(world(), copies, rng)
    mood = rng.normal(0, SD_MOOD, len(now))
    tone = np.searchsorted(
        np.array(TONE_CUTS), reactions.tone_centre(copies, mood) + rng.normal(0, 1, len(now))
    )
    copies["tone"] = np.where(copies["n_messages"] > 0, tone + FRIENDLY, SILENT)
    copies["f"] = dissatisfaction(copies)
    weight = np.exp(_log_likelihood(copies, observed)) * _is_consistent(copies, observed, now)
    weight = weight.reshape(len(rows), n_copies)
    return mean_rating_chances(copies, scale, by_trait[rows], weight), weight.sum(axis=1)


def _observed(v: Columns, now: Array) -> dict[str, Array]:
    """Return whether each column that the service draws was observed by the moment, shape (n_copies,) each."""
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
        # that something did not happen is observed when it can no longer happen
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


def _draw_difficulty(copies: _ConditionedColumns, rng: np.random.Generator) -> None:
    """Draw the difficulty of each copy's issue and the length of its service."""
    n = len(copies["start"])
    copies["difficulty"] = rng.normal(0, 1, n)
    noise = rng.normal(0, _LENGTH_SD, n)
    copies["service_s"] = np.where(copies["is_served"], np.exp(_log_length(copies) + noise), 0.0)


def _log_length(v: Columns) -> Array:
    """Return the mean log length of service, given the difficulty."""
    share = np.select([v["channel"] == DELIVERY, np.isin(v["channel"], (EMAIL, WEB))], [0.1, 0.7], 1.0)
    usual = of_channel("service_s")[v["channel"]] * np.where(v["lean"], LEAN_SLOWER, 1.0) * share
    speed = world().staff["speed"][v["staff"]]
    mean: Array = np.log(usual * speed) + _LENGTH_BY_DIFFICULTY * v["difficulty"] + _LENGTH_MEAN
    return mean


def _log_likelihood(v: Columns, observed: dict[str, Array]) -> Array:
    """Return the log-likelihood of what was observed, given the difficulty and solution of each copy."""
    the_world, served = world(), v["is_served"]
    live = served & (v["channel"] != DELIVERY)
    passed = np.maximum(transfer_mean(the_world, v), 1e-12)
    few = v["n_transfers"] * np.log(passed) - passed - gammaln(v["n_transfers"] + 1)
    many = np.log1p(-np.minimum(_poisson_below(passed, MAX_TRANSFERS), 1 - 1e-12))
    off = (np.log(np.maximum(v["service_s"], 1e-3)) - _log_length(v)) / _LENGTH_SD
    terms: list[tuple[Array, Array]] = [
        (np.ones(len(served), dtype=bool), _self_service_log_likelihood(v)),
        (served & observed["hold_share"], _log_chance(hold_chance(v), v["hold_share"] > 0)),
        (live & observed["n_transfers"], np.where(v["n_transfers"] < MAX_TRANSFERS, few, many)),
        (live & observed["is_escalated"], _log_chance(escalation_chance(v), v["is_escalated"])),
        (served & observed["is_solved"], np.log(np.maximum(solution_chance(the_world, v), 1e-12))),
        (served & observed["is_sorry"], _log_chance(apology_chance(v), v["is_sorry"])),
        (served & observed["service_s"], -(off**2) / 2),
    ]
    total: Array = np.sum([np.where(where, value, 0.0) for where, value in terms], axis=0)
    return total


def _self_service_log_likelihood(v: Columns) -> Array:
    """Return the log-likelihood of the result of self-service."""
    success = np.array([TRIES.get(c, (0.0, 0.0, 0.0))[1] for c in range(len(CHANNELS))])[v["channel"]]
    chance = np.minimum(success * np.exp(-0.3 * v["difficulty"]), 1.0)
    return np.where(v["n_attempts"] > 0, _log_chance(chance, v["self_solved"]), 0.0)


def _log_chance(chance: Array, happened: Array) -> Array:
    """Return the log-likelihood of a Bernoulli outcome."""
    inside = np.clip(chance, 1e-12, 1 - 1e-12)
    logs: Array = np.where(happened, np.log(inside), np.log1p(-inside))
    return logs


def _poisson_below(mean: Array, n: int) -> Array:
    """Return P(N < n) of a Poisson variable."""
    terms: Any = [np.exp(i * np.log(mean) - mean - gammaln(i + 1)) for i in range(n)]
    below: Array = np.sum(terms, axis=0)
    return below


def _is_consistent(v: Columns, observed: dict[str, Array], now: Array) -> Array:
    """Return whether all events of a copy that were not observed come after the moment."""
    events = (
        ("is_greeted", v["is_greeted"], v["greeted"]),
        ("responded", v["is_served"], v["responded"]),
        ("is_solved", v["was_resolved"], v["first_resolved"]),
        ("is_reopened", v["is_reopened"], v["reopened"]),
        ("second_resolved", v["is_reopened"] & v["is_resolved"], v["second_resolved"]),
    )
    is_consistent: Array = v["closed"] > now
    for name, comes, at in events:
        is_consistent = is_consistent & (observed[name] | ~comes | (at > now))
    return is_consistent
