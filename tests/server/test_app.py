"""A live server gives the model's own scores, and refuses what it cannot read."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from near import assert_near
from servers import SECRET, Answer, Server, ask_app, assert_signed, refusal_of

import forestall
from forestall.registry import LoadedModel
from forestall.registry.score_rows import SCORE_SCHEMA
from forestall.server import app as server_app
from forestall.server.app import SMALL_BODY, create_app
from forestall.server.model_follower import ModelFollower
from forestall.server.settings import Settings
from workshop import Work


@pytest.mark.parametrize("n", [1, 300])
def test_scores_are_those_of_the_model_in_process(
    server: Server, model: LoadedModel, records: list[dict[str, Any]], n: int
) -> None:
    answer = server.score(records[:n])
    assert answer.status == 200
    assert_signed(answer)
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


def test_reasons_are_given_on_request(
    server: Server, model: LoadedModel, records: list[dict[str, Any]]
) -> None:
    plain, told = server.score(records[:20]).json, server.score(records[:20], reasons=True).json
    assert all(row["reasons"] is None and row["contribution_base"] is None for row in plain["predictions"])
    expected = model.score(records[:20], reasons=True)
    # the server computes contributions of so many rows by a compiled loop, this process by LightGBM
    for name in ("reasons", "contribution_service"):
        assert_near([row[name] for row in told["predictions"]], expected[name].to_list())


def test_reasons_are_in_the_language_of_the_request(
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


def test_no_records_give_no_rows(server: Server) -> None:
    assert server.score([]).json == {"predictions": []}


def test_ping_health_and_version_answer_as_mlflow_does(server: Server) -> None:
    ping, health, version = (server.get(path) for path in ("/ping", "/health", "/version"))
    assert (ping.status, ping.body, ping.headers["content-type"]) == (200, b"\n", "application/json")
    assert health.json == {"status": "ok", "model_name": "quick-risk", "model_version": "1", "problem": None}
    assert version.body.decode().count(".") == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"started_at": SECRET}, "started_at must be a time"),
        ({"started_at": 1767571200}, "started_at must be a time, such as 2026-11-02T09:00:00Z"),
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
def test_an_invalid_value_is_named_by_record_and_field(
    server: Server, records: list[dict[str, Any]], change: dict[str, Any], field: str
) -> None:
    for path in ("/invocations", "/explain"):
        wrong = [*([records[0]] if path == "/invocations" else []), records[1] | change]
        message = refusal_of(server.post(path, {"dataframe_records": wrong}), 400)
        assert message.startswith(f"record {len(wrong) - 1}: {field}")


@pytest.mark.parametrize("path", ["/invocations", "/explain"])
@pytest.mark.parametrize("field", ["events", "history", "queue"])
@pytest.mark.parametrize("inner", ["[]", "[" * 50_000, SECRET])
def test_json_within_json_within_json_is_refused(server: Server, path: str, field: str, inner: str) -> None:
    record = {"interaction_id": "a", "started_at": "2026-11-02T09:00:00Z", field: json.dumps(inner)}
    message = refusal_of(server.post(path, {"dataframe_records": [record]}), 400)
    assert message == f"record 0: {field} must be valid JSON, encoded once"


def small_body(record: dict[str, Any]) -> dict[str, Any]:
    events = [{"at": "2026-11-02T09:00:00Z", "kind": "a"}]
    small = {"interaction_id": "a", "started_at": "2026-11-02T09:00:00Z", "events": events}
    split = {"dataframe_split": {"columns": list(small), "data": [list(small.values())] * 120}}
    assert len(json.dumps(split)) < SMALL_BODY
    return split | {"params": {"reasons": True}}


def large_body(record: dict[str, Any]) -> dict[str, Any]:
    return {"dataframe_records": [record] * 300}


def one_record(record: dict[str, Any]) -> dict[str, Any]:
    return {"dataframe_records": [record]}


@pytest.mark.parametrize(
    ("path", "body_of", "step"),
    [
        ("/invocations", small_body, "score"),
        ("/invocations", large_body, "score"),
        ("/invocations", large_body, "read_plain_request"),
        ("/explain", one_record, "explain"),
    ],
)
def test_others_are_answered_while_a_long_answer_is_made(
    work: Work,
    records: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    body_of: Callable[[dict[str, Any]], dict[str, Any]],
    step: str,
) -> None:
    other_is_answered = threading.Event()
    begun: list[bool] = []
    made = getattr(server_app, step)

    def wait_and_make(*arguments: Any) -> Any:
        begun.append(True)
        assert other_is_answered.wait(20)
        return made(*arguments)

    async def ask_both() -> tuple[Answer, Answer]:
        long = asyncio.create_task(ask_app(app, "POST", path, body_of(records[0])))
        while not begun:
            await asyncio.sleep(0)
        ping = await ask_app(app, "GET", "/ping")
        assert not long.done()
        other_is_answered.set()
        return ping, await long

    monkeypatch.setattr(server_app, step, wait_and_make)
    settings = Settings(model_uri="models:/quick-risk/1", tracking_uri=work.tracking_uri)
    app = create_app(settings, ModelFollower.load(settings.model_uri, settings.tracking_uri))
    ping, answer = asyncio.run(ask_both())
    assert (ping.status, answer.status) == (200, 200)
