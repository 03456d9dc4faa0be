"""A new project passes its own tests, and its pipelines do the whole job."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

import forestall
from forestall.cli import exit_code_of
from forestall.errors import ForestallError, UsageError
from workshop import Run

FILES = {
    ".gitignore", "README.md", "mapping.yaml", "models/helpdesk/model.yaml", "pipelines/nightly.py",
    "pipelines/retrain.py", "requirements.txt", "tests/test_project.py",
}  # fmt: skip
SAMPLE = "tests/sample/tickets.csv"


def parts_of_tests(project: Path) -> dict[str, object]:
    return runpy.run_path(str(project / "tests" / "test_project.py"))


def test_a_project_without_an_export_reads_its_made_up_rows(tmp_path: Path) -> None:
    made = forestall.new_project("helpdesk", output=tmp_path / "project")
    assert set(made.files) == FILES | {SAMPLE}
    assert {
        file.relative_to(made.folder).as_posix() for file in made.folder.rglob("*") if file.is_file()
    } == set(made.files)
    assert not any("$" in (made.folder / file).read_text() for file in made.files)
    tests = parts_of_tests(made.folder)
    tests["test_the_mapping_reads_every_row_of_the_sample"](tmp_path)  # type: ignore[operator]
    tests["test_the_model_is_valid"]()  # type: ignore[operator]
    for pipeline in (made.folder / "pipelines").iterdir():
        tests["test_a_pipeline_is_python"](pipeline)  # type: ignore[operator]


def test_its_pipelines_import_train_and_say_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = forestall.new_project("helpdesk", output=tmp_path / "project").folder
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")

    def run(pipeline: str, *words: str) -> int:
        monkeypatch.setattr(sys, "argv", [pipeline, *words])
        return exit_code_of(runpy.run_path(str(project / "pipelines" / f"{pipeline}.py"))["main"])

    assert run("retrain") == 2
    assert "needs the files of an export" in capsys.readouterr().err
    code = run("retrain", str(project / SAMPLE))
    assert (project / "check" / "data_report.html").is_file()
    assert code in (1, 4)  # 24 rows are too few to learn from, and it says so
    assert "error" in (said := capsys.readouterr()).err + said.out
    assert run("nightly", "2026-03-05T12:00:00Z") == 1
    assert "helpdesk-risk" in capsys.readouterr().err


def test_the_mapping_is_suggested_from_an_export(tmp_path: Path) -> None:
    source = forestall.new_project("other", output=tmp_path / "other").folder / SAMPLE
    made = forestall.new_project("helpdesk", sources=[source], output=tmp_path / "project")
    assert set(made.files) == FILES
    assert forestall.read_spec(made.folder / "models" / "helpdesk").name == "helpdesk-risk"
    assert "interaction_id: ticket" in (made.folder / "mapping.yaml").read_text()
    tests = parts_of_tests(made.folder)
    with pytest.raises(pytest.skip.Exception):
        tests["test_the_mapping_reads_every_row_of_the_sample"](tmp_path)  # type: ignore[operator]


@pytest.mark.parametrize("name", ["", "../x", "Help Desk", "1st", "a" * 61, "a--b"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="NAME must be lower-case letters"):
        forestall.new_project(name, output=tmp_path / "project")
    assert not (tmp_path / "project").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="a new or empty folder"):
        forestall.new_project("helpdesk", output=tmp_path)
    with pytest.raises(UsageError, match="a new or empty folder"):
        forestall.new_project("helpdesk", output=tmp_path / "mine.txt")
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled_and_stays_the_same_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = tmp_path.stat().st_ino
    made = forestall.new_project("helpdesk", output=".")
    assert tmp_path.stat().st_ino == before
    found = {one.relative_to(tmp_path).as_posix() for one in tmp_path.rglob("*") if one.is_file()}
    assert found == set(made.files)


def test_names_of_files_with_blanks_are_quoted_in_the_commands(tmp_path: Path) -> None:
    export = tmp_path / "all tickets.csv"
    export.write_text(
        "ticket,opened,score\n" + "".join(f"T{n},2026-03-02 10:{n},{n % 5 + 1}\n" for n in range(10, 60))
    )
    made = forestall.new_project("helpdesk", sources=export, output=tmp_path / "project")
    assert f"retrain.py '{export}'" in (made.folder / "README.md").read_text()


def test_nothing_is_left_of_a_project_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ForestallError, match="No space left"):
        forestall.new_project("helpdesk", output=tmp_path / "project")
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_wrote(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("new", "helpdesk")
    assert code == 0
    assert "README.md" in out
    assert (tmp_path / "helpdesk" / "mapping.yaml").is_file()
