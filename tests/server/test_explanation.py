"""Explanations: the risk of one record, moment by moment."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from servers import Server, refusal_of

from forestall.registry import LoadedModel
from forestall.server.errors import RequestError
from forestall.server.explanation import explain
from forestall.server.settings import Settings
from forestall.server.wire_format import ScoringRequest


def test_one_record_is_explained_moment_by_moment(server: Server, records: list[dict[str, Any]]) -> None:
    record = max(records, key=lambda one: len(one["events"]))
    explanation = server.post("/explain", {"dataframe_records": [record]}).json
    times = [moment["as_of"] for moment in explanation["moments"]]
    assert times == sorted(set(times))
    assert 3 < len(times) <= 1 + len(record["events"])
    last = explanation["moments"][-1]
    (row,) = server.score([record], reasons=True).json["predictions"]
    assert last["dissatisfaction_risk"] == row["dissatisfaction_risk"]
    assert last["reasons"] == row["reasons"]
    for moment in explanation["moments"][:-1]:  # a fact from after a moment changes nothing
        known = [event for event in record["events"] if event["at"] <= moment["as_of"]]
        staff = record["staff"] if any(event["actor"] in ("staff", "manager") for event in known) else None
        then = record | {"as_of": moment["as_of"], "events": known, "queue": None, "staff": staff}
        assert server.score([then]).risks == [moment["dissatisfaction_risk"]]


def test_an_explanation_is_of_one_record_with_limited_moments(
    server: Server, records: list[dict[str, Any]]
) -> None:
    refusal_of(server.post("/explain", {"dataframe_records": records[:2]}), 400)
    start = "2026-11-02T09:{:02d}:{:02d}Z"
    events = [{"at": start.format(*divmod(second, 60)), "kind": "message"} for second in range(600)]
    record = {"interaction_id": "a", "started_at": start.format(0, 0), "events": events}
    assert "600" in refusal_of(server.post("/explain", {"dataframe_records": [record]}), 422)


def test_a_long_explanation_has_each_moment(server: Server) -> None:
    start = "2026-11-02T09:{:02d}:{:02d}Z"
    events = [{"at": start.format(*divmod(second, 60)), "kind": "message"} for second in range(300)]
    record = {"interaction_id": "a", "started_at": start.format(0, 0), "events": events}
    assert len(server.post("/explain", {"dataframe_records": [record]}).json["moments"]) == 300


def test_an_explanation_reads_a_record_as_the_model_does(server: Server) -> None:
    events = [
        {"at": "2026-11-01T09:00:00Z", "kind": "arrived"},  # a day before the start: left out
        {"at": "2026-11-02T09:00:30Z", "kind": "no word at all!"},
        {"at": "2026-11-02T09:01:00Z", "kind": "greeted", "actor": "manager"},
        {"at": "2026-11-02T09:01:00Z", "kind": "greeted", "actor": "manager"},
        {"at": float("nan"), "kind": "served"},
        {"at": "", "kind": "served"},
        {"at": "2026-11-03", "kind": "closed"},  # a day: its end
    ]
    record = {"interaction_id": "a", "started_at": "2026-11-02T09:00:00", "staff": "S1", "events": events}
    explanation = server.post("/explain", {"dataframe_records": [record]}).json["moments"]
    assert [(one["as_of"], one["happened"]) for one in explanation] == [
        ("2026-11-02T09:00:00+00:00", None),
        ("2026-11-02T09:01:00+00:00", "greeted"),
        ("2026-11-03T23:59:59.999999+00:00", "closed"),
    ]
    for moment in explanation[1:]:
        (row,) = server.score([record | {"as_of": moment["as_of"], "queue": None}]).risks
        assert row == moment["dissatisfaction_risk"]


def test_an_explanation_ends_when_nobody_waits_and_has_limited_work(
    model: LoadedModel, records: list[dict[str, Any]]
) -> None:
    settings, is_over = Settings(model_uri="models:/a/1"), threading.Event()
    record = max(records, key=lambda one: len(one["events"]))
    request = ScoringRequest([record], reasons=False, language="en")
    n = len(explain(request, model, settings, is_over)["moments"])
    is_over.set()
    with pytest.raises(RequestError) as caught:
        explain(request, model, settings, is_over)
    assert caught.value.status == 504
    items = sum(
        len(record[name] or []) for name in ("events", "history", "earlier_ratings") if name in record
    )
    small = Settings(model_uri="models:/a/1", max_work=n * items - 1)
    with pytest.raises(RequestError, match=f"those of record 0 are {n * items:,}"):
        explain(request, model, small, threading.Event())


@pytest.mark.parametrize(
    "odd", [{"started_at": float("nan")}, {"started_at": ""}, {"events": float("nan")}, {"started_at": None}]
)
def test_a_record_that_cannot_be_scored_is_explained_too(server: Server, odd: dict[str, Any]) -> None:
    events = [{"at": "2026-11-02T09:01:00Z", "kind": "arrived"}]
    record = {"interaction_id": "a", "started_at": "2026-11-02T09:00:00Z", "events": events} | odd
    (moment,) = server.post("/explain", {"dataframe_records": [record]}).json["moments"]
    assert moment["data_quality"] == "abstained"
    assert moment["dissatisfaction_risk"] is None


def test_a_what_if_question_is_answered_at_each_moment(server: Server, records: list[dict[str, Any]]) -> None:
    record = max(records, key=lambda one: len(one["events"]))
    plain = server.post("/explain", {"dataframe_records": [record]}).json
    question = {"dataframe_records": [record], "changes": {"service_wait_s": 0}}
    answer = server.post("/explain", question).json
    assert [{**moment, "what_if": None} for moment in answer["moments"]] == [
        {**moment, "what_if": None} for moment in plain["moments"]
    ]
    assert answer["what_if"]["changes"] == {"service_wait_s": 0.0}
    last = answer["moments"][-1]
    assert last["what_if"]["dissatisfaction_risk"] < last["dissatisfaction_risk"]
    assert last["what_if"]["as_of"] < last["as_of"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        [],
        {"Mrs Botha": 1},
        {"service_wait_s": "Mrs Botha"},
        {"service_wait_s": None},
        {"service_wait_ratio": 1},
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(
    server: Server, records: list[dict[str, Any]], changes: Any
) -> None:
    said = refusal_of(server.post("/explain", {"dataframe_records": records[:1], "changes": changes}), 400)
    assert "changes" in said
    assert "Botha" not in said
