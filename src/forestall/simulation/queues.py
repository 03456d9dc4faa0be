"""Queues: who comes when, who waits how long, who is served by whom, and who leaves.

An export of n interactions is a sample of whole hours (days for letters and parcels) of venue and channel: in
a sampled hour every customer is recorded, so that queues can be seen in the data however small they are.
"""

from __future__ import annotations

import numpy as np

from forestall.simulation.world import (
    CHANNELS,
    CHAT,
    DAY_S,
    DELIVERY,
    EMAIL,
    HOUR_LOAD,
    HOURS,
    LEAN_DAYS,
    N_DAYS,
    PHONE,
    SELF_SERVICE,
    WEB,
    Array,
    Columns,
    World,
    of_channel,
    of_venue,
)

# share of customers that try to help themselves first, their success, and seconds a try
TRIES = {
    SELF_SERVICE: (1.0, 0.45, 30.0),
    CHAT: (0.6, 0.12, 14.0),
    PHONE: (0.35, 0.05, 14.0),
    WEB: (0.3, 0.0, 120.0),
}
LEAN_SLOWER = 1.3
WEEKDAY_LOAD = np.array([1.1, 0.95, 0.95, 1.0, 1.1, 1.15, 0.75])


def is_lean(venue: Array, day: Array) -> Array:
    """Return whether a venue is short of cash and of hands on a day of the span."""
    return of_venue("is_lean")[venue] & (day >= LEAN_DAYS[0]) & (day < LEAN_DAYS[1])


def draw_slots(world: World, n: int, rng: np.random.Generator, part: int = 0, n_parts: int = 1) -> Columns:
    """Return n slots, in order of their start: when someone comes, waits, is served or leaves.

    Parameters
    ----------
    world
        The world.
    n
        How many.
    rng
        Where chance comes from.
    part, n_parts
        Only the hours that belong to this part of the data are sampled.

    Returns
    -------
    dict of arrays
        `start` (s since the span's start), `line`, `venue`, `channel`, `lean`, `n_attempts`, `attempt_end`,
        `self_solved`, `wait`, `left` (s after start, NaN when it did not come to that), `service_s`, `staff`
        (-1: nobody), `n_jumped` (later comers served first), `difficulty`.
    """
    cells = _draw_cells(world, n, rng, part, n_parts)
    slots = _draw_arrivals(world, cells, rng)
    _serve(world, cells, slots, rng)
    order = np.argsort(slots["start"], kind="stable")
    drop = {"cell", "position", "queued", "service_draw", "patience", "ahead"}
    return {name: values[order] for name, values in slots.items() if name not in drop}


def _draw_cells(world: World, n: int, rng: np.random.Generator, part: int, n_parts: int) -> Columns:
    """Return venue-hours, each at most once while there are any left, with at least n arrivals in all."""
    line_channel = world.line["channel"]
    pressure = of_venue("pressure")[world.line["venue"]]
    usual = _usual_arrivals(line_channel) * pressure
    n_cells = np.ceil(1.15 * n * world.line["share"] / usual + rng.random(len(usual)) * 1.5).astype(int)
    found: list[Columns] = []
    for line, wanted in enumerate(n_cells):
        hours = HOURS if CHANNELS[line_channel[line]].cell_s <= 3600 else np.array([8])
        grid = np.arange(part, N_DAYS * len(hours), n_parts)
        picks = np.concatenate([rng.permutation(grid) for _ in range(-(-wanted // len(grid)))])[:wanted]
        day, hour = picks // len(hours), picks % len(hours)
        arrivals = usual[line] * WEEKDAY_LOAD[day % 7] * (1 + 0.25 * ((day % 365) >= 334))
        if len(hours) > 1:
            arrivals = arrivals * HOUR_LOAD[hour]
        # so that cutting off what is too much takes the same share of each line
        turn = (np.arange(wanted) + rng.random(wanted)) / wanted
        n_arrivals = np.maximum(rng.poisson(arrivals), 1)
        start = day * DAY_S + hours[hour] * 3600.0
        found.append(
            {"line": np.full(wanted, line), "day": day, "start": start, "n": n_arrivals, "turn": turn}
        )
    cells = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
    order = np.argsort(cells["turn"])
    total = np.cumsum(cells["n"][order])
    last = int(np.searchsorted(total, n))
    if last >= len(total):  # rare: chance gave too few arrivals; the last hour takes them
        last = len(total) - 1
    chosen = order[: last + 1]
    cells = {name: values[chosen] for name, values in cells.items()}
    cells["n"][-1] += n - cells["n"].sum()
    return cells


def _usual_arrivals(channel: Array) -> Array:
    """Return the arrivals an hour (day) that keep the servers as busy as `load` says."""
    asking = np.array([1 - TRIES[c][0] * TRIES[c][1] if c in TRIES else 1.0 for c in range(len(CHANNELS))])
    rate = (
        of_channel("load") * of_channel("servers") * of_channel("cell_s") / of_channel("service_s") / asking
    )
    arrivals: Array = rate[channel]
    return arrivals


def _draw_arrivals(world: World, cells: Columns, rng: np.random.Generator) -> Columns:
    """Return who comes when, tries self-service how often, and how hard their matter is."""
    cell = np.repeat(np.arange(len(cells["n"])), cells["n"])
    line = cells["line"][cell]
    venue, channel = world.line["venue"][line], world.line["channel"][line]
    n = len(cell)
    offset = rng.random(n) * of_channel("cell_s")[channel]
    order = np.lexsort((offset, cell))
    offset = offset[order]
    first = np.cumsum(cells["n"]) - cells["n"]
    lean = is_lean(venue, cells["day"][cell])
    difficulty = rng.normal(0, 1, n)
    tried, success, seconds = (
        np.array([TRIES.get(c, (0.0, 0.0, 0.0))[i] for c in range(len(CHANNELS))]) for i in range(3)
    )
    tries = rng.random(n) < tried[channel]
    n_attempts = np.where(tries, 1 + rng.poisson(0.6, n), 0)
    attempt_end = n_attempts * seconds[channel] * np.exp(rng.normal(0, 0.4, n))
    slower = np.where(lean, LEAN_SLOWER, 1.0)
    service = (
        of_channel("service_s")[channel] * slower * np.exp(0.25 * difficulty + rng.normal(-0.15, 0.45, n))
    )
    patience = of_channel("patience") * of_channel("standard_s")
    return {
        "cell": cell,
        "position": np.arange(n) - first[cell],
        "start": np.round(cells["start"][cell] + offset, 3),
        "line": line,
        "venue": venue,
        "channel": channel,
        "lean": lean,
        "difficulty": difficulty,
        "n_attempts": n_attempts,
        "attempt_end": np.round(attempt_end, 3),
        "self_solved": tries & (rng.random(n) < success[channel] * np.exp(-0.3 * difficulty)),
        "queued": offset + attempt_end,
        "service_draw": service,
        "patience": np.where(np.isnan(patience[channel]), np.inf, patience[channel])
        * np.exp(rng.normal(0, 0.7, n)),
        "ahead": np.where(rng.random(n) < of_venue("jumps")[venue], 900.0, 0.0),
    }


def _serve(world: World, cells: Columns, slots: Columns, rng: np.random.Generator) -> None:
    """Add who is served when and by whom: first come first served, but for favourites."""
    n_cells, width = len(cells["n"]), int(cells["n"].max())
    place = (slots["cell"], slots["position"])

    def grid(name: str, empty: float) -> Array:
        out = np.full((n_cells, width), empty)
        out[place] = slots[name]
        return out

    queued = grid("queued", np.inf)
    queued[place] = np.where(slots["self_solved"], np.inf, queued[place])
    rank, leaves = queued - grid("ahead", 0.0), queued + grid("patience", 0.0)
    service = grid("service_draw", 0.0)
    free, roster = _servers(world, cells, rng)
    begin, left = np.full((n_cells, width), np.nan), np.full((n_cells, width), np.nan)
    length, staff = np.zeros((n_cells, width)), np.full((n_cells, width), -1)
    open_, rows = np.isfinite(queued), np.arange(n_cells)
    while True:
        rows = rows[open_[rows].any(axis=1)]
        if not len(rows):
            break
        server = free[rows].argmin(axis=1)
        waiting = np.where(open_[rows], queued[rows], np.inf)
        now = np.maximum(free[rows, server], waiting.min(axis=1))
        here = waiting <= now[:, None]
        gone = here & (leaves[rows] < now[:, None])
        open_[rows] &= ~gone
        cell, spot = np.nonzero(gone)
        left[rows[cell], spot] = leaves[rows[cell], spot]
        here &= ~gone
        some = here.any(axis=1)
        served = np.where(here, rank[rows], np.inf).argmin(axis=1)[some]
        at, who, t = rows[some], server[some], now[some]
        begin[at, served], staff[at, served] = t, roster[at, who]
        length[at, served] = service[at, served] * world.staff["speed"][roster[at, who]]
        free[at, who] = t + length[at, served]
        open_[at, served] = False
    slots["service_s"], slots["staff"] = length[place], staff[place]
    _add_times(cells, slots, rng, begin[place], left[place])
    slots["n_jumped"] = _later_served_first(slots, n_cells, width)


def _servers(world: World, cells: Columns, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return when each server is first free, and who it is; the hour before leaves some of them busy."""
    channel = world.line["channel"][cells["line"]]
    n_servers = of_channel("servers")[channel].astype(int)
    most = int(n_servers.max())
    free = rng.exponential(0.6, (len(channel), most)) * of_channel("service_s")[channel][:, None]
    free[np.arange(most)[None, :] >= n_servers[:, None]] = np.inf
    roster = np.zeros((len(channel), most), dtype=int)
    for line, members in enumerate(world.rosters):
        rows = np.flatnonzero(cells["line"] == line)
        shuffled = rng.permuted(np.tile(members, (len(rows), 1)), axis=1)
        # a line with fewer staff than servers lets someone work at two of them
        roster[rows] = (
            np.resize(np.arange(shuffled.shape[1]), most)[None, :]
            if not len(rows)
            else np.take(shuffled, np.arange(most) % shuffled.shape[1], axis=1)
        )
    return free, roster


def _add_times(cells: Columns, slots: Columns, rng: np.random.Generator, begin: Array, left: Array) -> None:
    """Write times as seconds after each one's start; a parcel is on the road after it was packed."""
    came = slots["start"] - cells["start"][slots["cell"]]
    wait = begin - came
    # nobody is served at once: someone has to look up, pick up, or drive
    live = of_channel("is_live")[slots["channel"]]
    lag = 0.1 * of_channel("standard_s")[slots["channel"]] * np.exp(0.7 * live * rng.normal(0, 1, len(wait)))
    road = 58_000 * np.exp(rng.normal(0, 0.33, len(wait)))
    slots["wait"] = np.round(np.maximum(wait, 0) + np.where(slots["channel"] == DELIVERY, road, lag), 3)
    slots["left"] = np.round(left - came, 3)
    # letters are answered in part of the time they take up, parcels handed over in less
    share = np.select(
        [slots["channel"] == DELIVERY, np.isin(slots["channel"], (EMAIL, WEB))], [0.1, 0.7], 1.0
    )
    slots["service_s"] = np.round(slots["service_s"] * share, 3)


def _later_served_first(slots: Columns, n_cells: int, width: int) -> Array:
    """Return how many of the same hour came later and were served before each one was served or left."""
    place = (slots["cell"], slots["position"])
    begin, until = np.full((n_cells, width), np.inf), np.full((n_cells, width), -np.inf)
    served_at = slots["start"] + slots["wait"]
    begin[place] = np.where(np.isnan(served_at), np.inf, served_at)
    until[place] = np.where(
        np.isnan(served_at), slots["start"] + np.nan_to_num(slots["left"], nan=-np.inf), served_at
    )
    count = np.zeros((n_cells, width), dtype=int)
    for later in range(1, width):  # positions are in order of arrival
        count[:, :later] += begin[:, later, None] < until[:, :later]
    jumped: Array = count[place]
    return np.where(slots["channel"] == DELIVERY, 0, jumped)
