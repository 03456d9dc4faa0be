"""Open time: what a place's clock shows is what a count of open minutes by the wall clock gives."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forestall.moment_features.open_calendars import zone_offsets
from forestall.moments.open_time import BEGIN, DAY_US, END, SECOND_US, WEEK_US, OpenClock

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
# Lord Howe changes by half an hour, Apia left out a day in 2011, Troll changes by two hours
ZONES = [
    "UTC", "Europe/Copenhagen", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia",
    "Antarctica/Troll", "America/St_Johns",
]  # fmt: skip
CHANGES = [date(2011, 12, 28), date(2026, 3, 7), date(2026, 3, 28), date(2026, 10, 24), date(2026, 10, 31)]
NINE_TO_SIX = [(day * DAY_US + 9 * HOUR_US, day * DAY_US + 18 * HOUR_US) for day in range(5)]
ALWAYS = [(day * DAY_US, (day + 1) * DAY_US) for day in range(7)]


def us(time: datetime) -> int:
    return (time - EPOCH) // timedelta(microseconds=1)


def utc(zone: str, *parts: int, fold: int = 0) -> int:
    """Return a time of a zone's wall clock as microseconds since 1970, UTC."""
    return us(datetime(*parts, tzinfo=ZoneInfo(zone), fold=fold))


def clock(zone: str, week: list[tuple[int, int]], holidays: set[date] = frozenset()) -> OpenClock:
    offsets = [(at * SECOND_US, ahead * SECOND_US) for at, ahead in zone_offsets(zone)]
    return OpenClock(week, offsets, {(day - EPOCH.date()).days for day in holidays})


def between(of: OpenClock, begin: int, end: int) -> int:
    """Return the open time, computed both ways."""
    one = of.at_one(end) - of.at_one(begin)
    many = of.at(np.array([begin, end]))
    assert many[1] - many[0] == one
    return one


def counted(
    zone: str, week: list[tuple[int, int]], holidays: set[date], begin: datetime, n_minutes: int
) -> int:
    """Return the open minutes from `begin` on, asked for one by one."""
    n_open = 0
    for minute in range(n_minutes):
        wall = (begin + timedelta(minutes=minute)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        monday = datetime.combine(wall.date() - timedelta(days=wall.weekday()), datetime.min.time())
        since = (wall - monday) // timedelta(microseconds=1)
        n_open += wall.date() not in holidays and any(first <= since < last for first, last in week)
    return n_open


@st.composite
def weeks(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Draw opening hours of whole minutes, often none on a day, often up to midnight."""
    week = []
    for day in range(7):
        edges = draw(st.lists(st.integers(0, 24 * 60), unique=True, max_size=6).map(sorted))
        if draw(st.booleans()):
            edges = [0, *edges[1:], 24 * 60] if len(edges) % 2 == 0 else edges
        pairs = zip(edges[::2], edges[1::2], strict=False)
        week += [(day * DAY_US + a * MINUTE_US, day * DAY_US + b * MINUTE_US) for a, b in pairs if a < b]
    return week


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    week=weeks(),
    data=st.data(),
    # the days on which the zones change their clocks come often
    day=st.dates(date(1971, 1, 2), date(2099, 12, 20))
    | st.sampled_from(CHANGES),
    start=st.integers(0, 24 * 60 - 1),
    n_minutes=st.integers(0, 4 * 24 * 60),
)  # fmt: skip
def test_open_time_is_the_number_of_open_minutes(zone, week, data, day, start, n_minutes):
    begin = datetime.combine(day, datetime.min.time(), UTC) + timedelta(minutes=start)
    near = [day + timedelta(days=step) for step in range(-1, 6)]
    holidays = set(data.draw(st.lists(st.sampled_from(near), max_size=2)))
    found = between(clock(zone, week, holidays), us(begin), us(begin) + n_minutes * MINUTE_US)
    assert found == counted(zone, week, holidays, begin, n_minutes) * MINUTE_US


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    week=weeks(),
    times=st.lists(st.integers(-(2**60), 2**60) | st.integers(BEGIN - WEEK_US, END + WEEK_US), min_size=2),
)
def test_the_clock_never_runs_back_nor_faster_than_time(zone, week, times):
    """At any time, long ago and far away, and the same for one time as for many."""
    of = clock(zone, week, {date(1970, 1, 1), date(2026, 12, 24)})
    times = sorted(times)
    readings = of.at(np.array(times))
    assert readings.tolist() == [of.at_one(time) for time in times]
    passed, open_time = np.diff(np.array(times)), np.diff(readings)
    assert (open_time >= 0).all()
    assert (open_time <= passed).all()


@pytest.mark.parametrize("zone", ["Europe/Copenhagen", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize(
    "friday", [date(2026, 3, 27), date(2026, 10, 23), date(2026, 3, 6), date(2026, 6, 5)]
)
def test_a_weekend_between_is_eight_minutes(zone, friday):
    """Friday 17:55 to Monday 9:03, also where the clocks change in that weekend."""
    monday = friday + timedelta(days=3)
    begin = utc(zone, friday.year, friday.month, friday.day, 17, 55)
    end = utc(zone, monday.year, monday.month, monday.day, 9, 3)
    assert between(clock(zone, NINE_TO_SIX), begin, end) == 8 * MINUTE_US


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Copenhagen", (2026, 3, 29), 23), ("Europe/Copenhagen", (2026, 10, 25), 25),
        ("America/New_York", (2026, 3, 8), 23), ("America/New_York", (2026, 11, 1), 25),
        ("Asia/Kolkata", (2026, 3, 29), 24),
    ],
)  # fmt: skip
def test_a_day_on_which_the_clocks_change_has_its_own_length(zone, day, hours):
    """Who is open around the clock is open for 23 or 25 hours."""
    after = date(*day) + timedelta(days=1)
    begin, end = utc(zone, *day), utc(zone, after.year, after.month, after.day)
    assert between(clock(zone, ALWAYS), begin, end) == hours * HOUR_US


def test_a_change_within_the_opening_hours_is_counted():
    """Open from 1 to 4 on Sundays: the hour left out does not count, the hour shown twice counts twice."""
    sunday = clock("Europe/Copenhagen", [(6 * DAY_US + HOUR_US, 6 * DAY_US + 4 * HOUR_US)])
    for day, hours in (((2026, 3, 22), 3), ((2026, 3, 29), 2), ((2026, 10, 25), 4)):
        begin, end = (utc("Europe/Copenhagen", *day, hour) for hour in (0, 12))
        assert between(sunday, begin, end) == hours * HOUR_US
    # Cairo's clocks go forward on a Friday at midnight
    friday = clock("Africa/Cairo", [(4 * DAY_US, 4 * DAY_US + 10 * HOUR_US)])
    assert (
        between(friday, utc("Africa/Cairo", 2026, 4, 23, 12), utc("Africa/Cairo", 2026, 4, 24, 12))
        == 9 * HOUR_US
    )


def test_a_holiday_is_closed_and_closed_time_is_nothing():
    of = clock("Europe/Copenhagen", NINE_TO_SIX, {date(2026, 12, 24), date(2026, 12, 25)})
    begin = utc("Europe/Copenhagen", 2026, 12, 23, 17, 30)
    assert between(of, begin, utc("Europe/Copenhagen", 2026, 12, 28, 9, 30)) == HOUR_US
    christmas = (utc("Europe/Copenhagen", 2026, 12, 24, 10), utc("Europe/Copenhagen", 2026, 12, 26, 20))
    assert between(of, *christmas) == 0
    assert between(of, begin, begin) == 0


def test_microseconds_are_exact():
    of = clock("Europe/Copenhagen", NINE_TO_SIX)
    close = utc("Europe/Copenhagen", 2026, 3, 6, 18)
    assert between(of, close - 1, close) == 1
    assert between(of, close, close + 1) == 0
    assert between(of, close - 3, close + DAY_US) == 3


@pytest.mark.parametrize(("edge", "step"), [(BEGIN, -WEEK_US), (END, WEEK_US)])
def test_outside_the_known_years_the_weeks_go_on(edge, step):
    """Every week has the same hours, without holidays, without a jump at the edge."""
    of = clock("Europe/Copenhagen", NINE_TO_SIX, {date(1969, 12, 25), date(2100, 1, 4)})
    week_us = 45 * HOUR_US
    for n in (1, 52, 5_000_000 // 52):
        assert abs(between(of, edge, edge + n * step)) == n * week_us
    assert between(of, edge - 30 * MINUTE_US, edge + 30 * MINUTE_US) in (0, HOUR_US)


def test_a_million_pairs_take_well_under_two_seconds():
    of = clock("America/New_York", NINE_TO_SIX)
    times = np.random.default_rng(0).integers(BEGIN - WEEK_US, END + WEEK_US, (2, 1_000_000))
    begin, end = np.sort(times, axis=0)
    of.at(begin[:1])
    watch = datetime.now(UTC)
    waited = of.at(end) - of.at(begin)
    assert (datetime.now(UTC) - watch).total_seconds() < 2
    assert (waited >= 0).all()
