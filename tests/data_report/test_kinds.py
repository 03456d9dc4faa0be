"""Kinds of events: what is there, and what each feeds."""

from forestall.data_report.kinds import kinds
from forestall.moment_features import FAMILIES
from made_records import made, name_of, starts

DAY = "2024-03-02T"


def found(events, n=2):
    return kinds(made(starts(*[f"{DAY}09:00:00Z"] * n), events), FAMILIES)


def named(answer, start):
    return [one for one in answer.findings if one.found.startswith(start)]


def test_each_kind_is_counted_with_the_features_that_know_it():
    answer = found(
        [
            ("a", f"{DAY}09:01:00Z", "hold_started", "staff"),
            ("a", f"{DAY}09:02:00Z", "hold_started"),
            ("b", f"{DAY}09:02:00Z", "served", "staff"),
        ]
    )
    first = answer.kinds[0]
    assert (first.kind, first.n, first.share, first.no_actor) == ("hold_started", 2, 0.5, 0.5)
    assert first.features == {
        "service": ["service_hold_n", "service_hold_s", "service_hold_share", "service_on_hold"]
    }
    assert "service_wait_s" in answer.kinds[1].features["service"]
    assert "hold_ended" in answer.absent
    assert "served" not in answer.absent
    assert answer.n_own == 0


def test_own_kinds_are_named_with_the_kind_that_they_resemble():
    answer = found([("a", f"{DAY}09:01:00Z", "resolve_ticket"), ("a", f"{DAY}09:01:00Z", "frobnicated")])
    assert (answer.n_own, answer.n_own_events) == (2, 2)
    (finding,) = named(answer, "2 kinds of events")
    assert finding.severity == "warning"
    assert "frobnicated (1) and resolve_ticket (1)" in finding.found
    assert "{kinds: {resolve_ticket: resolved}}" in finding.line


def test_own_kinds_that_are_common_enough_to_learn_from_are_counted():
    days = [f"2024-03-{day:02}T09:00:00Z" for day in range(1, 31)]
    rows = [(name_of(place), f"2024-04-{1 + place % 28:02}T09:01:00Z", "noted") for place in range(30)]
    answer = kinds(made(starts(*days), [*rows, (*rows[0][:2], "danced")]), FAMILIES)
    (finding,) = named(answer, "2 kinds of events")
    assert "1 of them is in at least 20 interactions, common enough for training to consider" in finding.means


def test_more_than_20_own_kinds_are_not_named():
    answer = found([("a", f"{DAY}09:01:00Z", f"secret_{place}") for place in range(100)])
    assert answer.n_own == 100
    assert "secret" not in repr(answer)


def test_no_event_at_all_is_an_error_and_an_interaction_without_one_a_finding():
    assert [one.severity for one in found([]).findings] == ["error"]
    answer = found([("a", f"{DAY}09:01:00Z", "served", "staff")], n=3)
    assert answer.n_without == 2
    assert named(answer, "2 of 3 interactions (66.7\u00a0%) have no event")[0].severity == "warning"


def test_a_wait_that_nothing_ends_is_a_warning():
    assert named(
        found([("a", f"{DAY}09:01:00Z", "arrived")] * 2), "0 of 2 interactions have an event that ends"
    )
    served = [(one, f"{DAY}09:01:00Z", "served", "staff") for one in "ab"]
    assert not named(found(served), "0 of 2 interactions have an event that ends")


def test_a_message_of_nobody_and_a_refund_of_no_amount_are_found():
    answer = found([("a", f"{DAY}09:01:00Z", "message"), ("a", f"{DAY}09:01:00Z", "refunded")])
    assert "message (100\u00a0% without)" in named(answer, "Most events of some kinds have no actor")[0].found
    assert (
        "refunded (100\u00a0% without)" in named(answer, "Most events of some kinds have no value")[0].found
    )
