"""The commands that make versions: train, promote, rollback."""

import json
from pathlib import Path

import pytest

from forestall.registry.tracking import connect
from workshop import QUICK_MODEL, Run, Work, error_of


def test_an_experiment_that_was_deleted_is_refused_before_any_work(
    run: Run, work: Work, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path}/mlflow.db"
    client = connect(store)
    client.delete_experiment(client.create_experiment("old"))
    words = ["train", work.data, "--model", work.model, "--tracking-uri", store]
    code, out, err = run(*words, "--experiment-name", "old")
    assert (code, out) == (1, "")
    assert "the experiment old must be active; it was deleted" in error_of(err)
    assert "reading the tables" not in err


def test_promote_and_rollback_report_what_is_missing(run: Run, work: Work) -> None:
    store = ["--name", "quick-risk", "--tracking-uri", work.tracking_uri, "--format", "json"]
    code, out, _ = run("promote", *store, "--version", 1)
    said = json.loads(out)
    assert (code, said["compared_on"]) == (0, "it is champion already")
    assert said["notes"] == ["No check was made now. When its gate was last checked, it was passed."]
    client = connect(work.tracking_uri)
    client.delete_model_version_tag("quick-risk", "1", "forestall.gate")
    code, out, _ = run("promote", *store, "--version", 1)
    client.set_model_version_tag("quick-risk", "1", "forestall.gate", "passed")
    assert json.loads(out)["notes"][0].startswith("Its gate was never checked: it became champion without")
    code, out, err = run("rollback", *store)
    assert (code, out) == (1, "")
    assert "no version with the alias 'previous'" in error_of(err)
    code, _, err = run("promote", *store, "--version", 77)
    assert code == 1
    assert "has no version 77; versions: 1" in error_of(err)


@pytest.mark.slow
def test_too_little_data_is_refused_and_an_experimental_version_never_promoted(
    run: Run, tmp_path: Path
) -> None:
    run("simulate", "small", "--interactions", 900)
    (tmp_path / "model.yaml").write_text(QUICK_MODEL + "families: [service, resolution]\n")
    words = ["train", "small", "--model", tmp_path]
    code, out, err = run(*words)
    assert (code, out) == (1, "")
    assert "at least 300 labelled interactions with 50 dissatisfied are needed" in error_of(err)
    assert connect(f"sqlite:///{tmp_path}/mlflow.db").search_registered_models() == []
    code, out, _ = run(*words, "--allow-small", "--format", "json")
    assert code == 0
    assert json.loads(out)["is_experimental"] is True
    code, out, _ = run("promote", "--format", "json")
    assert code == 3
    verdict = json.loads(out)
    assert verdict["passed"] is verdict["moved"] is False
    (first,) = [check for check in verdict["checks"] if check["check"] == "is_experimental"]
    assert (first["figure"], first["must"], first["bound"], first["passed"]) == (1, "be", 0, False)
    code, _, err = run("score", "models:/quick-risk@champion", "small", "--output", "out")
    assert code == 1
    assert "no version with the alias 'champion'" in error_of(err)
    assert not (tmp_path / "out").exists()
