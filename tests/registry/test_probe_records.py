"""Probe records: made up, of every stage, with and without missing values."""

import json
from dataclasses import replace

import pytest

from forestall.model import RiskModel
from forestall.moment_features.own_kinds import OwnKinds
from forestall.moment_features.stage import STAGES
from forestall.registry import load
from forestall.registry.probe_records import N_PROBES, probe_records
from workshop import Work


@pytest.fixture(scope="module")
def model(work: Work) -> RiskModel:
    return load(work.champion, work.tracking_uri).risk_model


def test_probes_are_made_up_and_always_the_same(model: RiskModel) -> None:
    probes = probe_records(model)
    assert len(probes) == N_PROBES
    assert {record["customer_id"] for record in probes} == {None, "probe"}
    assert json.loads(json.dumps(probes)) == probes == probe_records(model)


def test_probes_reach_every_stage_with_known_and_unknown_names(model: RiskModel) -> None:
    probes = probe_records(model)
    kinds = {event["kind"] for record in probes for event in record["events"]}
    assert {"arrived", "greeted", "served", "issue_raised", "responded", "resolved", "closed"} == set(STAGES)
    assert set(STAGES) <= kinds
    venues = {record.get("venue") for record in probes}
    assert {"nowhere", None} < venues
    assert venues & set(model.facts.tables["venue"]["key"])


def test_answers_to_probes_differ_and_cover_every_quality_but_abstained(model: RiskModel) -> None:
    scores = model.score(probe_records(model))
    assert set(scores["data_quality"]) == {"ok", "partial"}
    assert scores["dissatisfaction_risk"].n_unique() > 20


def test_probes_have_what_only_some_models_read_in_most_records(model: RiskModel) -> None:
    plain = probe_records(model)
    assert not any("earlier_ratings" in record for record in plain)
    own = OwnKinds(numbers=("effort",), texts=("desk",))
    reader = replace(model, own_kinds=own, info={**model.info, "asks_again": True})
    probes = probe_records(reader)
    assert json.loads(json.dumps(probes)) == probes == probe_records(reader)
    values = [event.get("effort", "left out") for record in probes for event in record["events"]]
    assert {"left out", None} < set(values)
    assert len(set(values)) > 30
    features = reader.features(probes)
    for name in ("context_event_effort_mean", "context_event_desk_last", "resolution_rating_last"):
        assert features[name].n_unique() >= 4
    assert {"earlier_ratings" in record for record in probes} == {True, False}
