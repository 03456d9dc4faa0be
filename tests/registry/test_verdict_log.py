"""The gate's verdict as tags of the version, and as artifacts and metrics of its run."""

import json
from typing import Any

import mlflow
import pytest

from forestall.registry.aliases import Version, by_number
from forestall.registry.tracking import RegistryError
from forestall.registry.verdict_log import TAG, log_verdict


@pytest.fixture
def version(client: mlflow.MlflowClient) -> Version:
    client.create_registered_model("risk")
    run = client.create_run("0")
    client.create_model_version("risk", source=f"runs:/{run.info.run_id}/model", run_id=run.info.run_id)
    return by_number(client, "risk", "1")


def verdict(passed: bool, **figures: float) -> dict[str, Any]:
    checks = [
        {
            "check": name,
            "figure": figure,
            "must": ">=",
            "bound": 0.5,
            "passed": figure >= 0.5,
            "finding": "words",
        }
        for name, figure in figures.items()
    ]
    return {"passed": passed, "champion": None, "reasons": [] if passed else ["auc is low"], "checks": checks}


def test_a_verdict_is_written_to_the_version_and_its_run(
    client: mlflow.MlflowClient, version: Version
) -> None:
    log_verdict(client, version, verdict(False, auc=0.4, lift=float("inf")))
    tags = by_number(client, "risk", "1").tags
    assert tags[TAG] == "not passed"
    assert tags[f"{TAG}.champion"] == "none"
    assert tags[f"{TAG}.reasons"] == "auc is low"
    assert tags[f"{TAG}.auc"] == "not passed: 0.4 must >= 0.5"
    run = client.get_run(version.run_id)
    assert run.data.tags[TAG] == "not passed"
    assert run.data.metrics == {"gate/auc": 0.4}  # MLflow has no infinite metric


def test_a_later_verdict_replaces_the_tags_and_keeps_the_earlier_table(
    client: mlflow.MlflowClient, version: Version
) -> None:
    log_verdict(client, version, verdict(False, auc=0.4, lift=0.9))
    log_verdict(client, by_number(client, "risk", "1"), verdict(True, auc=0.6))
    tags = by_number(client, "risk", "1").tags
    assert tags[TAG] == "passed"
    assert f"{TAG}.reasons" not in tags
    assert f"{TAG}.lift" not in tags
    assert {one.path for one in client.list_artifacts(version.run_id, "gate")} == {
        "gate/1.json",
        "gate/2.json",
    }
    text = mlflow.artifacts.load_text(f"runs:/{version.run_id}/gate.json")
    assert json.loads(text)["passed"] is True


def test_a_missing_run_is_named(client: mlflow.MlflowClient, version: Version) -> None:
    gone = Version("risk", "1", "0" * 32, {})
    with pytest.raises(RegistryError, match=f"run {gone.run_id}: "):
        log_verdict(client, gone, verdict(True, auc=0.6))
