"""The command line: help, usage, exit codes, and how errors are printed."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import forestall
from workshop import Run, error_of


def test_help_lists_every_command() -> None:
    words = [sys.executable, "-c", "from forestall.cli import main; raise SystemExit(main(['--help']))"]
    said = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60).stdout
    assert re.findall(r"^  (\w+) ", said.partition("Commands:")[2], re.MULTILINE) == [
        *("simulate", "import", "check", "features", "forget"),
        *("train", "log", "promote", "rollback", "sign"),
        *("evaluate", "score", "explain", "monitor", "effect", "contacts", "serve", "doctor", "new"),
    ]


def test_help_imports_no_heavy_library_so_that_it_is_quick() -> None:
    script = (
        "import sys; from forestall.cli import main; main(['--help']);"
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    assert not {"polars", "pandas", "mlflow", "lightgbm", "sklearn", "numpy"} & set(done.stderr.split())


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"forestall {forestall.__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nope"], "No such command 'nope'"),
        (["train", "data"], "Missing option '--model'"),
        (["check"], "Missing argument"),
        (["check", "data", "--max-rejected", "2"], "'--max-rejected'"),
        (["score", "m", "data", "--output", "o", "--format", "xml"], "'--format': 'xml' is not one of"),
        (["features", "data", "--output", "f.txt"], "must be a .parquet or .csv file"),
        (["features", "data", "--output", "f.csv", "--all"], "give a time with it"),
        (["log", "nowhere"], "nowhere must be a folder that a training kept"),
        (["score", "nowhere", "data", "--output", "o"], "MODEL_URI must be"),
        (["import", "nowhere.yaml", "x.csv", "--output", "o"], "nowhere.yaml does not exist"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_one_line(
    run: Run, words: list[str], said: str, tmp_path: Path
) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert said in error_of(err)
    assert list(tmp_path.iterdir()) == []


def test_an_unexpected_error_is_one_line_without_its_message(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of Mrs Botha")

    monkeypatch.setattr("forestall.jobs.simulate.write_simulated", fail)
    code, _, err = run("simulate", "out")
    assert code == 1
    assert re.search(r"ZeroDivisionError at test_main.py:\d+; run `forestall --debug …`", error_of(err))
    assert "Botha" not in err  # an error's message may hold a customer's data
    assert "Traceback" in run("--debug", "simulate", "out")[2]
    assert "Traceback" in run("simulate", "out", "--debug")[2]


def test_an_interrupt_ends_with_130_and_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("forestall.jobs.simulate.write_simulated", interrupt)
    code, _, err = run("simulate", "out")
    assert code == 130
    assert error_of(err) == "error: interrupted"


@pytest.mark.slow
def test_the_installed_command_runs_on_its_own(company: Path, tmp_path: Path) -> None:
    """One run as a user's shell has it: a process of its own, results alone on stdout."""
    words = [sys.executable, "-m", "forestall", "check", str(company), "--format", "json"]
    done = subprocess.run(words, check=True, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert json.loads(done.stdout)["rows"]["interactions"] == 5000
    assert "tables: rows kept" in done.stderr


def test_quiet_may_stand_before_or_after_the_command(run: Run) -> None:
    said = {
        place: run(*words)[2]
        for place, words in {
            "loud": ("simulate", "a", "--interactions", 50),
            "before": ("--quiet", "simulate", "b", "--interactions", 50),
            "after": ("simulate", "c", "--interactions", 50, "-q"),
        }.items()
    }
    assert "simulating" in said["loud"]
    assert said["before"] == said["after"] == ""
    assert run("-q")[0] == 2  # no command: the help
    assert (
        "No such option" in run("simulate", "d", "--", "--quiet")[2]
        or run("simulate", "d", "--", "-q")[0] == 2
    )
