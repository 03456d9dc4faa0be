"""Duplicates: one customer twice at the same time, and events that are recorded twice."""

from forestall.data_report.duplicates import duplicates
from made_records import made, starts

DAY = "2024-03-02T"


def test_interactions_of_one_customer_with_one_start_are_counted():
    times = [f"{DAY}10:00:00Z", f"{DAY}10:00:00Z", f"{DAY}11:00:00Z", f"{DAY}10:00:00Z", f"{DAY}10:00:00Z"]
    found = duplicates(made(starts(*times, customer_id=["x", "x", "x", "y", None])))
    assert (found.n_same_start, found.n_with_customer) == (1, 4)
    assert found.findings[0].severity == "warning"
    assert "1 interactions (25.0\u00a0% of those with a customer)" in found.findings[0].found


def test_events_that_differ_in_nothing_are_counted_by_kind():
    at = f"{DAY}10:05:00Z"
    events = [
        ("a", at, "message", "staff", "hello"),
        ("a", at, "message", "staff", "hello"),
        ("a", at, "message", "staff", "hello"),
        ("a", at, "message", "staff", "other words"),
        ("a", at, "message", "customer", "hello"),
        ("b", at, "message", "staff", "hello"),
        ("a", at, "refunded", None, None, 5.0),
        ("a", at, "refunded", None, None, 6.0),
        ("a", at, "closed"),
        ("a", at, "closed"),
    ]
    found = duplicates(made(starts(f"{DAY}10:00:00Z", f"{DAY}10:00:00Z"), events))
    assert (found.n_events, found.by_kind) == (3, {"message": 2, "closed": 1})
    assert "3 events (30.0\u00a0%) repeat another one in all columns: message 2 and closed 1." in (
        found.findings[0].found
    )
    assert "hello" not in repr(found)


def test_records_without_doubles_have_no_finding():
    found = duplicates(made(starts(f"{DAY}10:00:00Z", customer_id="x"), [("a", f"{DAY}10:05:00Z", "closed")]))
    assert found.findings == []
    assert duplicates(made(starts(f"{DAY}10:00:00Z"), clock="none")) is None


def test_a_customer_who_stands_for_many_is_said():
    """A word in the place of the customer makes one person of all."""
    times = [f"2024-03-{day:02}T{hour:02}:00:00Z" for day in range(1, 26) for hour in range(8, 17)]
    of_guests = duplicates(made(starts(*times, customer_id=["walk-in", *"abcdefgh"] * 25)))
    assert of_guests.largest_share == 1 / 9
    assert (
        of_guests.findings[0].found == "11\u00a0% of the 225 interactions with a customer have the same one."
    )
    assert "walk-in" not in str(of_guests.findings)
    assert not duplicates(
        made(starts(*times, customer_id=[*"abcdefghi", *"jklmnopqr"] * 12 + [None] * 9))
    ).findings
    assert duplicates(made(starts(*times[:9], customer_id=None))).largest_share == 0
