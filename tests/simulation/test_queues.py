"""Queues: waits follow from load, and each arrival is served, leaves or helps itself."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forestall.simulation.queues import _later_served_first, draw_slots
from forestall.simulation.world import DAY_S, DELIVERY, IN_STORE, SPAN_S, VENUES, Columns, world


def test_waits_follow_from_load(visits: Columns) -> None:
    store, hour = visits["channel"] == IN_STORE, visits["start"] % DAY_S // 3600
    can_be_lean = np.isin(visits["venue"], [i for i, venue in enumerate(VENUES) if venue.is_lean])
    lean, usual = (
        np.nanmean(visits["wait"][store & can_be_lean & (visits["lean"] == flag)]) for flag in (True, False)
    )
    assert lean > 1.3 * usual
    busy, quiet = (np.nanmean(visits["wait"][store & np.isin(hour, hours)]) for hours in ((11, 12), (8, 9)))
    assert busy > 1.2 * quiet
    assert 0.01 < visits["has_left"].mean() < 0.06
    assert (visits["n_jumped"] > 0).any()


def test_each_arrival_is_served_or_leaves_or_helps_itself() -> None:
    slots = draw_slots(world(), 3000, np.random.default_rng(1))
    assert {len(values) for values in slots.values()} == {3000}
    assert (np.diff(slots["start"]) >= 0).all()
    assert slots["start"].min() >= 0
    assert slots["start"].max() < SPAN_S
    outcomes = np.array([~np.isnan(slots["wait"]), ~np.isnan(slots["left"]), slots["self_solved"]])
    assert (outcomes.sum(axis=0) == 1).all()
    assert ((slots["staff"] >= 0) == outcomes[0]).all()
    assert (world().line["venue"][slots["line"]] == slots["venue"]).all()


def test_parts_share_no_hour() -> None:
    hours = [
        set(zip(slots["line"], slots["start"] // 3600, strict=True))
        for slots in (draw_slots(world(), 500, np.random.default_rng(part), part, 2) for part in (0, 1))
    ]
    assert not hours[0] & hours[1]


ARRIVAL = st.tuples(st.integers(0, 20), st.sampled_from(["served", "left", "neither"]), st.integers(0, 20))


@given(st.lists(ARRIVAL, min_size=1, max_size=8))
def test_later_arrivals_served_first_are_counted_as_by_a_loop(arrivals: list[tuple[int, str, int]]) -> None:
    arrivals = sorted(arrivals)
    start = np.array([float(at) for at, _, _ in arrivals])
    wait, left = (
        np.array([float(after) if what == outcome else np.nan for _, what, after in arrivals])
        for outcome in ("served", "left")
    )
    slots = {
        "cell": np.zeros(len(arrivals), dtype=int),
        "position": np.arange(len(arrivals)),
        "start": start,
        "wait": wait,
        "left": left,
        "channel": np.full(len(arrivals), IN_STORE),
    }
    expected = []
    for place in range(len(arrivals)):
        end = start[place] + (wait[place] if not np.isnan(wait[place]) else left[place])
        later = range(place + 1, len(arrivals))
        expected.append(sum(bool(start[other] + wait[other] < end) for other in later))
    assert _later_served_first(slots, 1, len(arrivals)).tolist() == expected
    parcels = slots | {"channel": np.full(len(arrivals), DELIVERY)}
    assert not _later_served_first(parcels, 1, len(arrivals)).any()
