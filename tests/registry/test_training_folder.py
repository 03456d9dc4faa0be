"""The folder of a training: only one that a training wrote, unchanged, is logged."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from forestall.errors import InputError, UsageError
from forestall.publishing import Job, open_output
from forestall.registry.training_folder import JOB, NOTE, RUN_FILES, TrainingNote, read_training

KEPT = TrainingNote(
    name="risk",
    experiment="risk",
    training_id="1" * 32,
    run_id="2" * 32,
    register=True,
    params={"seed": "7"},
    metrics={"auc": 0.8},
    tags={},
    version_tags={},
    report={},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder as a training keeps it, without a model."""
    return write(tmp_path / "risk-20261130", JOB)


def write(folder: Path, job: str) -> Path:
    with (
        open_output(folder) as output,
        output.publication(Job(job, "1" * 32, (NOTE, RUN_FILES))) as publication,
    ):
        KEPT.write(publication.folder)
        (publication.folder / RUN_FILES).mkdir()
        (publication.folder / RUN_FILES / "report.html").write_text("<p>auc 0.8</p>")
    return folder


def test_what_was_written_is_read(folder: Path) -> None:
    (folder / ".DS_Store").touch()  # hidden files of the system do not count
    assert read_training(folder) == KEPT


def other_report(folder: Path) -> None:
    (folder / RUN_FILES / "report.html").write_text("<p>auc 0.9</p>")


def one_file_less(folder: Path) -> None:
    (folder / RUN_FILES / "report.html").unlink()


def one_file_more(folder: Path) -> None:
    (folder / RUN_FILES / "notes.txt").touch()


def manifest_cut_short(folder: Path) -> None:
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text()[:200])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (other_report, "changed, removed or added: run_files/report.html; restore it, or train again"),
        (one_file_less, "changed, removed or added: run_files/report.html; restore it, or train again"),
        (one_file_more, "changed, removed or added: run_files/notes.txt; restore it, or train again"),
        (manifest_cut_short, "is damaged"),
    ],
)
def test_a_changed_folder_is_refused(change: Callable[[Path], None], said: str, folder: Path) -> None:
    change(folder)
    with pytest.raises(InputError, match=said):
        read_training(folder)


@pytest.mark.parametrize("kind", ["missing", "empty", "another job's", "another program's"])
def test_a_folder_that_no_training_wrote_is_refused(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    if kind == "another job's":
        write(folder, "score")
    elif kind != "missing":
        folder.mkdir()
    if kind == "another program's":
        (folder / "manifest.json").write_text(json.dumps({"parts": []}))
    with pytest.raises(UsageError, match="must be a folder that a training kept") as caught:
        read_training(folder)
    assert caught.value.exit_code == 2
