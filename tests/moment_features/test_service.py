"""Service: hand examples of waiting, being served, holding, promises and self-service."""

import pytest

from companies import DAY, assert_over_time, company, features_of, picked, visit
from forestall.moment_features import Standards

# second  what happened
CALL = visit(
    "a", 0,
    (0, "arrived", "customer"),
    (40, "greeted", "staff"),          # a greeting is not yet service
    (120, "served", "staff"),
    (150, "hold_started", "staff"),
    (210, "hold_ended", "staff"),
    (300, "hold_started", "staff"),    # and is never taken off hold
    (360, "closed", "system"),
    channel="phone", venue="Shop", staff="S1",
)  # fmt: skip


def test_waiting_and_being_served():
    """A wait lasts until now, then until served; service until the end; a minute is promised by phone."""
    seconds = [30, 60, 90, 120, 180, 400]
    expected = {
        "wait_s": [30, 60, 90, 120, 120, 120],
        "standard_s": [60, 60, 60, 60, 60, 60],
        "wait_ratio": [0.5, 1, 1.5, 2, 2, 2],
        "wait_over_s": [0, 0, 30, 60, 60, 60],
        "wait_breached": [0, 0, 1, 1, 1, 1],
        "is_waiting": [1, 1, 1, 0, 0, 0],
        "served_s": [None, None, None, 0, 60, 240],
        "total_s": [30, 60, 90, 120, 180, 360],
        "silence_s": [30, 20, 50, 0, 30, 40],
        "staff_silence_s": [30, 20, 50, 0, 30, 60],
        "staff": [None, "S1", "S1", "S1", "S1", "S1"],
    }
    assert_over_time(
        company(CALL), "a", "service", seconds, expected, standards=Standards(channels={"phone": 60})
    )


def test_a_hold_that_lasts_lasts_until_now():
    """Holds add up; one that nobody ended lasts until now or the end; before the first nothing is known."""
    seconds = [149, 150, 200, 240, 330, 400]
    expected = {
        "hold_n": [None, 1, 1, 1, 2, 2],
        "hold_s": [None, 0, 50, 60, 90, 120],
        "hold_share": [None, 0, 50 / 80, 60 / 120, 90 / 210, 120 / 240],
        "on_hold": [None, 1, 1, 0, 1, 1],
    }
    assert_over_time(company(CALL), "a", "service", seconds, expected)


@pytest.mark.parametrize(
    ("standards", "seconds"),
    [
        (Standards(), 90),
        (Standards(default=30), 30),
        (Standards(channels={"phone": 60, "chat": 45}), 60),
        (Standards(channels={"chat": 45}), 90),
        (Standards(venues={"Shop": 20}), 20),
        (Standards(channels={"phone": 60}, venues={"Shop": 20}), 20),
        (Standards(channels={"phone": 60}, venues={"Other": 20}), 60),
    ],
)
def test_the_standard_of_the_venue_goes_before_its_channels(standards, seconds):
    """What is promised is the venue's standard, else the channel's, else the default of 90 s."""
    assert features_of(company(CALL), "a", 30, standards)["service_standard_s"] == seconds


@pytest.mark.parametrize(
    ("promised_at", "seconds"),
    [
        (600, 600),
        (30, 30),
        (None, 60),
        (0, 60),
        (-50, 60),
    ],  # none before the arrival was a promise of anything
)
def test_what_was_committed_to_the_customer_goes_before_any_standard(promised_at, seconds):
    waits = visit("a", 0, (0, "arrived", "customer"), channel="phone", promised_at=promised_at)
    row = features_of(company(waits), "a", 90, Standards(channels={"phone": 60}))
    expected = {"standard_s": seconds, "wait_ratio": 90 / seconds, "wait_over_s": max(90 - seconds, 0)}
    assert picked(row, "service", expected) == pytest.approx(expected)
    assert row["service_wait_breached"] == (seconds < 90)


def test_whoever_turns_to_the_customer_ends_the_wait():
    """Service, a response, a message of staff or giving up ends a wait; a message of the system does not."""
    ends = {
        ("responded", "staff"): 20,
        ("message", "manager"): 20,
        ("message", "system"): 70,
        ("abandoned", None): 20,
    }
    for event, wait_s in ends.items():
        assert features_of(company(visit("a", 0, (20, *event))), "a", 70)["service_wait_s"] == wait_s


def test_a_customer_whose_matter_is_settled_waits_no_more():
    """Who is delivered or resolved without a word is not waiting, and the wait has ended."""
    for kind in ("resolved", "delivered"):
        row = features_of(company(visit("a", 0, (20, kind, "system"))), "a", 70)
        assert (row["service_wait_s"], row["service_is_waiting"]) == (20, 0)


def test_a_time_committed_is_breached_when_it_has_passed():
    """A promise runs until the matter is settled, or until now."""
    # promised for second 100, resolved at 150
    order = visit("a", 0, (0, "arrived", "customer"), (150, "resolved", "staff"), promised_at=100)
    expected = {
        "promise_s": [100, 100, 100, 100, 100],
        "promise_ratio": [0.5, 1, 1.3, 1.5, 1.5],
        "promise_over_s": [0, 0, 30, 50, 50],
        "promise_breached": [0, 0, 1, 1, 1],
    }
    assert_over_time(company(order), "a", "service", [50, 100, 130, 150, 900], expected)


def test_without_a_promise_there_is_none_to_breach():
    """Where no time was committed, its features are null."""
    names = ["promise_s", "promise_ratio", "promise_over_s", "promise_breached"]
    assert set(picked(features_of(company(CALL), "a", 400), "service", names).values()) == {None}


def test_self_service_that_failed():
    """Time at self-service ends when a person is asked for; waiting for the person begins."""
    bot = visit(
        "a", 0,
        (5, "attempted", "customer"),
        (45, "attempted", "customer"),
        (80, "human_requested", "customer"),
        (200, "served", "staff"),
    )  # fmt: skip
    expected = {
        "self_service_n": [1, 2, 2, 2],
        "self_service_s": [0, 55, 75, 75],
        "human_requested": [None, None, 1, 1],
        "human_wait_s": [None, None, 20, 120],
        "wait_s": [5, 60, 100, 200],
    }
    assert_over_time(company(bot), "a", "service", [5, 60, 100, 300], expected)


def test_gave_up():
    """Giving up is known once it has happened, and ends the wait; then others are known not to have."""
    shop = company(visit("a", 0, (0, "arrived", "customer"), (200, "abandoned", "customer")), visit("b", 250))
    expected = {"abandoned": [None, 1, 1], "wait_s": [199, 200, 200], "is_waiting": [1, 0, 0]}
    assert_over_time(shop, "a", "service", [199, 200, 300], expected)
    assert features_of(shop, "b", 300)["service_abandoned"] == 0


def test_the_hour_of_arrival():
    """The hour is that of the arrival, with its part, whatever the moment."""
    shop = company(visit("a", 5400), visit("b", 15 * 3600 + DAY))
    assert features_of(shop, "a", 9000)["service_start_hour"] == 10.5
    assert features_of(shop, "b", 15 * 3600 + DAY)["service_start_hour"] == 0


def test_the_weekday_of_arrival():
    """The first is a Monday, nine o'clock; days begin at midnight UTC, whatever the moment."""
    shop = company(visit("a", 0), visit("b", 15 * 3600), visit("c", 6 * DAY))
    assert [features_of(shop, name, 9 * DAY)["service_start_weekday"] for name in "abc"] == [1, 2, 7]
