"""Fields of requests that are nearly those that are read: counted at times, named once, and never repeated."""

from __future__ import annotations

import logging
from collections import Counter
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from servers import Server, until

from forestall.model.context import Context
from forestall.server.misspelt_fields import MisspeltFields

EVENT = {"at": "2026-01-05T10:00:00Z", "kind": "served", "actor": "staff", "text": "Hello", "value": 1}
RECORD = {"interaction_id": "a", "started_at": "2026-01-05T09:00:00Z", "events": [EVENT]}
MODEL: Any = SimpleNamespace(
    spec=SimpleNamespace(context=Context(categorical=["Plan"])), attributes={"values": "number"}
)


def looked_at(body: bytes, every_s: float = 0) -> list[str]:
    counts: Counter[str] = Counter()
    MisspeltFields(lambda field: counts.update([field]), every_s).look(body, MODEL)
    return sorted(counts)


def records(record: dict[str, Any], **more: Any) -> bytes:
    return orjson.dumps({"dataframe_records": [record, {}], **more})


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (records(RECORD), []),
        (records({**RECORD, "colour": 1, "ticket": {"id": 1}}), []),
        (records({"interaction_id": "a", "event": [EVENT]}), ["events"]),
        (records({**RECORD, "customerId": "c", "plan": 1}), ["Plan", "customer_id"]),
        (records({**RECORD, "events": [{**EVENT, "values": 2}]}), []),  # an attribute of the model
        (records({**RECORD, "events": [{"at": "", "kind": "", "actr": ""}]}), ["events.actor"]),
        (records(RECORD, parms={"reasons": True}), ["params"]),
        (records(RECORD, params=None, changes=None, param=1), []),
        (orjson.dumps({"dataframe_split": {"columns": ["chanel"], "data": []}}), ["channel"]),
        (records({**RECORD, **{f"customer_id{i}": 1 for i in range(60)}}), []),
        (records({**RECORD, "customer_id" + "x" * 60: 1}), []),
        (b'{"dataframe_records": [{"chanel": NaN}]}', []),  # what MLflow alone reads is not looked at
        (b'{"dataframe_records": []}', []),
        (b'{"dataframe_records": [1]}', []),
        (b"[]", []),
        (b"\xff", []),
    ],
)
def test_the_known_field_that_is_nearly_there_is_counted(body: bytes, found: list[str]) -> None:
    assert looked_at(body) == found


def test_a_field_is_named_once_and_the_words_of_a_request_never(caplog: pytest.LogCaptureFixture) -> None:
    counts: Counter[str] = Counter()
    fields = MisspeltFields(lambda field: counts.update([field]), every_s=0)
    for name in ("chanel", "channell", "chanel"):
        fields.look(records({**RECORD, name: "x"}), MODEL)
    assert counts == {"channel": 3}
    assert [one.levelno for one in caplog.records] == [logging.WARNING]
    assert "a request lacks channel," in caplog.text
    assert "chanel" not in caplog.text


def test_requests_soon_after_one_are_not_looked_at() -> None:
    counts: Counter[str] = Counter()
    fields = MisspeltFields(lambda field: counts.update([field]), every_s=60)
    fields.look(records(RECORD), MODEL)
    fields.look(records({**RECORD, "chanel": "x"}), MODEL)
    assert not counts


def test_a_server_counts_them(server: Server, records: list[dict[str, Any]]) -> None:
    """It answers all the same, small requests and large ones, and looks at one of them in a second."""
    wrong = {name: value for name, value in records[0].items() if name not in ("channel", "customer_id")}

    def is_counted(n: int, field: str) -> bool:
        assert server.score([{**wrong, field + "_": "x"}, *records[1:n]]).status == 200
        return f'forestall_misspelt_fields_total{{field="{field}"}}'.encode() in server.get("/metrics").body

    until(lambda: is_counted(1, "channel"))
    until(lambda: is_counted(100, "customer_id"))
