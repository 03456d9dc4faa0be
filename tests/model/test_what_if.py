"""What if: facts that follow from a change, times that follow, and what can't be asked."""

from datetime import datetime, timedelta

import pytest

from forestall.errors import UsageError
from forestall.model.facts_otherwise import FACTS
from forestall.model.what_if import ask
from forestall.moment_features.catalogue import FAMILIES, columns_of

START = datetime.fromisoformat("2026-03-02T09:00:00+00:00")


def at(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


RECORD = {
    "interaction_id": "i1",
    "started_at": at(0),
    "as_of": at(600),
    "channel": "phone",
    "events": [
        {"at": at(100), "kind": "message", "actor": "customer", "text": "Hello?"},
        {"at": at(200), "kind": "greeted", "actor": "staff"},
        {"at": at(400), "kind": "served", "actor": "staff"},
        {"at": at(450), "kind": "transferred", "actor": "staff"},
        {"at": at(500), "kind": "transferred", "actor": "staff"},
    ],
}


@pytest.fixture(scope="module")
def model(work):
    import forestall

    return forestall.load(work.champion, tracking_uri=work.tracking_uri).risk_model


def features(model, record):
    return model.features([record]).row(0, named=True)


def times(record):
    return {
        event["kind"]: (datetime.fromisoformat(event["at"]) - START).total_seconds()
        for event in record["events"]
    }


def changed(model, seconds=600.0, **changes):
    otherwise = ask(model, RECORD, changes)
    return otherwise.record(RECORD, round((START + timedelta(seconds=seconds)).timestamp() * 1e6)), otherwise


def test_what_follows_from_a_shorter_wait_changes_with_it(model):
    before = features(model, RECORD)
    record, otherwise = changed(model, service_wait_s=60)
    after = features(model, record)
    assert otherwise.changes == {"service_wait_s": 60.0}
    assert (before["service_wait_s"], after["service_wait_s"]) == (400, 60)
    assert after["service_wait_ratio"] == pytest.approx(before["service_wait_ratio"] * 60 / 400)
    assert (before["service_total_s"], after["service_total_s"]) == (600, 260)
    assert after["service_served_s"] == before["service_served_s"] == 200
    assert times(record) == {"message": 15, "greeted": 30, "served": 60, "transferred": 160}


def test_a_customer_who_still_waits_has_waited_for_so_long(model):
    waiting = {**RECORD, "as_of": at(300), "events": RECORD["events"][:2]}
    otherwise = ask(model, waiting, {"service_wait_s": 150})
    record = otherwise.record(waiting, round((START + timedelta(seconds=300)).timestamp() * 1e6))
    assert datetime.fromisoformat(record["as_of"]) == START + timedelta(seconds=150)
    assert features(model, record)["service_wait_s"] == 150
    assert features(model, record)["service_is_waiting"] == 1


def test_each_moment_has_its_own_changed_time(model):
    _, otherwise = changed(model, service_wait_s=60)
    moved = [
        otherwise.time(round((START + timedelta(seconds=s)).timestamp() * 1e6)) / 1e6 - START.timestamp()
        for s in (0, 200, 400, 600)
    ]
    assert moved == pytest.approx([0, 30, 60, 260], abs=1e-5)


def test_a_greeting_moves_alone_and_is_added_where_there_was_none(model):
    record, _ = changed(model, greeting_greet_s=20)
    assert times(record) == {"message": 100, "greeted": 20, "served": 400, "transferred": 500}
    assert features(model, record)["greeting_greet_s"] == 20
    ignored = {**RECORD, "events": [event for event in RECORD["events"] if event["kind"] != "greeted"]}
    added = ask(model, ignored, {"greeting_greet_s": 20}).record(
        ignored, round((START.timestamp() + 600) * 1e6)
    )
    assert features(model, added)["greeting_greeted"] == 1


def test_fewer_transfers_keep_the_first_ones(model):
    record, _ = changed(model, resolution_transfer_n=1)
    assert times(record)["transferred"] == 450
    assert features(model, record)["resolution_transfer_n"] == 1
    assert features(model, record)["resolution_hands_n"] == 1


def test_a_column_is_replaced_and_an_unknown_text_is_said(model):
    record, otherwise = changed(model, expectation_channel="pigeon")
    assert record["channel"] == "pigeon"
    assert otherwise.bounded == [
        "expectation_channel: training does not know this value; it counts as an average one"
    ]


def test_a_value_beyond_training_is_bounded_and_said(model):
    _, otherwise = changed(model, service_wait_s=9e8)
    (said,) = otherwise.bounded
    longest = otherwise.changes["service_wait_s"]
    assert longest < 1e7
    assert said.endswith(f"; {longest:g} is taken")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "must change at least one fact"),
        ({"service_wait": 60}, "did you mean 'service_wait_s'"),
        ({"service_wait_ratio": 1}, "can't be changed by itself, because it follows from other facts"),
        ({"service_wait_s": -1}, "must be a number between 0 and"),
        ({"service_wait_s": "soon"}, "must be a number between 0 and"),
        ({"service_wait_s": float("nan")}, "must be a number between 0 and"),
        ({"service_wait_s": True}, "must be a number between 0 and"),
        ({"resolution_transfer_n": 1.5}, "must be a whole number"),
        ({"resolution_reopened_n": 1}, "at most 0, as often as it has happened"),
        ({"service_human_wait_s": 5}, "what it is counted from has not happened"),
        ({"greeting_greet_s": 700}, "at most 600, the seconds until the moment"),
        ({"expectation_channel": 4}, "must be a text"),
    ],
)
def test_what_cannot_be_asked_is_said(model, changes, said):
    with pytest.raises(UsageError, match=said):
        ask(model, RECORD, changes)


def test_without_a_start_there_is_no_question(model):
    with pytest.raises(UsageError, match="needs an interaction with started_at"):
        ask(model, {**RECORD, "started_at": None}, {"service_wait_s": 60})


def test_each_fact_is_a_feature_and_its_change_is_that_feature():
    known = columns_of(FAMILIES)
    assert set(FACTS) <= set(known)
