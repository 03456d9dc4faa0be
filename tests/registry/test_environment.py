"""A packaged model in another environment: other processes, other code, and MLflow's own commands."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import polars as pl
import pytest

import forestall
from forestall.registry import environment, load
from forestall.registry.environment import OtherCodeError
from forestall.registry.tracking import connect
from workshop import Work

Records = list[dict[str, Any]]
START_S = 120.0


@pytest.fixture(scope="module")
def package(work: Work, tmp_path_factory: pytest.TempPathFactory) -> Path:
    connect(work.tracking_uri)
    target = tmp_path_factory.mktemp("fetched")
    return Path(mlflow.artifacts.download_artifacts(work.champion, dst_path=str(target)))


@pytest.fixture(scope="module")
def records(work: Work) -> Records:
    tables = forestall.read_tables(work.data)
    return forestall.records(tables, forestall.default_moments(tables).head(60))


def elsewhere(**changes: str) -> dict[str, str]:
    """Return an environment without pickle, whose tracking server is not there."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    fixed = {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}
    return {**os.environ, "PATH": path, "MLFLOW_DISABLE_TELEMETRY": "true", **fixed, **changes}


def strict(text: str) -> Any:
    """Return what JSON says; a NaN is none."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def assert_answers(said: Any, expected: pl.DataFrame) -> None:
    """Assert that the answers are the scores in process, and varied."""
    rows = said["predictions"]
    assert [row["interaction_id"] for row in rows] == expected["interaction_id"].to_list()
    for name in ("dissatisfaction_risk", "risk_low", "risk_high"):
        assert [row[name] for row in rows] == pytest.approx(expected[name].to_list(), abs=1e-12)
    assert len({row["dissatisfaction_risk"] for row in rows}) > 20


def test_mlflow_predicts_in_a_fresh_process(
    package: Path, records: Records, work: Work, tmp_path: Path
) -> None:
    source, target = tmp_path / "records.json", tmp_path / "answers.json"
    source.write_text(json.dumps({"dataframe_records": records}))
    command = ["mlflow", "models", "predict", "-m", str(package), "-i", str(source), "-o", str(target)]
    subprocess.run(
        [sys.executable, "-m", *command, "-t", "json", "--env-manager", "local"],
        env=elsewhere(), check=True, capture_output=True, timeout=START_S,
    )  # fmt: skip
    expected = load(work.champion, work.tracking_uri).score(records)
    assert_answers(strict(target.read_text()), expected)


@pytest.fixture(scope="module")
def server(package: Path) -> Iterator[str]:
    """Return the address of MLflow's own server with the packaged model."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["mlflow", "models", "serve", "-m", str(package), "--env-manager", "local"]
    process = subprocess.Popen(
        [sys.executable, "-m", *command, "--host", "127.0.0.1", "--port", str(port)],
        env=elsewhere(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address, begin = f"http://127.0.0.1:{port}", time.monotonic()
    try:
        while True:
            try:
                urllib.request.urlopen(f"{address}/ping", timeout=1).close()
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() - begin < START_S
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def post(address: str, content: Any) -> Any:
    request = urllib.request.Request(
        f"{address}/invocations", json.dumps(content).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return strict(answer.read().decode())


def test_mlflow_serves_the_package(server: str, package: Path, records: Records, work: Work) -> None:
    expected = load(work.champion, work.tracking_uri).score(records)
    assert_answers(post(server, {"dataframe_records": records}), expected)
    columns = list(records[0])
    split = {"columns": columns, "data": [[record[name] for name in columns] for record in records]}
    assert_answers(post(server, {"dataframe_split": split}), expected)
    text = [{**record, "events": json.dumps(record["events"])} for record in records]
    assert_answers(post(server, {"dataframe_records": text}), expected)
    abstained = post(server, {"dataframe_records": [{**records[0], "events": None}]})["predictions"][0]
    assert (abstained["data_quality"], abstained["dissatisfaction_risk"]) == ("abstained", None)
    params = {"reasons": True, "language": "da"}
    told = post(server, {"dataframe_records": records[:3], "params": params})["predictions"]
    danish = load(work.champion, work.tracking_uri).score(records[:3], reasons=True, language="da")
    assert [[one["text"] for one in row["reasons"]] for row in told] == [
        [one["text"] for one in row] for row in danish["reasons"].to_list()
    ]


def test_the_example_in_the_package_is_answered(server: str, package: Path) -> None:
    example = json.loads((package / "serving_input_example.json").read_text())
    assert post(server, example)["predictions"][0]["data_quality"] == "ok"


def copy_of_the_code(target: Path) -> Path:
    """Return a folder with a copy of the package that runs here."""
    source = Path(str(forestall.__file__)).parent
    shutil.copytree(source, target / "forestall", ignore=shutil.ignore_patterns("__pycache__"))
    return target / "forestall"


def test_other_code_with_other_answers_is_refused_with_what_is_needed(package: Path, tmp_path: Path) -> None:
    """A newer release in which a customer has waited only once somebody has turned to them for a second."""
    terms = copy_of_the_code(tmp_path) / "moment_features" / "shared_terms.py"
    text = terms.read_text()
    changed = text.replace("WAIT_S = elapsed(START, WAIT_END)", "WAIT_S = elapsed(START, WAIT_END) + 1")
    assert changed != text
    terms.write_text(changed)
    done = subprocess.run(
        [sys.executable, "-c", "import sys, mlflow; mlflow.pyfunc.load_model(sys.argv[1])", str(package)],
        env=elsewhere(PYTHONPATH=str(tmp_path)), capture_output=True, text=True, timeout=START_S, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert "OtherCodeError: the model was packaged with forestall 0.1.0 with code" in last
    assert "service_wait_s" in last
    assert "requirements.txt" in last


def test_other_code_with_the_same_answers_is_accepted(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "code_digest", lambda: "another")
    assert load(package).risk_model.spec.name == "quick-risk"


@pytest.mark.parametrize("library", ["lightgbm", "python"])
def test_other_libraries_are_checked_too(
    package: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    here = environment.here()
    monkeypatch.setattr(environment, "here", lambda: {**here, library: "0.1"})
    load(package)
    answers = environment._answers
    monkeypatch.setattr(environment, "_answers", lambda *given: {**answers(*given), "risk_low": [0.5] * 42})
    with pytest.raises(OtherCodeError, match=rf"{library} .*; here are .*{library} 0\.1.*\(risk_low\)"):
        load(package)


def test_the_probes_are_scored_with_the_same_code_too(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answers = [], environment._answers
    monkeypatch.setattr(environment, "_answers", lambda *given: asked.append(given) or answers(*given))
    load(package)
    assert len(asked) == 1
    monkeypatch.setattr(environment, "code_digest", lambda: "another")
    load(package)
    assert len(asked) == 2
