"""The pipelines run from end to end, twice from the same state."""

import json
import re
import runpy
import subprocess
import sys
from datetime import timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from forestall.data import Tables, read_tables
from forestall.model import read_spec
from forestall.publishing import locked
from forestall.registry.aliases import by_alias
from forestall.registry.score_rows import SCORE_SCHEMA
from forestall.registry.tracking import connect
from made_experiments import made_company
from workshop import QUICK_MODEL, spoil

HOUSE = Path(__file__).parents[1]
TICKETS = """\
timezone: UTC
interactions: {interaction_id: key, started_at: opened}
events:
  - {kind: issue_raised, at: opened, actor: customer}
feedback:
  rating: score
"""
PIPELINES = sorted((HOUSE / "pipelines").glob("*.py"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a working folder like a clone, with a model that is trained in seconds."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / "models" / "dissatisfaction").mkdir(parents=True)
    text = (
        QUICK_MODEL.replace("quick-risk", "dissatisfaction-risk")
        + "families: [service, resolution, expectation, history]\n"
    )
    (folder / "models" / "dissatisfaction" / "model.yaml").write_text(text)
    return folder


@pytest.fixture
def pipeline(place: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return a function that runs a pipeline in that folder."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{place}/mlflow.db")

    def run(name: str, *words: str, **changes: object) -> object:
        parts = runpy.run_path(str(HOUSE / "pipelines" / f"{name}.py"))
        main = parts["main"]
        main.__globals__.update(changes)
        monkeypatch.setattr(sys, "argv", [name, *words])
        exit_code_of = parts.get("exit_code_of", lambda run: run())  # as the pipeline itself ends
        return exit_code_of(main)

    return SimpleNamespace(run=run)


def test_the_pipelines_do_the_whole_job_twice(
    pipeline: SimpleNamespace, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for version in ("1", "2"):
        pipeline.run("demo", N_PAST=3000, N_NEW=300)
        said = capsys.readouterr()
        assert f"version {version} of dissatisfaction-risk is" in said.out
        assert "open  report.html" in said.out
        assert ("simulating" in said.err) == (version == "1")
        assert "fitting" in said.err
    champion = by_alias(connect(), "dissatisfaction-risk", "champion")
    assert champion is not None
    assert (place / "report.html").read_text().startswith("<!")
    scores = pl.read_parquet(place / "scores" / "*.parquet")
    assert scores.schema == SCORE_SCHEMA
    assert scores.height == 300
    assert scores["model_version"].unique().to_list() == [champion.version]
    assert scores["reasons"].null_count() == 0
    assert "auc" in connect().get_run(champion.run_id).data.metrics

    assert pipeline.run("retrain", "demo/past") in (0, 3)
    assert (place / "retrain" / "check" / "data_report.html").is_file()
    starts = read_tables(place / "demo" / "new").interactions["started_at"].sort()
    soon = starts[150].replace(microsecond=0) + timedelta(seconds=2)  # somebody is waiting
    pipeline.run(
        "score", "demo/new", "nightly", "--as-of", soon.astimezone(timezone(timedelta(hours=2))).isoformat()
    )
    (night,) = (place / "nightly").iterdir()
    assert night.name == f"{soon:%Y%m%dT%H%M%SZ}"
    assert pl.read_parquet(night / "scores" / "*.parquet")["run_id"].unique().to_list() == [night.name]

    # the new customers' past is in no table: a fact that nearly all of the past had is lost
    assert pipeline.run("monitor", "demo/past", "demo/new", "watched", "--scores", "nightly") == 4
    (watched,) = (place / "watched").iterdir()
    assert (watched / "report.html").is_file()
    folder = place / "demo" / "moved"
    spoil(
        place / "demo" / "new",
        folder,
        interactions=lambda frame: frame.with_columns(venue=pl.lit("Elsewhere")),
    )
    assert pipeline.run("monitor", "demo/past", "demo/moved", "moved") == 3


def test_a_retraining_imports_first_and_stops_at_an_error_of_the_data_report(
    pipeline: SimpleNamespace, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The outcome of these tickets is known for none: a model cannot be trained."""
    (place / "mapping.yaml").write_text(TICKETS, encoding="utf-8")
    rows = [f"t{number},2026-03-02T09:{number:02}:00Z," for number in range(60)]
    (place / "tickets.csv").write_text("\n".join(["key,opened,score", *rows]) + "\n", encoding="utf-8")
    words = ("imported", "--mapping", "mapping.yaml", "--source", "tickets.csv", "--work", "night")
    assert pipeline.run("retrain", *words) == 4
    said = capsys.readouterr()
    assert "errors" in said.out
    assert str(Path("night", "check", "data_report.html")) in said.out
    assert "fitting" not in said.err
    assert read_tables(place / "imported").interactions.height == 60
    with locked(place / "night"):
        assert pipeline.run("retrain", *words) == 2
    assert re.search(r"night is being used by process \d+; wait", capsys.readouterr().err)


def test_a_retraining_without_a_source_is_refused(pipeline: SimpleNamespace) -> None:
    with pytest.raises(SystemExit) as refused:
        pipeline.run("retrain", "imported", "--mapping", "mapping.yaml")
    assert refused.value.code == 2


@pytest.mark.parametrize("file", PIPELINES, ids=lambda file: file.stem)
def test_a_pipeline_is_at_most_two_screens_long(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 80


@pytest.mark.parametrize("name", ["dissatisfaction", "deepcsat", "itsm"])
def test_the_committed_models_can_be_read(name: str) -> None:
    assert read_spec(HOUSE / "models" / name).name == f"{name}-risk"


@pytest.mark.parametrize("name", ["retrain", "score"])
def test_an_error_of_a_pipeline_is_one_line(name: str, tmp_path: Path) -> None:
    """A traceback may hold customers' data."""
    words = [str(tmp_path / "nowhere"), *([str(tmp_path / "out")] if name == "score" else [])]
    done = subprocess.run(
        [sys.executable, str(HOUSE / "pipelines" / f"{name}.py"), *words, "--model", str(tmp_path / "none")],
        capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: ")


def test_the_effect_of_contacts(pipeline: SimpleNamespace, place: Path) -> None:
    tables, contacts = made_company(n=400)
    Tables(tables.interactions, tables.events, tables.feedback, tables.about, contacts).write("contacted")
    for _ in range(2):
        assert pipeline.run("effect", "contacted", "effect") == 0
    assert json.loads((place / "effect" / "effect.json").read_text())["experiment"] == "spring"
