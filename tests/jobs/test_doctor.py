"""`forestall doctor`: each thing that is missing is named, with what to do."""

import os
import shutil
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

import forestall
from forestall.jobs import doctor as module
from forestall.registry import connect
from workshop import Run


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def found(what: str, **options: object) -> module.Check:
    checks = forestall.doctor(**{"port": free_port(), **options}).checks  # type: ignore[arg-type]
    (check,) = [check for check in checks if check.what.startswith(what)]
    return check


def test_a_machine_that_runs_these_tests_is_well_and_nothing_is_written(here: Path) -> None:
    diagnosis = forestall.doctor(port=free_port())
    problems = [check for check in diagnosis.checks if check.status == "problem"]
    assert [check.what for check in problems] in ([], ["Java for --engine spark"])
    assert diagnosis.is_well == (not problems)
    assert not list(here.iterdir())


def test_a_registry_that_does_not_answer_is_a_problem() -> None:
    check = found("registry", tracking_uri=f"http://me:secret@127.0.0.1:{free_port()}")
    assert check.status == "problem"
    assert "cannot be reached" in check.found
    assert "secret" not in check.found


def test_a_registry_that_answers_is_counted(work) -> None:  # type: ignore[no-untyped-def]
    n = len(connect(work.tracking_uri).search_registered_models())  # other tests register models too
    check = found("registry", tracking_uri=work.tracking_uri)
    assert n > 0
    assert (check.status, check.found.endswith(f": {n} registered models")) == ("ok", True)


def test_a_champion_whose_files_were_moved_is_a_problem(here: Path) -> None:
    client = connect(f"sqlite:///{here}/mlflow.db")
    client.create_registered_model("moved")
    (here / "package").mkdir()
    client.create_model_version("moved", str(here / "package"))
    client.set_registered_model_alias("moved", "champion", "1")
    assert found("registry").status == "ok"
    (here / "package").rename(here / "elsewhere")
    check = found("registry")
    assert (check.status, "champion of moved in " in check.found) == ("problem", True)


def test_a_full_disk_and_a_folder_that_cannot_be_written_are_problems(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as nearly_full:
        nearly_full.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2**29))
        assert (found(f"disk of {here}").status, found(f"disk of {here}").found) == (
            "problem",
            "0.5 GiB free",
        )
    with monkeypatch.context() as closed:
        closed.setattr(os, "access", lambda *_: False)
        assert found(f"disk of {here}").found == "can't be written to"
    assert found(f"disk of {here}/not/yet/there", output="not/yet/there").status == "ok"


def test_libraries_outside_the_allowed_versions_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        module,
        "requires",
        lambda _: ["numpy<1", "no-such-library>=2", "pandas>=2", 'no-such-extra; extra == "x"'],
    )
    checks = {check.what: check for check in forestall.doctor(port=free_port()).checks}
    assert checks["library numpy"].found.endswith("Forestall needs <1")
    assert checks["library numpy"].do == "pip install 'numpy<1'"
    assert checks["library no-such-library"].found == "not installed"
    assert checks["libraries"].found == "1 have versions that Forestall allows"
    assert "library no-such-extra" not in checks


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ('openjdk version "21.0.2" 2024-01-16', "ok"),
        ('openjdk version "11.0.1" 2018-10-16', "problem"),
        ('java version "1.8.0_202"', "problem"),
        ("Segmentation fault", "problem"),
    ],
)
def test_java_must_be_new_enough(here: Path, monkeypatch: pytest.MonkeyPatch, said: str, status: str) -> None:
    (here / "bin").mkdir()
    java = here / "bin" / "java"
    java.write_text(f"#!/bin/sh\necho '{said}' >&2\n", encoding="utf-8")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(here))
    monkeypatch.setattr(module, "find_spec", lambda _: object())
    assert found("Java").status == status
    java.unlink()
    assert found("Java").found == "java does not start (FileNotFoundError)"
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(here))
    assert found("Java").found == "pyspark is installed, but there is no java on the PATH"
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    assert found("Java").status == "not installed"


def test_a_port_in_use_is_a_problem_and_the_exit_code_says_so(run: Run) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        port = one.getsockname()[1]
        code, out, _ = run("doctor", "--port", str(port))
    assert code == 1
    assert f"port {port} of 127.0.0.1 for serve" in out
    assert "give another --port" in out
