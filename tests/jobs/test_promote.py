"""Promotion: both kinds of comparison, concurrent promotions, failures of the log, and rollback."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import mlflow
import polars as pl
import pytest
from mlflow.exceptions import MlflowException

from companies import EXPORTED_AT
from forestall.assessment.run_content import DATA_DIGEST, DATA_PATH
from forestall.data import Tables, read_tables
from forestall.jobs.promote import promote, rollback
from forestall.jobs.train import train
from forestall.registry import RegistryError, load
from forestall.registry.aliases import by_alias, by_number
from forestall.registry.environment import OtherCodeError
from forestall.registry.registration import register_challenger
from forestall.registry.run_artifacts import artifact_text
from forestall.registry.tracking import connect
from forestall.simulation import simulate
from two_promotions import PROMOTER, promoted_here
from workshop import QUICK_MODEL, Run, Work, error_of

NAME = "rival-risk"


@pytest.fixture(scope="module")
def weak(work: Work, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the version of a model that uses the family `history` only."""
    folder = tmp_path_factory.mktemp("weak")
    text = QUICK_MODEL.replace("quick-risk", NAME) + "families: [history]\n"
    (folder / "model.yaml").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(work.folder)
        report = train(work.data, folder, tracking_uri=work.tracking_uri)
    assert report.version is not None
    return report.version


def again(work: Work, **tags: str) -> str:
    """Register the model of the work's run again under the rival's name and return its version."""
    client = connect(work.tracking_uri)
    known = client.get_run(work.report.run_id).data.tags
    own = {key: value for key, value in known.items() if key.startswith("forestall.")}
    return register_challenger(client, f"runs:/{work.report.run_id}/model", NAME, own | tags).version


def champion_of(work: Work) -> str | None:
    found = by_alias(connect(work.tracking_uri), NAME, "champion")
    return found.version if found else None


@pytest.fixture
def champion(work: Work) -> str:
    """Return the version of a champion as good as the work's."""
    client = connect(work.tracking_uri)
    version = again(work)
    client.set_registered_model_alias(NAME, "champion", version)
    return version


def test_the_first_version_passes_on_the_test_part_of_its_run(work: Work) -> None:
    assert work.gate.passed
    assert work.gate.moved
    assert work.gate.champion is None
    assert work.gate.compared_on == "the twin of the version, on the test part of its run"
    client = connect(work.tracking_uri)
    tags = by_number(client, work.gate.name, work.gate.version).tags
    assert tags["forestall.gate"] == "passed"
    assert tags["forestall.gate.gain_over_base_rate_low"].startswith("passed: 0.")
    # Versions of the same run share its verdict; the run has that of the last one, maybe a rival's of this module.
    run = client.get_run(work.report.run_id)
    assert run.data.tags["forestall.gate"] in {"passed", "not passed"}
    assert run.data.metrics["gate/gain_over_base_rate_low"] > 0


def test_a_better_version_becomes_champion_and_can_be_rolled_back(work: Work, weak: str) -> None:
    client = connect(work.tracking_uri)
    client.set_registered_model_alias(NAME, "champion", weak)
    new = again(work)
    dry = promote(NAME, version=new, dry_run=True, tracking_uri=work.tracking_uri)
    assert (dry.passed, dry.moved, champion_of(work)) == (True, False, weak)
    assert "forestall.gate.segment_harm_p" not in by_number(client, NAME, new).tags
    result = promote(NAME, tracking_uri=work.tracking_uri)
    assert (result.version, result.champion, result.moved) == (new, weak, True)
    assert "starts after" in result.compared_on
    assert [check.check for check in result.checks] == [
        *("is_experimental", "n_labelled", "n_dissatisfied", "n_near_label", "is_same_label"),
        *("n_compared", "n_compared_dissatisfied"),
        *(
            "auc_low",
            "gain_over_base_rate_low",
            "gain_share",
            "gain_over_logistic_high",
            "gain_over_rule",
            "gain_over_wait",
        ),
        *("gain_over_champion_low", "auc_gain_over_champion_high", "capture_gain_over_champion_high"),
        *("calibration_error", "mean_risk_off", "segment_harm_p", "slowdown"),
    ]
    assert rollback(NAME, tracking_uri=work.tracking_uri) == {
        "name": NAME,
        "champion": weak,
        "previous": new,
    }


def test_a_worse_version_does_not_become_champion(work: Work, champion: str, weak: str, run: Run) -> None:
    where = ("--name", NAME, "--version", weak, "--tracking-uri", work.tracking_uri)
    code, out, _ = run("promote", *where)
    assert code == 3
    assert "gate         not passed" in out
    assert (
        "gain_over_champion_low must be above 0: log-loss over all moments worse by"
        in out.split("reasons:")[1]
    )
    assert champion_of(work) == champion
    tags = by_number(connect(work.tracking_uri), NAME, weak).tags
    assert tags["forestall.gate"] == "not passed"
    assert tags["forestall.gate.champion"] == champion
    assert tags["forestall.gate.n_labelled"].startswith("passed: ")
    assert tags["forestall.gate.gain_over_champion_low"].startswith("not passed: -0.")
    assert "log-loss over all moments worse by" in tags["forestall.gate.reasons"]


def test_the_checks_are_logged_as_a_table(work: Work) -> None:
    run_id = work.report.run_id
    table = mlflow.artifacts.load_dict(f"runs:/{run_id}/gate/1.json")
    assert table["columns"] == ["check", "figure", "must", "bound", "passed", "says"]
    assert len(table["data"]) == len(work.gate.checks)
    last = mlflow.artifacts.load_dict(f"runs:/{run_id}/gate.json")
    assert {"passed", "checks", "reasons", "notes", "compared_on"} <= last.keys()


def test_an_equal_version_does_not_become_champion(work: Work, champion: str) -> None:
    result = promote(NAME, version=again(work), tracking_uri=work.tracking_uri)
    assert [check.check for check in result.checks if not check.passed] == ["gain_over_champion_low"]
    assert champion_of(work) == champion


def test_of_two_promotions_at_once_one_fails_with_an_error(work: Work, weak: str, tmp_path: Path) -> None:
    connect(work.tracking_uri).set_registered_model_alias(NAME, "champion", weak)
    rivals = (again(work), again(work))
    here, there = tmp_path / "here", tmp_path / "there"
    command = [sys.executable, "-c", PROMOTER, NAME, rivals[1], work.tracking_uri, str(there), str(here)]
    other = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=work.folder
    )
    said = [promoted_here(work, NAME, rivals[0], here, other, there)]
    output, errors = other.communicate(timeout=300)
    assert other.returncode == 0, errors
    said.append(output.strip())
    assert said.count("moved") == 1, said
    winner, loser = said.index("moved"), 1 - said.index("moved")
    assert f"version {rivals[loser]} was not promoted, run it again" in error_of(said[loser])
    assert champion_of(work) == rivals[winner]
    previous = by_alias(connect(work.tracking_uri), NAME, "previous")
    assert previous is not None
    assert previous.version == weak
    # Both versions have their verdict; the loser's has the tag that it was not moved.
    tags = [by_number(connect(work.tracking_uri), NAME, rivals[one]).tags for one in (winner, loser)]
    assert [one["forestall.gate"] for one in tags] == ["passed", "passed"]
    assert [one["forestall.gate.moved"] for one in tags] == ["yes", "no"]


def verdict_of(work: Work, version: str) -> dict[str, Any]:
    run_id = by_number(connect(work.tracking_uri), NAME, version).run_id
    assert run_id is not None
    return dict(json.loads(artifact_text(run_id, "gate.json")))


def test_if_the_verdict_cannot_be_logged_the_champion_does_not_move(
    work: Work, weak: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(work.tracking_uri).set_registered_model_alias(NAME, "champion", weak)

    def fail(*_: object, **__: object) -> None:
        raise MlflowException("the disk is full")

    new = again(work)
    with monkeypatch.context() as patch:
        patch.setattr("mlflow.MlflowClient.log_table", fail)
        with pytest.raises(RegistryError, match="the disk is full"):
            promote(NAME, version=new, tracking_uri=work.tracking_uri)
    assert champion_of(work) == weak
    assert promote(NAME, version=new, tracking_uri=work.tracking_uri).moved
    assert champion_of(work) == new
    assert verdict_of(work, new)["moved"] is True


def later(work: Work, days: int) -> Tables:
    """Return data of other customers of the same company, some days later."""
    folder = work.folder / f"later-{days}"
    if not folder.exists():
        simulate(folder, 2500, seed=5)
    tables = read_tables(folder)
    by = timedelta(days=days)
    columns = [name for name, kind in tables.interactions.schema.items() if kind == pl.Datetime("us", "UTC")]
    return Tables(
        interactions=tables.interactions.with_columns(pl.col(columns) + by),
        events=tables.events.with_columns(pl.col("at") + by),
        feedback=tables.feedback.with_columns(pl.col("rated_at") + by),
        about={"exported_at": EXPORTED_AT},
    )


def test_on_newer_data_the_versions_themselves_are_compared(work: Work, weak: str) -> None:
    connect(work.tracking_uri).set_registered_model_alias(NAME, "champion", weak)
    new = again(work)
    result = promote(NAME, version=new, data=later(work, 700), dry_run=True, tracking_uri=work.tracking_uri)
    assert result.compared_on.startswith(
        "the versions themselves, on the rows of the data given that start after"
    )
    figures = {check.check: check.figure for check in result.checks}
    assert figures["gain_over_champion_low"] > 0
    assert {"gain_over_logistic_high", "gain_over_rule", "gain_over_wait", "slowdown"} <= figures.keys()
    # Without the version's own data the baselines have nothing to be fitted on.
    alone = promote(
        NAME, version=again(work, **{DATA_PATH: ""}), data=later(work, 700), dry_run=True,
        tracking_uri=work.tracking_uri,
    )  # fmt: skip
    assert "gain_over_logistic_high" not in {check.check for check in alone.checks}
    assert any("with the base rate alone" in note for note in alone.notes)


def test_a_champion_of_other_code_is_compared_by_its_logged_predictions(
    work: Work, champion: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The champion cannot be loaded after a change of the code; its run has the predictions of its twin."""

    def load_here(uri: str, tracking_uri: str) -> object:
        if uri.endswith((f"/{champion}", "/twin")):
            raise OtherCodeError("made with other code")
        return load(uri, tracking_uri)

    for module in ("champion_comparison", "version_pair"):
        monkeypatch.setattr(f"forestall.promotion.{module}.load", load_here)
    result = promote(NAME, version=again(work), data=work.data, dry_run=True, tracking_uri=work.tracking_uri)
    assert any("the data given were not used" in note for note in result.notes)
    with monkeypatch.context() as patch:  # the run has another label, or none
        for said in ("label: {event: complained, horizon_days: 30}", "name: x"):
            patch.setattr(
                "forestall.promotion.version_pair.artifact_text", lambda run_id, path, said=said: said
            )
            other = promote(NAME, version=again(work), dry_run=True, tracking_uri=work.tracking_uri)
            assert [check.check for check in other.checks if not check.passed] == ["is_same_label"]
    result = promote(NAME, version=again(work), tracking_uri=work.tracking_uri)
    assert result.compared_on.endswith(
        f"with the logged predictions of version {champion}: it was made with other code"
    )
    figures = {check.check: check.figure for check in result.checks}
    assert figures["is_same_label"] == 1
    assert figures["n_compared"] > 100
    assert figures["gain_over_champion_low"] == pytest.approx(0, abs=1e-9)
    assert "slowdown" not in figures
    assert result.passed


def test_data_that_are_neither_newer_nor_those_of_the_run_are_refused(work: Work, champion: str) -> None:
    new = again(work)
    with pytest.raises(RegistryError, match="are not those that version"):
        promote(NAME, version=new, data=later(work, 0), tracking_uri=work.tracking_uri)
    assert champion_of(work) == champion


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({DATA_PATH: ""}, "trained on tables in memory"),
        ({DATA_PATH: "/no/such/folder"}, "are no longer at"),
        ({DATA_DIGEST: "0" * 64}, "by digest"),
    ],
)
def test_data_that_are_gone_or_changed_are_reported(
    work: Work, champion: str, tags: dict[str, str], said: str
) -> None:
    new = again(work, **tags)
    with pytest.raises(RegistryError, match=said):
        promote(NAME, version=new, tracking_uri=work.tracking_uri)
