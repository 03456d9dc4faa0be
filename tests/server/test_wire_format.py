"""Reading a request: its errors name record and field, never a value; and writing the answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from forestall.model.reasons import REASON_TYPE
from forestall.registry.score_rows import SCORE_SCHEMA, score_rows
from forestall.server.errors import RequestError
from forestall.server.settings import Settings
from forestall.server.wire_format import check_content_type, read_request, write_answer

SETTINGS = Settings(model_uri="models:/a/1", max_records=3, max_events=4, max_text=60)
SECRET = "Jane-Doe-4711"


def read(content: Any) -> Any:
    return read_request(content if isinstance(content, bytes) else json.dumps(content).encode(), SETTINGS)


def refusal(content: Any) -> RequestError:
    with pytest.raises(RequestError) as caught:
        read(content)
    assert SECRET not in caught.value.message
    return caught.value


def test_records_and_columns_with_rows_are_the_same() -> None:
    records = [{"interaction_id": "a", "price": 1.5}, {"interaction_id": "b", "price": None}]
    split = {"columns": ["interaction_id", "price"], "data": [["a", 1.5], ["b", None]], "index": [0, 1]}
    assert read({"dataframe_records": records}).records == records
    assert read({"dataframe_split": split}).records == records


def test_nested_fields_may_come_as_json() -> None:
    (record,) = read(
        {"dataframe_records": [{"interaction_id": "a", "events": '[{"kind": "served"}]', "queue": "null"}]}
    ).records
    assert record == {"interaction_id": "a", "events": [{"kind": "served"}], "queue": None}


def test_nan_infinities_and_lone_surrogates_are_read() -> None:
    body = (
        b'{"dataframe_records": [{"interaction_id": "\\ud800", "price": NaN, "customer_value": -Infinity}]}'
    )
    (record,) = read(body).records
    assert record["price"] != record["price"]
    assert record["customer_value"] == float("-inf")


def test_a_byte_order_mark_is_accepted() -> None:
    assert read(b"\xef\xbb\xbf" + json.dumps({"dataframe_records": []}).encode()).records == []


def test_params_ask_for_reasons() -> None:
    records = [{"interaction_id": "a"}]
    assert read({"dataframe_records": records, "params": {"reasons": True}}).reasons is True
    assert read({"dataframe_records": records, "params": None}).reasons is False


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "valid JSON"),
        (b'{"dataframe_records": [{"interaction_id"', "valid JSON"),
        (b"[" * 100_000, "valid JSON"),
        (b'{"dataframe_records": [{"interaction_id": "\xff"}]}', "valid JSON in UTF-8"),
        (json.dumps({"dataframe_records": []}).encode("utf-16"), "valid JSON in UTF-8"),
        ([], "must be a JSON object"),
        ({SECRET: 1}, "exactly one of dataframe_records and dataframe_split"),
        ({"dataframe_records": [], "dataframe_split": {}}, "exactly one of"),
        ({"dataframe_records": {"a": SECRET}}, "must be a list of objects"),
        ({"dataframe_records": [{"interaction_id": "a"}, SECRET]}, "record 1 is not an object"),
        ({"dataframe_records": [{"interaction_id": "a"}, {}]}, "record 1: interaction_id must be given"),
        (
            {"dataframe_records": [{"interaction_id": "a", "events": SECRET}]},
            "record 0: events must be valid JSON",
        ),
        (
            {"dataframe_records": [], "params": {SECRET: True}},
            "params may have only reasons and language",
        ),
        ({"dataframe_records": [], "params": [SECRET]}, "params must be an object; it may have: reasons"),
        ({"dataframe_records": [], "params": {"reasons": SECRET}}, "reasons must be true or false"),
        ({"dataframe_records": [], "params": {"language": SECRET}}, "language must be one of: af, da, en"),
        ({"dataframe_records": [], "params": {"language": [SECRET]}}, "language must be one of"),
        ({"dataframe_split": {"columns": [SECRET]}}, "columns and data"),
        ({"dataframe_split": {"columns": [1], "data": []}}, "columns must be a list of strings"),
        ({"dataframe_split": {"columns": ["a", "a"], "data": []}}, "different names"),
        ({"dataframe_split": {"columns": ["a"], "data": SECRET}}, "data must be a list of rows"),
        (
            {"dataframe_split": {"columns": ["a"], "data": [[1], [1, SECRET]]}},
            "record 1: must be a list of 1",
        ),
    ],
)
def test_an_invalid_request_is_refused_with_the_place_of_the_error(content: Any, says: str) -> None:
    error = refusal(content)
    assert error.status == 400
    assert says in error.message


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"events": [{}] * 5}, 422, "record 1: events may have 4 items"),
        ({"interaction_id": " "}, 400, "record 1: interaction_id must be given"),
        ({"interaction_id": None, "events": [{}] * 5}, 400, "record 1: interaction_id must be given"),
        ({"history": f'"{SECRET}"'}, 400, "record 1: history must be valid JSON, encoded once"),
        ({"earlier_ratings": "[{}, {}, {}, {}, {}]"}, 422, "record 1: earlier_ratings may have 4 items"),
    ],
)
def test_the_first_record_with_an_error_is_named(fields: dict[str, Any], status: int, says: str) -> None:
    """Records are checked together; what is said is what a check of each would say."""
    wrong = {"interaction_id": "b", **fields}
    error = refusal({"dataframe_records": [{"interaction_id": "a", "events": [{}] * 4}, wrong, {}]})
    assert error.status == status
    assert error.message.startswith(says)


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=UTF-8", 'application/json; charset="utf-8"']
)
def test_json_is_accepted(kind: str) -> None:
    check_content_type(kind, None)


@pytest.mark.parametrize(
    ("kind", "encoding"),
    [
        (None, None),
        ("", None),
        ("text/csv", None),
        ("application/json; charset=latin-1", None),
        ("application/json; format=pandas", None),
        ("application/json", "gzip"),
    ],
)
def test_other_content_is_refused(kind: str | None, encoding: str | None) -> None:
    with pytest.raises(RequestError) as caught:
        check_content_type(kind, encoding)
    assert caught.value.status == 415


def test_an_answer_has_the_score_rows_with_null_for_missing_values() -> None:
    moment, now = datetime(2026, 11, 2, 9, 5, 0, 123456, tzinfo=UTC), datetime(2026, 11, 2, 10, tzinfo=UTC)
    reason = {"family": "service", "feature": "service_wait_s", "contribution": 0.25, "text": "waited"}
    own = [
        name for name in SCORE_SCHEMA if name not in {"model_name", "model_version", "run_id", "scored_at"}
    ]
    row = dict.fromkeys(own) | {
        "interaction_id": "ü",
        "as_of": moment,
        "dissatisfaction_risk": 0.1,
        "reasons": [reason],
    }
    scores = pl.DataFrame(
        [row, row | {"reasons": None}], schema={**SCORE_SCHEMA, "reasons": REASON_TYPE}
    ).select(own)
    lists = scores.with_columns(pl.col("as_of").dt.timestamp("us")).to_dict(as_series=False)
    told = json.loads(write_answer(lists, "risk", "3", None, now))["predictions"]
    rows = score_rows(scores, model_name="risk", model_version="3", scored_at=now).to_dicts()
    assert [list(one) for one in told] == [list(SCORE_SCHEMA)] * 2
    assert told == [one | {"as_of": moment.isoformat(), "scored_at": now.isoformat()} for one in rows]


def test_a_moment_beyond_the_calendar_is_refused() -> None:
    told = {name: [None, None] for name in SCORE_SCHEMA} | {"as_of": [0, 300_000_000_000_000_000]}
    with pytest.raises(RequestError, match="record 1: as_of must be a time of the years 1 to 9999"):
        write_answer(told, "risk", "3", None, datetime(2026, 1, 1, tzinfo=UTC))


def test_other_keys_of_mlflow_clients_are_ignored() -> None:
    """MLflow's own server ignores them too."""
    records = [{"interaction_id": "a"}]
    assert read({"dataframe_records": records, "client_request_id": "x"}).records == records
