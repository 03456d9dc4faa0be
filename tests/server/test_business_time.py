"""A model with calendars: the same business time and risk in batch, for a record and over HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from servers import forestall_serve

import forestall
from forestall.model import RiskModel, Spec
from forestall.moment_features import open_calendars
from forestall.registry import load
from forestall.registry.package import log_package, save_risk_model
from forestall.registry.tracking import connect, running
from forestall.training.learn import learn

CALENDARS = {
    "office": {"timezone": "Europe/Copenhagen", "hours": {"mon-fri": "09:00-18:00"}, "holidays": "DK"},
    "calls": {
        "timezone": "America/New_York",
        "hours": {"mon-fri": "09:00-18:00"},
        "for": {"channels": ["phone"]},
    },
}
SPEC = Spec(
    name="open",
    label={"scale": [1, 5], "dissatisfied_at_or_below": 2},
    moments={"per_interaction": 2},
    lightgbm={"learning_rate": 0.1, "num_leaves": 7},
    gate={"min_labelled": 100, "min_dissatisfied": 20},
    families=["service", "resolution"],
    calendars=CALENDARS,
)
# Fridays before a weekend in which the clocks change, and one of winter
FRIDAYS = [("email", (2026, 3, 27)), ("email", (2026, 10, 23)), ("email", (2026, 2, 6)), ("phone", (2026, 3, 6)),
           ("phone", (2026, 10, 30))]  # fmt: skip


@pytest.fixture(scope="module")
def model(company: Path) -> RiskModel:
    return learn(forestall.read_tables(company), SPEC, n_jobs=2, evaluate=False).model


def tickets() -> forestall.Tables:
    """Return tickets opened on a Friday at 17:55 and answered on Monday at 9:03, by the clock of their calendar."""
    interactions, events = [], []
    for number, (channel, friday) in enumerate(FRIDAYS):
        zone = ZoneInfo(CALENDARS["calls" if channel == "phone" else "office"]["timezone"])
        opened = datetime(*friday, 17, 55)
        answered = (opened + timedelta(days=3)).replace(hour=9, minute=3)
        name = str(number)
        start, at = (one.replace(tzinfo=zone).astimezone(UTC) for one in (opened, answered))
        interactions.append({
            "interaction_id": name, "started_at": start, "channel": channel, "venue": "a",
        })  # fmt: skip
        events.append({"interaction_id": name, "at": at, "kind": "responded", "actor": "staff"})
    utc = pl.Datetime("us", "UTC")
    return forestall.Tables(
        pl.DataFrame(interactions, schema_overrides={"started_at": utc}),
        pl.DataFrame(events, schema_overrides={"at": utc}),
    )


def test_the_model_learns_from_business_time(model: RiskModel) -> None:
    own = [name for name in model.columns if "business" in name]
    assert len(own) == 14
    directions = model.estimator.directions
    assert directions["service_wait_business_s"] == directions["service_wait_s"] == 1


def test_a_ticket_of_friday_evening_is_the_same_in_batch_and_as_a_record(model: RiskModel) -> None:
    tables = tickets()
    records = json.loads(json.dumps(forestall.records(tables, forestall.default_moments(tables))))
    batch, single = model.features(tables), model.features(records)
    assert batch["service_wait_business_s"].to_list() == [480.0] * len(FRIDAYS)
    assert batch["resolution_response_business_s"].to_list() == [480.0] * len(FRIDAYS)
    assert batch.equals(single, null_equal=True)
    assert model.score(tables, reasons=True).equals(model.score(records, reasons=True), null_equal=True)


def test_a_saved_model_asks_no_library_again(
    model: RiskModel, company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = forestall.read_tables(company)
    before = model.score(tables)
    model.save(tmp_path)

    def unasked(_: str) -> Any:
        raise AssertionError("a library was asked")

    for name in ("holidays_of", "zone_offsets"):
        monkeypatch.setattr(open_calendars, name, unasked)
    monkeypatch.setattr("forestall.moment_features.calendars.check_country", unasked)
    monkeypatch.setattr("forestall.moment_features.calendars.is_zone", unasked)
    again = RiskModel.load(tmp_path)
    assert again.score(tables).equals(before, null_equal=True)
    assert again.spec == model.spec
    content = json.loads((tmp_path / "model.json").read_text())
    assert "2026-12-25" in content["calendars"]["holidays"]["DK"]
    # what travels decides, not the library of the day
    content["calendars"]["holidays"]["DK"] = []
    (tmp_path / "model.json").write_text(json.dumps(content))
    assert again.calendars is not None
    assert RiskModel.load(tmp_path).calendars.as_dict()["holidays"] == {"DK": []}


def test_a_model_without_calendars_has_none_of_it(company: Path, tmp_path: Path) -> None:
    spec = SPEC.model_copy(update={"calendars": {}, "families": ["service"]})
    plain = learn(forestall.read_tables(company), spec, n_jobs=2, evaluate=False).model
    assert not [name for name in plain.columns if "business" in name]
    plain.save(tmp_path)
    assert "calendars" not in {*json.loads((tmp_path / "model.json").read_text())}
    assert RiskModel.load(tmp_path).calendars is None


def test_the_server_answers_the_risks_of_the_batch(model: RiskModel, company: Path, tmp_path: Path) -> None:
    """A packaged model over HTTP: the tickets of Friday evening, and moments of a company with its queue and past."""
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    connect(uri)
    with running("open"):
        made = log_package(model, save_risk_model(model, tmp_path / "risk_model"))
    shop = forestall.read_tables(company)
    few = forestall.default_moments(shop).sample(200, seed=1)
    parts = [(tickets(), forestall.default_moments(tickets())), (shop, few)]
    loaded = load(made.model_uri, uri)
    with forestall_serve(made.model_uri, uri, tmp_path / "log") as server:
        assert server.get("/model").json["calendars"]["calls"]["for"] == {"channels": ["phone"], "venues": []}
        for tables, moments in parts:
            batch = loaded.risk_model.score(tables, moments=moments, reasons=True)
            answer = server.score(forestall.records(tables, moments), reasons=True)
            assert answer.status == 200
            assert answer.risks == batch["dissatisfaction_risk"].to_list()
            said = [[one["text"] for one in row["reasons"]] for row in answer.json["predictions"]]
            assert said == [[one["text"] for one in row] for row in batch["reasons"].to_list()]
