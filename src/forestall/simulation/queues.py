"""Queues: arrivals, waits, who is served by whom, and who leaves.

n interactions are a sample of whole hours (days for email, web and delivery) of a venue's channel. All customers of
a sampled hour are recorded, so that queues are visible in data of any size.
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

# share of customers who try self-service first, its probability of success, and seconds per attempt
TRIES = {
    SELF_SERVICE: (1.0, 0.45, 30.0),
    CHAT: (0.6, 0.12, 14.0),
    PHONE: (0.35, 0.05, 14.0),
    WEB: (0.3, 0.0, 120.0),
}
LEAN_SLOWER = 1.3
WEEKDAY_LOAD = np.array([1.1, 0.95, 0.95, 1.0, 1.1, 1.15, 0.75])


def is_lean(venue: Array, day: Array) -> Array:
    """Return whether a venue is short of cash, and so of staff, on a day of the simulated time."""
    return of_venue("is_lean")[venue] & (day >= LEAN_DAYS[0]) & (day < LEAN_DAYS[1])


def draw_slots(world: World, n: int, rng: np.random.Generator, part: int = 0, n_parts: int = 1) -> Columns:
    """Return n slots in order of their start. A slot is one arrival with its wait and service.

    Parameters
    ----------
    world
        The world.
    n
        Number of slots.
    rng
        Random generator.
    part, n_parts
        Index of the part of the data, and number of parts. Each hour belongs to one part.

    Returns
    -------
    dict of arrays
        Each of shape (n,): `start` (seconds since the start of the simulated time), `line`, `venue`, `channel`,
        `lean`, `n_attempts`, `attempt_end`, `self_solved`, `wait` and `left` (seconds after `start`, NaN if not
        served or not left), `service_s`, `staff` (-1 if not served), `n_jumped` (later arrivals served first) and
        `difficulty`.
    """
    cells = _draw_cells(world, n, rng, part, n_parts)
    slots = _draw_arrivals(world, cells, rng)
    _serve(world, cells, slots, rng)
    order = np.argsort(slots["start"], kind="stable")
    drop = {"cell", "position", "queued", "service_draw", "patience", "ahead"}
    return {name: values[order] for name, values in slots.items() if name not in drop}


def _draw_cells(world: World, n: int, rng: np.random.Generator, part: int, n_parts: int) -> Columns:
    """Return hours of lines, the cells, with n arrivals in all. A cell repeats only after all have been used."""
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
        # surplus cells are cut by this order, which takes the same share of each line
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
    if last >= len(total):  # rare: too few arrivals were drawn, and the last cell takes the rest
        last = len(total) - 1
    chosen = order[: last + 1]
    cells = {name: values[chosen] for name, values in cells.items()}
    cells["n"][-1] += n - cells["n"].sum()
    return cells


def _usual_arrivals(channel: Array) -> Array:
    """Return the mean arrivals per hour (day) at which the servers have their `load`, shape of `channel`."""
    asking = np.array([1 - TRIES[c][0] * TRIES[c][1] if c in TRIES else 1.0 for c in range(len(CHANNELS))])
    rate = (
        of_channel("load") * of_channel("servers") * of_channel("cell_s") / of_channel("service_s") / asking
    )
    arrivals: Array = rate[channel]
    return arrivals


def _draw_arrivals(world: World, cells: Columns, rng: np.random.Generator) -> Columns:
    """Return the arrivals of each cell: their time, attempts at self-service and difficulty."""
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
    """Add when and by whom each arrival is served: first come, first served, except favoured customers."""
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
    """Return when each server is first free, and its staff; work from before the hour keeps some servers busy."""
    channel = world.line["channel"][cells["line"]]
    n_servers = of_channel("servers")[channel].astype(int)
    most = int(n_servers.max())
    free = rng.exponential(0.6, (len(channel), most)) * of_channel("service_s")[channel][:, None]
    free[np.arange(most)[None, :] >= n_servers[:, None]] = np.inf
    roster = np.zeros((len(channel), most), dtype=int)
    for line, members in enumerate(world.rosters):
        rows = np.flatnonzero(cells["line"] == line)
        shuffled = rng.permuted(np.tile(members, (len(rows), 1)), axis=1)
        # in a line with fewer staff than servers, one person works at two servers
        roster[rows] = (
            np.resize(np.arange(shuffled.shape[1]), most)[None, :]
            if not len(rows)
            else np.take(shuffled, np.arange(most) % shuffled.shape[1], axis=1)
        )
    return free, roster


def _add_times(cells: Columns, slots: Columns, rng: np.random.Generator, begin: Array, left: Array) -> None:
    """Add times in seconds after each start. Delivery adds the journey after packing."""
    came = slots["start"] - cells["start"][slots["cell"]]
    wait = begin - came
    # service never starts at once: staff must look up, pick up the phone or drive
    live = of_channel("is_live")[slots["channel"]]
    lag = 0.1 * of_channel("standard_s")[slots["channel"]] * np.exp(0.7 * live * rng.normal(0, 1, len(wait)))
    road = 58_000 * np.exp(rng.normal(0, 0.33, len(wait)))
    slots["wait"] = np.round(np.maximum(wait, 0) + np.where(slots["channel"] == DELIVERY, road, lag), 3)
    slots["left"] = np.round(left - came, 3)
    # staff answer an email in part of its handling time, and hand over a parcel in less
    share = np.select(
        [slots["channel"] == DELIVERY, np.isin(slots["channel"], (EMAIL, WEB))], [0.1, 0.7], 1.0
    )
    slots["service_s"] = np.round(slots["service_s"] * share, 3)


def _later_served_first(slots: Columns, n_cells: int, width: int) -> Array:
    """Return how many later arrivals of the same cell were served before each one was served or left."""
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
