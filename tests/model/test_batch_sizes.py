"""Records score alike in a batch of any size: a few are computed in Python, some with NumPy, many with Polars."""

import json
import random
from typing import Any

import polars as pl
import pytest

import forestall
from companies import random_moments
from forestall.errors import InputError
from forestall.model import RiskModel
from forestall.moment_features.feature_plan import FEW, SOME, VERY_FEW
from forestall.registry import load
from workshop import Work

Records = list[dict[str, Any]]
N = 260
SIZES = [VERY_FEW, VERY_FEW + 1, 19, 20, 21, FEW, FEW + 1, N]


@pytest.fixture(scope="module")
def model(work: Work) -> RiskModel:
    return load(work.champion, work.tracking_uri).risk_model


@pytest.fixture(scope="module")
def records(work: Work) -> Records:
    """Return records of all stages, as programs write them: each with the same fields."""
    tables = forestall.read_tables(work.data)
    return forestall.records(tables, random_moments(tables, N, seed=5))


@pytest.fixture(scope="module")
def odd(records: Records) -> Records:
    """Return the records with fields left out, or in another legal form."""
    draw = random.Random(5)
    return [changed(record, draw) for record in records]


def changed(record: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    kept = ("interaction_id", "started_at", "events")
    fields = [field for field in record.items() if field[0] in kept or draw.random() > 0.15]
    draw.shuffle(fields)
    made = dict(fields)
    for name in ("venue", "locale", "price", "promised_at", "as_of"):
        if draw.random() < 0.1:
            made[name] = draw.choice([None, "", "  ", float("nan")])
    if draw.random() < 0.1:
        made["price"] = draw.choice(["12.5", 12, "$7"])
    if draw.random() < 0.1:
        made["customer_id"] = draw.choice([12.0, True, "Søren"])
    made["events"] = [changed_event(event, draw) for event in record["events"]]
    if draw.random() < 0.2:
        made["events"] = json.dumps(made["events"])
    return made


def changed_event(event: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    made = {name: value for name, value in event.items() if value is not None or draw.random() < 0.5}
    if draw.random() < 0.1:
        made["at"] = draw.choice(
            [event["at"].replace("T", " "), event["at"].replace("+00:00", "Z"), None, "2020-01-01"]
        )
    if draw.random() < 0.05:
        made["kind"] = draw.choice(["no word", None, "Served"])
    if draw.random() < 0.05:
        made["value"] = draw.choice(["7.5", float("inf"), 3])
    return made


@pytest.mark.parametrize("which", ["records", "odd"])
def test_a_batch_scores_as_its_records_one_by_one(
    model: RiskModel, request: pytest.FixtureRequest, which: str
) -> None:
    some: Records = request.getfixturevalue(which)
    one_by_one = pl.concat([model.score([record]) for record in some])
    assert one_by_one["dissatisfaction_risk"].n_unique() > 100
    for n in SIZES:
        assert model.score(some[:n]).equals(one_by_one[:n], null_equal=True), f"{n} records"


def test_many_records_score_as_some_do(model: RiskModel, odd: Records) -> None:
    """More than LightGBM predicts on one thread, and than NumPy computes."""
    expected = model.score(odd)
    many = model.score(odd * (SOME // N + 1))
    for begin in range(0, many.height, N):
        assert many[begin : begin + N].equals(expected, null_equal=True)


def test_reasons_do_not_change_a_score(model: RiskModel, odd: Records) -> None:
    plain = ["dissatisfaction_risk", "risk_low", "risk_high", "risk_band", "expected_loss", "data_quality"]
    for n in (1, VERY_FEW + 1, N):
        told = model.score(odd[:n], reasons=True).select(plain)
        assert told.equals(model.score(odd[:n]).select(plain), null_equal=True)


A_TIME = "must be a time, such as 2026-11-02T09:00:00Z"
WRONG = {
    f"events.at {A_TIME}": {"events": [{"at": "yesterday", "kind": "served"}]},
    f"events.at {A_TIME} ": {"events": [{"at": "2026-02-30T09:00:00Z", "kind": "served"}]},
    "events.value must be a number": {"events": [{"at": "2026-01-01T09:00:00Z", "kind": "served", "value": "much"}]},
    "events.kind must be a string": {"events": [{"at": "2026-01-01T09:00:00Z", "kind": ["served"]}]},
    "events must be a list of objects": {"events": [{"at": "2026-01-01T09:00:00Z"}, 5]},
    "events must be a list of objects ": {"events": {"at": "2026-01-01T09:00:00Z"}},
    "events must be valid JSON": {"events": "[{"},
    f"history.started_at {A_TIME}": {"history": [{"started_at": 5}]},
    "queue must be an object": {"queue": [1]},
    "queue.n_waiting must be a number": {"queue": {"n_waiting": "many"}},
    "price must be a number": {"price": "dear"},
    f"as_of {A_TIME}": {"as_of": "soon"},
}  # fmt: skip


@pytest.mark.parametrize("said", WRONG)
def test_a_wrong_record_is_named_in_a_batch_of_any_size(
    model: RiskModel, records: Records, said: str
) -> None:
    for n in (3, 40, N):
        batch = records[:n]
        batch[n // 2] = {**batch[n // 2], **WRONG[said]}
        batch[n - 1] = {**batch[n - 1], **WRONG[said]}  # the first is named
        with pytest.raises(InputError) as error:
            model.score(batch)
        assert str(error.value) == f"record {n // 2}: {said.strip()}"
