"""Plain requests are read into rows of one type, and answered as they are when they are read into dicts."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

import forestall
from companies import random_moments
from forestall.model import RiskModel
from forestall.registry import LoadedModel
from forestall.server.errors import RequestError
from forestall.server.settings import Settings
from forestall.server.typed_request import read_plain_request
from forestall.server.wire_format import read_request
from workshop import Work

SETTINGS = Settings(model_uri="models:/a/1", max_records=300, max_events=60, max_text=2_000)


@pytest.fixture(scope="module")
def risk_model(model: LoadedModel) -> RiskModel:
    return model.risk_model


@pytest.fixture(scope="module")
def whole(work: Work) -> list[dict[str, Any]]:
    tables = forestall.read_tables(work.data)
    return forestall.records(tables, random_moments(tables, 150, seed=6))


def body_of(records: Any, **more: Any) -> bytes:
    return json.dumps({"dataframe_records": records, **more}, ensure_ascii=False).encode()


def assert_answered_alike(model: RiskModel, body: bytes) -> None:
    plain, other = read_plain_request(body, model, SETTINGS), read_request(body, SETTINGS)
    assert plain is not None
    assert (plain.reasons, plain.language) == (other.reasons, other.language)
    for reasons in (False, True):
        assert model.score_as_lists(plain.records, reasons=reasons) == model.score_as_lists(
            other.records, reasons=reasons
        )


def test_plain_records_are_answered_alike(risk_model: RiskModel, whole: list[dict[str, Any]]) -> None:
    for n in (1, 15, 150):
        assert_answered_alike(risk_model, body_of(whole[:n], params={"reasons": True, "language": "da"}))


def test_fields_left_out_and_further_ones_change_nothing(
    risk_model: RiskModel, whole: list[dict[str, Any]]
) -> None:
    draw = random.Random(6)
    records = [
        {name: value for name, value in one.items() if name == "interaction_id" or draw.random() > 0.15}
        | {"note": {"x": [1, "Søren", None]}, "_id": 4}
        for one in whole
    ]
    assert_answered_alike(risk_model, body_of(records, columns=["a"], note=None))


def test_values_in_odd_but_plain_forms_are_read_alike(
    risk_model: RiskModel, whole: list[dict[str, Any]]
) -> None:
    odd: list[dict[str, Any]] = [
        {"price": -0.0, "customer_value": 10**25}, {"price": 3, "venue": " "}, {"locale": "", "as_of": ""},
        {"events": []}, {"events": None, "history": None, "queue": None}, {"queue": {}}, {"as_of": "2027-01-01"},
        {"events": [{"at": "2020-01-01", "kind": "no word"}, {}]}, {"history": [{}], "earlier_ratings": [{}]},
        {"started_at": None}, {"customer_id": "Ærø\u2028😀"},
    ]  # fmt: skip
    records = [{**one, **odd[place % len(odd)]} for place, one in enumerate(whole)]
    assert_answered_alike(risk_model, body_of(records))


ONE = b'{"interaction_id": "a", "started_at": "2026-01-01T09:00:00Z", %s}'


@pytest.mark.parametrize(
    "fields",
    [
        b'"price": "12"', b'"price": NaN', b'"price": true', b'"price": 1e999', b'"customer_id": 12',
        b'"venue": "\\ud800"',
        b'"events": "[]"', b'"events": [1]', b'"events": {}', b'"queue": []', b'"history": [[]]', b'"is_commodity": 1',
        b'"events": [{"value": "7"}]', b'"interaction_id": null', b'"interaction_id": " "', b'"note": "\xff"',
        b'"\xff": 1', b'"events": [' + b",".join([b"{}"] * 61) + b"]", b'"staff": "' + b"x" * 2_001 + b'"', b'"a": 01',
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_other_way(risk_model: RiskModel, fields: bytes) -> None:
    body = b'{"dataframe_records": [' + ONE % fields + b"]}"
    assert read_plain_request(body, risk_model, SETTINGS) is None


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{}", b'{"dataframe_records": {}}', b'{"dataframe_records": [1]}', b'{"dataframe_records": [{}]}',
        b'{"dataframe_records": [], "dataframe_split": {"columns": [], "data": []}}', b'{"dataframe_records": []} x',
        b'{"dataframe_split": {"columns": ["interaction_id"], "data": [["a"]]}}',
        b"\xef\xbb\xbf" + b'{"dataframe_records": []}', body_of([{"interaction_id": "a"}] * 301), b"[" * 100_000,
    ],
)  # fmt: skip
def test_other_bodies_are_left_to_the_other_way(risk_model: RiskModel, body: bytes) -> None:
    assert read_plain_request(body, risk_model, SETTINGS) is None


def test_invalid_parameters_are_refused_with_the_same_message(risk_model: RiskModel) -> None:
    body = body_of([{"interaction_id": "a"}], params={"reasons": "yes"})
    messages = []
    for read in (
        lambda: read_plain_request(body, risk_model, SETTINGS),
        lambda: read_request(body, SETTINGS),
    ):
        with pytest.raises(RequestError) as error:
            read()
        messages.append(error.value.message)
    assert messages == ["params: reasons must be true or false"] * 2
