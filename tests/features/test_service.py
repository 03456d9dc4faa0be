"""Service: hand examples of waiting, being served, holding, promises and self-service."""

import pytest
from companies import DAY, company, features_of, picked, visit

from forestall.features import Standards

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


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (30, {"wait_s": 30, "wait_ratio": 0.5, "wait_over_s": 0, "wait_breached": 0, "is_waiting": 1, "served_s": None,
              "total_s": 30, "silence_s": 30, "staff_silence_s": 30, "staff": None}),
        (60, {"wait_s": 60, "wait_ratio": 1, "wait_over_s": 0, "wait_breached": 0, "is_waiting": 1, "served_s": None,
              "total_s": 60, "silence_s": 20, "staff_silence_s": 20, "staff": "S1"}),
        (90, {"wait_s": 90, "wait_ratio": 1.5, "wait_over_s": 30, "wait_breached": 1, "is_waiting": 1, "served_s": None,
              "total_s": 90, "silence_s": 50, "staff_silence_s": 50, "staff": "S1"}),
        (120, {"wait_s": 120, "wait_ratio": 2, "wait_over_s": 60, "wait_breached": 1, "is_waiting": 0, "served_s": 0,
               "total_s": 120, "silence_s": 0, "staff_silence_s": 0, "staff": "S1"}),
        (180, {"wait_s": 120, "wait_ratio": 2, "wait_over_s": 60, "wait_breached": 1, "is_waiting": 0, "served_s": 60,
               "total_s": 180, "silence_s": 30, "staff_silence_s": 30, "staff": "S1"}),
        (400, {"wait_s": 120, "wait_ratio": 2, "wait_over_s": 60, "wait_breached": 1, "is_waiting": 0, "served_s": 240,
               "total_s": 360, "silence_s": 40, "staff_silence_s": 60, "staff": "S1"}),
    ],
)  # fmt: skip
def test_waiting_and_being_served(second, expected):
    """A wait lasts until now, then until served; service until the end, against the minute promised by phone."""
    row = features_of(company(CALL), "a", second, Standards(channels={"phone": 60}))
    assert picked(row, "service", expected) == expected
    assert row["service_standard_s"] == 60


@pytest.mark.parametrize(
    ("second", "n", "seconds", "share", "is_on"),
    [(149, None, None, None, None), (150, 1, 0, 0, 1), (200, 1, 50, 50 / 80, 1), (240, 1, 60, 60 / 120, 0), (330, 2, 90, 90 / 210, 1), (400, 2, 120, 0.5, 1)],
)  # fmt: skip
def test_a_hold_that_lasts_lasts_until_now(second, n, seconds, share, is_on):
    """Holds add up; one that nobody ended lasts until now or the end; before the first anywhere nothing is known."""
    row = features_of(company(CALL), "a", second)
    expected = {"hold_n": n, "hold_s": seconds, "hold_share": share, "on_hold": is_on}
    assert picked(row, "service", expected) == pytest.approx(expected)


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


def test_whoever_turns_to_the_customer_ends_the_wait():
    """Service, a response or a message of staff ends a wait; a message of the system does not; giving up does."""
    for kind, actor, wait_s in [("responded", "staff", 20), ("message", "manager", 20), ("message", "system", 70), ("abandoned", "customer", 20)]:  # fmt: skip
        assert features_of(company(visit("a", 0, (20, kind, actor))), "a", 70)["service_wait_s"] == wait_s


def test_a_customer_whose_matter_is_settled_waits_no_more():
    """Who is delivered or resolved without a word is not waiting, and the wait has ended."""
    for kind in ("resolved", "delivered"):
        row = features_of(company(visit("a", 0, (20, kind, "system"))), "a", 70)
        assert (row["service_wait_s"], row["service_is_waiting"]) == (20, 0)


@pytest.mark.parametrize(
    ("second", "ratio", "over_s", "breached"),
    [(50, 0.5, 0, 0), (100, 1, 0, 0), (130, 1.3, 30, 1), (150, 1.5, 50, 1), (900, 1.5, 50, 1)],
)
def test_a_time_committed_is_breached_when_it_has_passed(second, ratio, over_s, breached):
    """A promise runs until the matter is settled, or until now."""
    # promised for second 100, resolved at 150
    order = visit("a", 0, (0, "arrived", "customer"), (150, "resolved", "staff"), promised_at=100)
    expected = {"promise_s": 100, "promise_ratio": ratio, "promise_over_s": over_s, "promise_breached": breached}
    assert picked(features_of(company(order), "a", second), "service", expected) == pytest.approx(expected)


def test_without_a_promise_there_is_none_to_breach():
    """Where no time was committed, its features are null."""
    names = ["promise_s", "promise_ratio", "promise_over_s", "promise_breached"]
    assert set(picked(features_of(company(CALL), "a", 400), "service", names).values()) == {None}


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (5, {"self_service_n": 1, "self_service_s": 0, "human_requested": None, "human_wait_s": None, "wait_s": 5}),
        (60, {"self_service_n": 2, "self_service_s": 55, "human_requested": None, "human_wait_s": None, "wait_s": 60}),
        (100, {"self_service_n": 2, "self_service_s": 75, "human_requested": 1, "human_wait_s": 20, "wait_s": 100}),
        (300, {"self_service_n": 2, "self_service_s": 75, "human_requested": 1, "human_wait_s": 120, "wait_s": 200}),
    ],
)
def test_self_service_that_failed(second, expected):
    """Time at self-service ends when a person is asked for; waiting for the person begins."""
    bot = visit("a", 0, (5, "attempted", "customer"), (45, "attempted", "customer"), (80, "human_requested", "customer"), (200, "served", "staff"))
    assert picked(features_of(company(bot), "a", second), "service", expected) == expected


def test_gave_up():
    """Giving up is known once it has happened, and ends the wait."""
    shop = company(visit("a", 0, (0, "arrived", "customer"), (200, "abandoned", "customer")), visit("b", 250))
    assert picked(features_of(shop, "a", 199), "service", ["abandoned", "wait_s"]) == {"abandoned": None, "wait_s": 199}
    assert picked(features_of(shop, "a", 300), "service", ["abandoned", "wait_s"]) == {"abandoned": 1, "wait_s": 200}
    assert features_of(shop, "b", 300)["service_abandoned"] == 0


def test_the_hour_of_arrival():
    """The hour is that of the arrival, with its part, whatever the moment."""
    shop = company(visit("a", 5400), visit("b", 15 * 3600 + DAY))
    assert features_of(shop, "a", 9000)["service_start_hour"] == 10.5
    assert features_of(shop, "b", 15 * 3600 + DAY)["service_start_hour"] == 0
