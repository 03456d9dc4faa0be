"""The gain that the gate requires: a retraining must not be worse, any other version must be better."""

from dataclasses import replace
from typing import Any

import pytest

from forestall.model.spec import Bands, Gate
from forestall.promotion.version_pair import VersionPair, required_gain, trained_until
from forestall.registry import LoadedModel, load
from forestall.registry.aliases import Version
from own_feature_modules import features_of
from workshop import Work

LATER = "2030-01-01T00:00:00+00:00"


@pytest.fixture(scope="module")
def model(work: Work) -> LoadedModel:
    return load(f"runs:/{work.report.run_id}/model", work.tracking_uri)


@pytest.fixture
def version(work: Work) -> Version:
    return Version("any", "1", work.report.run_id, {})


def changed(model: LoadedModel, spec: dict[str, Any], **info: Any) -> LoadedModel:
    """Return the model with another specification and other facts of its training."""
    own = model.risk_model
    return replace(
        model,
        risk_model=replace(own, spec=own.spec.model_copy(update=spec), info={**own.info, **info}),
    )


def test_the_same_model_retrained_on_newer_data_must_only_not_be_worse(model, version) -> None:
    def required(spec: dict[str, Any], **info: Any) -> str:
        return required_gain(VersionPair(version, version, changed(model, spec, **info), model))[0]

    n = model.info["n_labelled"]
    assert required({}) == "better"
    assert required({}, trained_until=LATER) == "not_worse"
    assert required({"seed": 8, "bands": Bands(high=0.5)}, trained_until=LATER) == "not_worse"
    assert required({"families": ["service"]}, trained_until=LATER) == "better"
    assert required({}, trained_until=LATER, n_labelled=n // 10) == "better"
    assert required({"gate": Gate(champion="better")}, trained_until=LATER) == "better"
    assert required({"gate": Gate(champion="not_worse")}) == "not_worse"


def test_a_model_with_another_own_feature_must_be_better(model, version) -> None:
    newer = changed(model, {}, trained_until=LATER)
    before, same, other = (
        replace(one, risk_model=replace(one.risk_model, own_features=features_of(value)))
        for one, value in ((model, "WAIT_S"), (newer, "WAIT_S"), (newer, "WAIT_S / 60"))
    )
    assert required_gain(VersionPair(version, version, same, before))[0] == "not_worse"
    assert required_gain(VersionPair(version, version, other, before))[0] == "better"
    assert required_gain(VersionPair(version, version, same, model))[0] == "better"


def test_the_reason_names_the_baselines_without_a_champion_and_the_code_if_it_cannot_be_run(
    model, version
) -> None:
    assert required_gain(VersionPair(version, None, model, None)) == (
        "better",
        "there is no champion: the version must be better than the baselines",
    )
    pair = VersionPair(version, version, model, None)
    assert pair.is_champion_incompatible
    required, reason = required_gain(pair)
    assert required == "not_worse"
    assert reason.startswith("the champion cannot be run with this code")


def test_the_label_of_a_champion_that_cannot_be_run_comes_from_its_run(model, version) -> None:
    assert VersionPair(version, version, model, None).old_label() == model.spec.label
    assert VersionPair(version, None, model, None).old_label() is None
    without_run = replace(version, run_id="0" * 32)
    assert VersionPair(version, without_run, model, None).old_label() is None


def test_the_end_of_the_training_data_is_a_time(model) -> None:
    assert trained_until(changed(model, {}, trained_until=LATER)).isoformat() == LATER
