"""Resolution: hand examples of what is settled, how soon, by whom, and in how many hands."""

import pytest

from companies import assert_over_time, company, features_of, visit

# second  what
CASE = visit(
    "a", 0,
    (10, "issue_raised", "customer"),
    (60, "responded", "staff"),
    (100, "transferred", "staff"),
    (200, "resolved", "manager"),
    (300, "reopened", "customer"),
    (450, "resolved", "staff"),
    (500, "closed", "system"),
    promised_at=250,
)  # fmt: skip


def test_from_issue_to_resolution():
    """Raised, responded, resolved, reopened and resolved for good: the state at each moment."""
    shop = company(CASE, visit("before", 0, (0, "responded", "staff")))
    expected = {
        "raised": [None, 1, 1, 1, 1, 1],
        "raised_s": [None, 30, 140, 240, 390, 490],
        "attended_s": [5, 30, 50, 50, 50, 50],
        "responded": [0, 0, 1, 1, 1, 1],
        "response_s": [5, 30, 50, 50, 50, 50],
        "response_ratio": [5 / 250, 30 / 250, 50 / 250, 50 / 250, 50 / 250, 50 / 250],
        "transfer_n": [None, None, 1, 1, 1, 1],
        "by_manager": [0, 0, 0, 1, 1, 1],
        "by_system": [None, None, None, 0, 0, 0],
        # reopened is unresolved, and counts from the beginning until now
        "resolved": [None, None, None, 1, 0, 1],
        "resolve_s": [None, None, None, 190, 390, 440],
        "reopened_n": [None, None, None, None, 1, 1],
        "hands_n": [None, None, 1, 1, 2, 2],
        "first_contact": [None, None, None, 0, 0, 0],
        "open_at_end": [None, None, None, 0, 0, 0],
    }
    assert_over_time(shop, "a", "resolution", [5, 40, 150, 250, 400, 600], expected)


def test_a_response_comes_after_the_issue():
    """Being served before the issue was raised is no response to it."""
    shop = company(
        visit("a", 0, (20, "served", "staff"), (60, "issue_raised", "customer"), (300, "responded", "staff"))
    )
    assert [features_of(shop, "a", second)["resolution_response_s"] for second in (100, 300, 400)] == [
        40,
        240,
        240,
    ]


def test_closed_unresolved():
    """What is closed or given up without a resolution ended unresolved."""
    shop = company(
        CASE,
        visit("b", 600, (700, "closed", "system")),
        visit("c", 600, (650, "resolved", "system"), (700, "closed", "system")),
    )
    assert [features_of(shop, "b", second)["resolution_open_at_end"] for second in (699, 700)] == [0, 1]
    expected = {"open_at_end": [0], "by_system": [1], "first_contact": [1]}
    assert_over_time(shop, "c", "resolution", [700], expected)


@pytest.mark.parametrize(
    ("events", "promised_at", "kept"),
    [
        ([], 200, None),                                    # still open
        ([], 90, 0),                                        # the time has passed
        ([(80, "resolved", "staff")], 90, 1),
        ([(90, "delivered", "system")], 90, 1),
        ([(95, "resolved", "staff")], 90, 0),
        ([(80, "resolved", "staff")], None, None),          # nothing was promised
        ([(95, "closed", "system")], 90, 0),                # closed late and unresolved
    ],
)  # fmt: skip
def test_promises_kept(events, promised_at, kept):
    """A promise is kept when settled in time, broken when the time has passed, and open until then."""
    shop = company(visit("a", 0, *events, promised_at=promised_at))
    assert features_of(shop, "a", 100)["resolution_promise_kept"] == kept


@pytest.mark.parametrize(
    ("events", "seconds"),
    [
        ([], None),                                                          # nothing was asked
        ([(40, "message", "customer")], 60),                                 # no answer until now
        ([(40, "message", "customer"), (70, "message", "customer")], 30),    # since the last one
        ([(40, "message", "customer"), (70, "message", "staff")], 0),
        ([(40, "message", "staff"), (70, "message", "customer")], 30),
        ([(40, "message", "customer"), (70, "message", "system")], 60),      # the system is no answer
        ([(0, "message", "customer")], 100),                                 # the contact began with it
    ],
)  # fmt: skip
def test_a_message_without_an_answer(events, seconds):
    """The customer's last message waits for an answer until now."""
    shop = company(visit("a", 0, *events), visit("b", 0, (0, "message", "customer"), (1, "message", "staff")))
    assert features_of(shop, "a", 100)["resolution_unanswered_s"] == seconds


@pytest.mark.parametrize(
    ("events", "anticipated"),
    [
        ([], 0),
        ([(20, "informed", "staff")], 1),                                              # told, and never asked
        ([(20, "informed", "staff"), (50, "issue_raised", "customer")], 1),            # told before asking
        ([(20, "issue_raised", "customer"), (50, "informed", "staff")], 0),            # told after
        ([(20, "issue_raised", "customer")], 0),
    ],
)  # fmt: skip
def test_told_before_asking(events, anticipated):
    """Anticipated is who was told of it before raising it."""
    shop = company(visit("a", 0, *events), visit("b", 0, (0, "informed", "staff")))
    row = features_of(shop, "a", 100)
    assert row["resolution_anticipated"] == anticipated
    assert row["resolution_informed_n"] == sum(kind == "informed" for _, kind, _ in events)


def test_hands_and_replies():
    """Transfers and escalations add up; replies stand against what the customer wrote."""
    talk = visit(
        "a", 0,
        (5, "issue_raised", "customer"),
        (6, "message", "customer"),
        (10, "message", "staff"),
        (20, "transferred", "staff"),
        (30, "escalated", "staff"),
        (40, "message", "customer"),
        (50, "responded", "manager"),
        (60, "tipped", "customer", 2.5),
    )  # fmt: skip
    expected = {
        "customer_messages_n": [2], "staff_replies_n": [2], "reply_ratio": [2 / 3], "transfer_n": [1],
        "escalation_n": [1], "hands_n": [2], "by_manager": [1], "tip": [2.5], "events_n": [8],
    }  # fmt: skip
    assert_over_time(company(talk), "a", "resolution", [70], expected)


@pytest.mark.parametrize(
    ("steps", "n"),
    [
        ("greeted served responded resolved closed", 0),
        ("served greeted responded resolved closed", 1),
        ("responded greeted served", 2),
        ("resolved responded served greeted", 6),
        ("closed", 0),
    ],
)
def test_steps_out_of_order(steps, n):
    """Each pair of steps that the process has the other way round counts once."""
    events = [(10 * i, kind, "staff") for i, kind in enumerate(steps.split(), 1)]
    assert features_of(company(visit("a", 0, *events)), "a", 100)["resolution_out_of_order_n"] == n


def test_promises_in_words():
    """What staff promises in words is counted; null where staff has said nothing."""
    shop = company(visit("a", 0, (20, "message", "staff", "We will call you back, rest assured.")))
    assert [features_of(shop, "a", second)["resolution_promises_n"] for second in (10, 20)] == [None, 2]
