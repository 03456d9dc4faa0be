"""Where the records end: at the last record, but no few rows far after all others decide it."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companies import DAY, at, company, visit
from forestall.moments import end_of_records
from forestall.moments.records_end import LastTimes, distinct_times

MANY = [visit(str(i), i * DAY / 4, (i * DAY / 4 + 60, "closed")) for i in range(200)]
LAST = at(199 * DAY / 4 + 60)


def test_it_is_the_last_start_event_or_rating():
    assert end_of_records(company(*MANY)) == LAST
    assert end_of_records(company(*MANY, ratings=[("3", 1, 55 * DAY)])) == at(55 * DAY)
    none = company(visit("a", 0)).replace(interactions=company(visit("a", 0)).interactions.clear())
    assert end_of_records(none) is None


@pytest.mark.parametrize("days", [80, 365, 1000])
def test_one_interaction_far_after_all_others_does_not_decide_it(days):
    """Neither its start nor any of its events does, nor an end that many rows share."""
    lone = visit("lone", days * DAY, (days * DAY + 5, "served"), (days * DAY + 90, "closed"))
    assert end_of_records(company(*MANY, lone)) == LAST
    shared = [visit(f"s{i}", i * DAY, (days * DAY, "closed")) for i in range(20)]
    assert end_of_records(company(*MANY, *shared)) == LAST


def test_a_pause_is_not_the_end():
    """Many interactions after a long gap count, and so does a quiet last week."""
    resumed = [visit(f"r{i}", (400 + i) * DAY) for i in range(5)]
    assert end_of_records(company(*MANY, *resumed)) == at(404 * DAY)
    soon = visit("soon", 55 * DAY)
    assert end_of_records(company(*MANY, soon)) == at(55 * DAY)


def test_of_few_interactions_each_counts():
    """With a handful, a long gap is usual."""
    assert end_of_records(company(*MANY[:20], visit("late", 900 * DAY))) == at(900 * DAY)


def test_it_does_not_depend_on_the_order_of_rows():
    tables = company(*MANY, visit("lone", 900 * DAY))
    turned = tables.replace(interactions=tables.interactions.sort(pl.col("started_at"), descending=True))
    assert end_of_records(turned) == LAST


@pytest.mark.parametrize("late", [[], [55], [80, 365], [400, 401, 402, 403]])
def test_parts_of_the_records_end_where_all_of_them_do(late):
    visits = [*MANY, *(visit(f"late{day}", day * DAY, (day * DAY + 5, "served")) for day in late)]
    whole = company(*visits)
    parts = [company(*visits[first::3]) for first in range(3)]
    found = [LastTimes.of(part, len(visits)) for part in parts]
    times = np.unique(np.concatenate([distinct_times(part) for part in parts]))
    assert np.array_equal(times, distinct_times(whole))
    assert found[0].plus(found[1]).plus(found[2]).end(len(visits), lambda: times) == end_of_records(whole)


@pytest.mark.slow
@settings(max_examples=50)
@given(
    gaps=st.lists(
        st.sampled_from([0, 1, 3600, DAY, 6 * DAY, 7 * DAY, 7 * DAY + 1, 8 * DAY, 30 * DAY]), max_size=12
    ),
    n_before=st.integers(50, 60),
    first=st.integers(0, DAY - 1),
)
def test_days_only_say_whether_all_times_are_needed(gaps: list[int], n_before: int, first: int) -> None:
    starts = [first + step * 3600 for step in range(n_before)]
    for gap in gaps:
        starts.append(starts[-1] + gap)
    tables = company(*(visit(str(number), start) for number, start in enumerate(starts)))
    n, times = len(starts), distinct_times(tables)
    last_times = LastTimes.of(tables, n)
    needed = (
        last_times._before_gaps(times, n)
        if last_times._is_isolated(int(times[-1]) - 7 * DAY * 10**6, n)
        else int(times[-1])
    )
    assert last_times.end(n, lambda: times) == datetime.fromtimestamp(needed / 10**6, UTC)


def test_all_times_are_not_asked_for_where_no_day_is_missing() -> None:
    """Of twenty years of records the last week may hold fewer than one interaction in a thousand."""
    visits = [visit(str(day), -day * DAY) for day in range(20 * 365)]
    tables = company(*visits)
    last_times = LastTimes.of(tables, len(visits))
    assert last_times._is_isolated(int(distinct_times(tables)[-7]), len(visits))
    assert last_times.end(len(visits), pytest.fail) == at(0)
