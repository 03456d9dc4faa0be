"""A live server: the model's own scores, signed; and every refusal in one form."""

from __future__ import annotations

import json
import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from servers import JSON, Answer, Server, ask, until

import forestall
from forestall.registry import LoadedModel
from forestall.registry.score_rows import SCORE_SCHEMA
from forestall.server.app import SMALL_BODY
from forestall.server.errors import CODES
from workshop import Work

SECRET = "Jane-Doe-4711"


def check_signed(answer: Answer) -> None:
    assert (answer.headers["x-model-name"], answer.headers["x-model-version"]) == ("quick-risk", "1")


def check_refused(answer: Answer, status: int) -> str:
    """Check the form of a refusal, and give its message."""
    assert answer.status == status, answer.body
    assert list(answer.json) == ["error_code", "message"]
    assert answer.json["error_code"] == CODES[status]
    assert SECRET not in str(answer.json) + str(answer.headers)
    check_signed(answer)
    return str(answer.json["message"])


@pytest.mark.parametrize("n", [1, 300])
def test_scores_are_those_of_the_model_in_process(
    server: Server, model: LoadedModel, records: list[dict[str, Any]], n: int
) -> None:
    answer = server.score(records[:n])
    assert answer.status == 200
    check_signed(answer)
    expected = model.score(records[:n])
    assert answer.risks == expected["dissatisfaction_risk"].to_list()
    told = answer.json["predictions"]
    assert list(told[0]) == list(SCORE_SCHEMA)
    assert [row["risk_band"] for row in told] == expected["risk_band"].to_list()
    assert {(row["model_name"], row["model_version"], row["run_id"]) for row in told} == {
        ("quick-risk", "1", None)
    }
    if n > 1:
        assert len(set(answer.risks)) > 50


def test_online_equals_batch(server: Server, model: LoadedModel, work: Work) -> None:
    tables = forestall.read_tables(work.data)
    moments = (
        tables.events.sample(250, seed=3).select("interaction_id", as_of="at").unique(maintain_order=True)
    )
    batch = model.score(tables, moments=moments)["dissatisfaction_risk"].to_list()
    online = server.score(forestall.records(tables, moments)).risks
    assert online == pytest.approx(batch, abs=1e-12)
    assert len(set(batch)) > 100


def test_reasons_are_given_when_asked_for(
    server: Server, model: LoadedModel, records: list[dict[str, Any]]
) -> None:
    plain, told = server.score(records[:20]).json, server.score(records[:20], reasons=True).json
    assert all(row["reasons"] is None and row["contribution_base"] is None for row in plain["predictions"])
    expected = model.score(records[:20], reasons=True)
    assert [row["reasons"] for row in told["predictions"]] == expected["reasons"].to_list()
    assert [row["contribution_service"] for row in told["predictions"]] == expected[
        "contribution_service"
    ].to_list()


def test_reasons_are_told_in_the_language_that_is_asked_for(
    server: Server, model: LoadedModel, records: list[dict[str, Any]]
) -> None:
    told = server.score(records[:5], reasons=True, language="da").json["predictions"]
    expected = model.score(records[:5], reasons=True, language="da")["reasons"].to_list()
    assert [row["reasons"] for row in told] == expected
    assert expected != model.score(records[:5], reasons=True)["reasons"].to_list()


def test_columns_with_rows_score_as_records_do(server: Server, records: list[dict[str, Any]]) -> None:
    split = {"columns": list(records[0]), "data": [list(one.values()) for one in records[:5]]}
    assert server.post("/invocations", {"dataframe_split": split}).risks == server.score(records[:5]).risks
    as_json = [one | {"events": json.dumps(one["events"])} for one in records[:5]]
    assert server.score(as_json).risks == server.score(records[:5]).risks


def test_no_record_is_no_score(server: Server) -> None:
    assert server.score([]).json == {"predictions": []}


def test_it_says_that_it_is_there_as_mlflow_does(server: Server) -> None:
    ping, health, version = (server.get(path) for path in ("/ping", "/health", "/version"))
    assert (ping.status, ping.body, ping.headers["content-type"]) == (200, b"\n", "application/json")
    assert health.json == {"status": "ok", "model_name": "quick-risk", "model_version": "1", "problem": None}
    assert version.body.decode().count(".") == 2


def test_it_says_what_it_serves(server: Server, model: LoadedModel, work: Work) -> None:
    told = server.get("/model").json
    assert (told["name"], told["version"], told["alias"]) == ("quick-risk", "1", None)
    assert told["run_id"] == work.report.run_id
    assert told["label"] == {"scale": [1, 5], "dissatisfied_at_or_below": 2, "horizon_days": 30}
    assert told["standards"]["default"] == 90
    assert [one["name"] for one in told["features"]] == list(model.risk_model.columns)
    described = dict(forestall.dictionary().select("column", "description").iter_rows())
    assert {one["name"]: one["description"] for one in told["features"]} == described
    assert (
        told["data_window"]["train_from"]
        < told["data_window"]["train_until"]
        < told["data_window"]["test_until"]
    )
    assert 0.5 < told["metrics"]["auc"] < 1
    assert len(told["schema_hash"]) == 64


def test_one_record_is_explained_moment_by_moment(server: Server, records: list[dict[str, Any]]) -> None:
    record = max(records, key=lambda one: len(one["events"]))
    told = server.post("/explain", {"dataframe_records": [record]}).json
    times = [moment["as_of"] for moment in told["moments"]]
    assert times == sorted(set(times))
    assert 3 < len(times) <= 1 + len(record["events"])
    last = told["moments"][-1]
    (row,) = server.score([record], reasons=True).json["predictions"]
    assert last["dissatisfaction_risk"] == row["dissatisfaction_risk"]
    assert last["reasons"] == row["reasons"]
    for moment in told["moments"][:-1]:  # a fact from after a moment changes nothing
        known = [event for event in record["events"] if event["at"] <= moment["as_of"]]
        staff = record["staff"] if any(event["actor"] in ("staff", "manager") for event in known) else None
        then = record | {"as_of": moment["as_of"], "events": known, "queue": None, "staff": staff}
        assert server.score([then]).risks == [moment["dissatisfaction_risk"]]


def test_an_explanation_is_of_one_record(server: Server, records: list[dict[str, Any]]) -> None:
    check_refused(server.post("/explain", {"dataframe_records": records[:2]}), 400)
    start = "2026-11-02T09:{:02d}:{:02d}Z"
    events = [{"at": start.format(*divmod(second, 60)), "kind": "message"} for second in range(600)]
    record = {"interaction_id": "a", "started_at": start.format(0, 0), "events": events}
    assert "600" in check_refused(server.post("/explain", {"dataframe_records": [record]}), 422)


def answered_beside_others(server: Server, path: str, body: dict[str, Any]) -> Answer:
    """Give the answer to a request that takes a while, and check that others are answered meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        long = pool.submit(server.post, path, body)
        n_pings = 0
        while not long.done():
            assert server.get("/ping").status == 200
            n_pings += not long.done()
    assert n_pings > 3
    return long.result()


def test_others_are_answered_while_a_long_explanation_is_made(
    server: Server, records: list[dict[str, Any]]
) -> None:
    start = "2026-11-02T09:{:02d}:{:02d}Z"
    events = [{"at": start.format(*divmod(second, 60)), "kind": "message"} for second in range(300)]
    record = {"interaction_id": "a", "started_at": start.format(0, 0), "events": events}
    long = answered_beside_others(server, "/explain", {"dataframe_records": [record]})
    assert len(long.json["moments"]) == 300


def test_the_examples_of_the_documentation_work(server: Server) -> None:
    paths = server.get("/openapi.json").json["paths"]
    assert {"/invocations", "/explain", "/ping", "/health", "/version", "/model", "/metrics"} == set(paths)
    for path in ("/invocations", "/explain"):
        for example in paths[path]["post"]["requestBody"]["content"]["application/json"]["examples"].values():
            answer = server.post(path, example["value"])
            assert answer.status == 200
            rows = answer.json.get("predictions") or answer.json["moments"]
            assert 0 < rows[-1]["dissatisfaction_risk"] < 1


def test_the_documentation_needs_no_other_host(server: Server) -> None:
    page = server.get("/docs").body.decode()
    assert "https://" not in page
    assert server.get("/static-offline-docs/swagger-ui-bundle.js").status == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("GET", f"/{SECRET}?a={SECRET}", None, {}, 404),
        ("GET", "/invocations", None, {}, 405),
        ("DELETE", "/ping", None, {}, 405),
        ("POST", "/invocations", SECRET.encode(), JSON, 400),
        ("POST", "/invocations", SECRET.encode(), {"content-type": f"text/{SECRET}"}, 415),
        ("POST", "/invocations", b"a" * 33_600_000, JSON, 413),
        (
            "POST",
            "/invocations",
            b'{"dataframe_records": [' + b'{"interaction_id":1},' * 10_000 + b"{}]}",
            JSON,
            422,
        ),
    ],
)
def test_every_refusal_has_one_form(
    server: Server, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    check_refused(ask(server.port, method, path, body, headers), status)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"started_at": SECRET}, "started_at must be a time"),
        ({"price": SECRET}, "price must be a number"),
        ({"is_commodity": SECRET}, "is_commodity must be true or false"),
        ({"channel": [SECRET]}, "channel must be a string"),
        ({"events": [{"at": SECRET, "kind": "served"}]}, "events.at must be a time"),
        ({"history": {"a": SECRET}}, "history must be a list of objects"),
        ({"queue": [SECRET]}, "queue must be an object"),
        ({"as_of": "0001-01-01T00:00:00+14:00"}, "as_of must be a time"),
        ({"interaction_id": " "}, "interaction_id must be given"),
        ({"interaction_id": float("nan")}, "interaction_id must be given"),
    ],
)
def test_a_mistake_names_record_and_field(
    server: Server, records: list[dict[str, Any]], change: dict[str, Any], field: str
) -> None:
    for path in ("/invocations", "/explain"):
        wrong = [*([records[0]] if path == "/invocations" else []), records[1] | change]
        message = check_refused(server.post(path, {"dataframe_records": wrong}), 400)
        assert message.startswith(f"record {len(wrong) - 1}: {field}")


@pytest.mark.parametrize("path", ["/invocations", "/explain"])
@pytest.mark.parametrize("field", ["events", "history", "queue"])
@pytest.mark.parametrize("inner", ["[]", "[" * 50_000, SECRET])
def test_json_within_json_within_json_is_refused(server: Server, path: str, field: str, inner: str) -> None:
    record = {"interaction_id": "a", "started_at": "2026-11-02T09:00:00Z", field: json.dumps(inner)}
    message = check_refused(server.post(path, {"dataframe_records": [record]}), 400)
    assert message == f"record 0: {field} must be valid JSON, encoded once"


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
    told = server.post("/explain", {"dataframe_records": [record]}).json["moments"]
    assert [(one["as_of"], one["happened"]) for one in told] == [
        ("2026-11-02T09:00:00+00:00", None),
        ("2026-11-02T09:01:00+00:00", "greeted"),
        ("2026-11-03T23:59:59.999999+00:00", "closed"),
    ]
    for moment in told[1:]:
        (row,) = server.score([record | {"as_of": moment["as_of"], "queue": None}]).risks
        assert row == moment["dissatisfaction_risk"]


@pytest.mark.parametrize(
    "odd", [{"started_at": float("nan")}, {"started_at": ""}, {"events": float("nan")}, {"started_at": None}]
)
def test_what_is_not_told_is_explained_too(server: Server, odd: dict[str, Any]) -> None:
    events = [{"at": "2026-11-02T09:01:00Z", "kind": "arrived"}]
    record = {"interaction_id": "a", "started_at": "2026-11-02T09:00:00Z", "events": events} | odd
    (moment,) = server.post("/explain", {"dataframe_records": [record]}).json["moments"]
    assert moment["data_quality"] == "abstained"
    assert moment["dissatisfaction_risk"] is None


def test_many_records_in_a_small_body_hold_up_nobody(server: Server) -> None:
    events = [{"at": "2026-11-02T09:00:00Z", "kind": "a"}]
    record = {"interaction_id": "a", "started_at": "2026-11-02T09:00:00Z", "events": events}
    split = {"columns": list(record), "data": [list(record.values())] * 120}
    assert len(json.dumps({"dataframe_split": split})) < SMALL_BODY
    body = {"dataframe_split": split, "params": {"reasons": True}}
    assert len(answered_beside_others(server, "/invocations", body).json["predictions"]) == 120


def test_it_counts_what_it_did(server: Server, records: list[dict[str, Any]]) -> None:
    def counts() -> dict[str, float]:
        lines = server.get("/metrics").body.decode().splitlines()
        return {
            name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")
        }

    other = 'forestall_requests_total{route="other",status="404"}'
    before = counts()
    risks = server.score([*records[:9], {"interaction_id": "a"}]).risks
    server.get(f"/{SECRET}")
    until(lambda: counts().get(other, 0) > before.get(other, 0))
    after = counts()

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown('forestall_requests_total{route="/invocations",status="200"}') == 1
    assert grown(other) == 1
    assert grown('forestall_request_seconds_count{route="/invocations"}') == 1
    assert grown('forestall_records_total{data_quality="abstained"}') == 1
    assert grown("forestall_risk_count") == 9
    assert grown("forestall_risk_sum") == pytest.approx(math.fsum(risks[:9]))
    assert sum(grown(name) for name in after if name.startswith("forestall_risk_band_total")) == 9
    assert after['forestall_model_serving{name="quick-risk",version="1"}'] == 1
    assert not any(SECRET in name for name in after)


def test_it_answers_others_while_a_large_batch_is_scored(
    server: Server, records: list[dict[str, Any]]
) -> None:
    done: list[Answer] = []
    batch = threading.Thread(target=lambda: done.append(server.score(records * 15)))
    batch.start()
    waits = []
    while not done:
        begin = time.perf_counter()
        assert server.get("/ping").status == 200
        waits.append(time.perf_counter() - begin)
    batch.join()
    assert done[0].risks[:300] == done[0].risks[300:600]
    assert len(waits) > 5
    assert sorted(waits)[len(waits) // 2] < 0.1  # a single one may be held up by what else the machine does


def test_no_log_holds_what_customers_sent(server: Server, records: list[dict[str, Any]]) -> None:
    server.score([records[0] | {"interaction_id": SECRET, "customer_id": SECRET, "price": SECRET}])
    server.score([records[0] | {"interaction_id": SECRET, "staff": SECRET, "venue": SECRET}], reasons=True)
    server.get(f"/{SECRET}?customer={SECRET}")
    until(lambda: "GET other 404" in server.log.read_text())
    said = server.log.read_text()
    assert "POST /invocations 400" in said
    assert SECRET not in said
