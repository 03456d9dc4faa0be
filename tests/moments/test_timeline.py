"""The timeline: what is known at a moment, against a plain loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forestall.moments import Timeline
from forestall.moments.timeline import NEVER, is_known

TIMES = st.one_of(st.integers(-5, 5), st.just(int(NEVER)))
FACTS = st.lists(st.tuples(st.integers(-1, 3), TIMES), max_size=30)
MOMENTS = st.lists(st.tuples(st.integers(-1, 3), st.integers(-6, 6)), min_size=1, max_size=10)


def columns(pairs):
    """Return pairs of owner and time as two arrays of whole numbers."""
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


@pytest.mark.slow
@given(FACTS, MOMENTS)
def test_known_facts_are_those_of_the_owner_at_or_before_the_moment(facts, moments):
    """From begin to known are the owner's facts up to the moment, in time; those at once as they came."""
    timeline = Timeline.of(*columns(facts), n_owners=4)
    owner, as_of = columns(moments)
    begin, end = timeline.begin(owner), timeline.known(owner, as_of)
    for place, (mine, now) in enumerate(moments):
        own = (
            []
            if mine < 0
            else [(at, i) for i, (whose, at) in enumerate(facts) if whose == mine and at <= now]
        )
        run = slice(begin[place], max(begin[place], end[place]))
        assert list(zip(timeline.at[run], timeline.order[run], strict=True)) == sorted(own)
        assert end[place] >= begin[place]


@given(FACTS)
def test_every_fact_but_those_of_nobody_has_its_place(facts):
    """The timeline holds each fact once, with its owner; facts of owner -1 are nobody's."""
    timeline = Timeline.of(*columns(facts), n_owners=4)
    assert sorted(timeline.order) == [i for i, (whose, _) in enumerate(facts) if whose >= 0]
    assert [facts[i][0] for i in timeline.order] == list(timeline.owners())
    assert timeline.offsets[-1] == len(timeline.at)


@given(FACTS, MOMENTS, st.data())
def test_sums_are_those_of_a_loop(facts, moments, data):
    """A sum up to a moment adds up the values of the facts known."""
    timeline = Timeline.of(*columns(facts), n_owners=4)
    values = np.array(
        data.draw(st.lists(st.integers(-9, 9), min_size=len(facts), max_size=len(facts))), dtype=np.int64
    )
    owner, as_of = columns(moments)
    sums = timeline.sums(values[timeline.order], timeline.begin(owner), timeline.known(owner, as_of))
    for total, (mine, now) in zip(sums, moments, strict=True):
        assert total == sum(
            value
            for value, (whose, at) in zip(values, facts, strict=True)
            if whose == mine >= 0 and at <= now
        )


@pytest.mark.parametrize(("n_owners", "n_facts"), [(1, 3000), (3, 6000), (40, 200), (9000, 20_000)])
def test_few_long_timelines_and_many_short_ones_are_searched_alike(n_owners, n_facts):
    """However many owners, however long their timelines: as by counting, nobody and never included."""
    rng = np.random.default_rng(n_owners)
    owner, at = rng.integers(-1, n_owners, n_facts), rng.integers(0, 500, n_facts)
    at[rng.random(n_facts) < 0.05] = NEVER
    mine, now = rng.integers(-1, n_owners, 400), rng.integers(-1, 502, 400)
    timeline = Timeline.of(owner, at, n_owners)
    n_known = timeline.known(mine, now) - timeline.begin(mine)
    assert n_known.tolist() == [
        int(((owner == one) & (at <= time)).sum()) if one >= 0 else 0
        for one, time in zip(mine, now, strict=True)
    ]
    # the same facts among those of so many others that the other way of searching is taken
    more = Timeline.of(
        np.concatenate([owner, np.arange(5000) + n_owners]),
        np.concatenate([at, np.zeros(5000, dtype=np.int64)]),
        n_owners + 5000,
    )
    assert np.array_equal(n_known, more.known(mine, now) - more.begin(mine))


@given(st.lists(st.tuples(TIMES, st.integers(-6, 6)), max_size=20))
def test_a_single_fact_is_known_from_its_time_on(pairs):
    """A fact is known at its very time; what has never happened is not."""
    at, as_of = columns(pairs)
    assert is_known(at, as_of).tolist() == [time <= now for time, now in pairs]


def test_without_facts_nothing_is_known():
    """An empty timeline knows nothing of anybody."""
    nothing = np.empty(0, dtype=np.int64)
    timeline = Timeline.of(nothing, nothing, 2)
    owner = np.array([0, 1, -1])
    assert timeline.known(owner, np.array([5, 5, 5])).tolist() == timeline.begin(owner).tolist() == [0, 0, 0]
    assert is_known(nothing, nothing).tolist() == []
