"""Moments: when each interaction is judged, without a time and with one."""

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest

from companies import DAY, at, company, visit
from forestall.errors import UsageError
from forestall.moments import default_moments, moments_at, utc
from forestall.moments.moments import warn_of_no_moment

# who      came  what happened
SHOP = company(
    visit("open", 0, (10, "served", "staff"), (50, "message", "customer")),
    visit(
        "closed",
        0,
        (30, "closed", "system"),
        (20, "served", "staff"),
        (90, "reopened", "customer"),
        (95, "closed", "system"),
    ),
    visit("gone", 5, (40, "abandoned", "customer"), (60, "closed", "system")),
    visit("silent", 70),
    visit("twice", 80, (85, "closed", "system"), (85, "message", "customer")),
)


def seconds(moments):
    """Return each interaction's moment as a second."""
    return {
        name: (as_of - at(0)).total_seconds()
        for name, as_of in moments.select("interaction_id", "as_of").rows()
    }


def test_the_default_moment():
    """It is the last event up to the first closing or giving up; without events it is the start."""
    moments = default_moments(SHOP)
    assert seconds(moments) == {"open": 50, "closed": 30, "gone": 40, "silent": 70, "twice": 85}
    assert moments["interaction_id"].to_list() == SHOP.interactions["interaction_id"].to_list()


@pytest.mark.parametrize(
    ("second", "still_open", "ended"),
    [
        (-1, set(), {}),
        (0, {"open", "closed"}, {}),
        (29, {"open", "closed", "gone"}, {}),
        (30, {"open", "gone"}, {"closed": 30}),  # closed by then, from the very second
        (70, {"open", "silent"}, {"closed": 30, "gone": 40}),
        (900, {"open", "silent"}, {"closed": 30, "gone": 40, "twice": 85}),  # reopened is still closed once
    ],
)
def test_at_a_time_all_that_are_open(second, still_open, ended):
    """Each begun and not closed by then has a moment; on demand also the closed, at their closing."""
    now = dict.fromkeys(still_open, second)
    assert seconds(moments_at(SHOP, at(second))) == now
    assert seconds(moments_at(SHOP, at(second), closed=True)) == now | ended


def test_the_event_that_is_predicted_does_not_end_an_interaction():
    """A complaint days later, or an escalation alone, is not an end; a closing is, whatever is predicted."""
    tables = company(
        visit("quiet", 0),
        visit("escalated", 0, (0, "issue_raised"), (900, "escalated")),
        visit("complained", 0, (50, "resolved"), (DAY, "complained"), (2 * DAY, "responded")),
        visit("closed", 0, (50, "closed"), (DAY, "complained")),
        visit("gone", 0, (50, "served"), (70, "abandoned")),
    )
    assert seconds(default_moments(tables, "escalated")) == {
        "quiet": 0, "escalated": 0, "complained": 2 * DAY, "closed": 50, "gone": 70,
    }  # fmt: skip
    assert seconds(default_moments(tables, "complained"))["closed"] == 50
    assert seconds(default_moments(tables, "abandoned"))["gone"] == 70
    assert seconds(default_moments(tables, "responded"))["complained"] == DAY


def test_after_days_of_silence_an_interaction_is_over_at_its_last_event():
    """Silence counts from the last event that is known then and is not the predicted one."""
    tables = company(
        visit("silent", 0, (DAY, "message"), (50 * DAY, "message")),
        visit("closed", 0, (2 * DAY, "closed")),
        visit("complained", 0, (DAY, "resolved"), (20 * DAY, "complained")),
        visit("late", 30 * DAY),
    )
    now = at(31 * DAY)  # 30 days after the last known event are not yet too long
    assert seconds(moments_at(tables, now)) == dict.fromkeys(["silent", "complained", "late"], 31 * DAY)
    later = at(31 * DAY + 1)
    assert set(seconds(moments_at(tables, later, label_event="complained"))) == {"late"}
    assert set(seconds(moments_at(tables, later))) == {"complained", "late"}
    assert seconds(moments_at(tables, later, closed=True, label_event="complained")) == {
        "silent": DAY, "closed": 2 * DAY, "complained": DAY, "late": 31 * DAY + 1,
    }  # fmt: skip
    assert set(seconds(moments_at(tables, at(34 * DAY), open_days=3))) == set()
    assert set(seconds(moments_at(tables, "9999-12-31T23:59:59Z", open_days=1e9))) == {
        "silent", "complained", "late",
    }  # fmt: skip


def test_a_time_is_read_as_utc():
    """A time without a zone is UTC; one with another zone is turned into it."""
    noon = datetime(2026, 11, 1, 12, tzinfo=UTC)
    written = ["2026-11-01T12:00:00Z", "2026-11-01T12:00:00", "2026-11-01T14:00:00+02:00", "2026-11-01 12:00"]
    assert {utc(one) for one in written} == {noon}
    assert (
        utc(datetime(2026, 11, 1, 12))
        == utc(datetime(2026, 11, 1, 7, tzinfo=timezone(timedelta(hours=-5))))
        == noon
    )
    assert moments_at(SHOP, "2026-03-02T09:00:29")["as_of"].to_list() == [at(29)] * 3


@pytest.mark.parametrize(
    "day",
    ["2026-11-01", date(2026, 11, 1), np.datetime64("2026-11-01"), pd.Timestamp("2026-11-01")],
    ids=repr,
)
def test_a_day_is_its_beginning(day):
    assert utc(day) == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize("wrong", ["soonish", 20261101, pd.NaT, None, ["2026-11-01"]], ids=repr)
def test_what_is_no_time_is_wrong_usage(wrong):
    """What is given in the place of a time is refused, and not repeated."""
    with pytest.raises(UsageError, match="as_of must be a time such as") as error:
        utc(wrong)
    assert str(wrong) not in str(error.value)


@pytest.mark.parametrize(
    ("n", "as_of", "closed", "said"),
    [
        (0, "2026-02-01", True, ["at 2026-02-01 00:00 UTC none of the 7 interactions had started"]),
        (0, at(0), False, ["had started and was not over; --all adds those that are over"]),
        (1, "2026-02-01", True, []),
        (0, None, True, []),
    ],
)
def test_a_time_without_a_moment_is_said(n, as_of, closed, said, caplog):
    warn_of_no_moment(n, 7, as_of, closed=closed)
    assert [one.endswith(end) for one, end in zip(caplog.messages, said, strict=True)] == [True] * len(said)
