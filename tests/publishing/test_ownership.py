"""A job replaces the results of its own run, and nothing that is not Forestall's."""

from pathlib import Path

import pytest
from publishing_jobs import content, run

from forestall.errors import UsageError

MINE = ["scores/mine.txt", "extra.txt", "thesis.txt"]


def test_another_run_is_refused_with_what_to_do(tmp_path: Path) -> None:
    run(tmp_path)
    before = content(tmp_path)
    with pytest.raises(UsageError, match="holds the results of run night; choose another --output"):
        run(tmp_path, run_id="day")
    assert content(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "has_results"),
    [(name, False) for name in [*MINE, "list.txt", "summary.json", "manifest.json"]]
    + [(name, True) for name in MINE],
)
def test_what_no_manifest_names_is_refused_and_left_alone(
    tmp_path: Path, name: str, has_results: bool
) -> None:
    if has_results:
        run(tmp_path, "2")  # without extra.txt
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text('{"name": "a web page"}')
    before = content(tmp_path)
    with pytest.raises(UsageError, match=rf"'{name}'; nothing was changed; move it elsewhere, or choose"):
        run(tmp_path, "3" if has_results else "1")
    assert content(tmp_path) == before


def test_the_message_names_at_most_five_entries(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"mine-{number}").write_text("")
    with pytest.raises(
        UsageError, match="'mine-0', 'mine-1', 'mine-2', 'mine-3', 'mine-4' and 3 more; nothing"
    ):
        run(tmp_path)


def test_a_link_and_an_empty_folder_of_the_user_are_kept(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "scores").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="'scores'"):
        run(tmp_path / "out")
    (tmp_path / "out" / "scores").unlink()
    (tmp_path / "out" / "scores").mkdir()
    with pytest.raises(UsageError, match="'scores'"):
        run(tmp_path / "out")


def test_hidden_files_and_those_of_the_system_do_not_matter_and_stay(tmp_path: Path) -> None:
    for name in (".gitignore", ".DS_Store", "Thumbs.db"):
        (tmp_path / name).write_text("*")
    run(tmp_path)
    run(tmp_path, "2")
    assert {".gitignore", ".DS_Store", "Thumbs.db"} <= set(content(tmp_path))


def test_in_the_working_folder_only_names_of_the_job_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "thesis.txt").write_text("three years of work")
    run(Path())
    run(Path(), "2")
    assert (tmp_path / "thesis.txt").read_text() == "three years of work"
    (tmp_path / "extra.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"'extra\.txt'"):
        run(Path())


def test_results_of_version_0_1_are_replaced_by_their_own_run_only(tmp_path: Path) -> None:
    (tmp_path / "scores").mkdir()
    (tmp_path / "scores" / "part-0.txt").write_text("old")
    (tmp_path / "scores" / "part-9.txt").write_text("old")
    (tmp_path / "summary.json").write_text("night")
    with pytest.raises(UsageError, match="results of run night"):
        run(tmp_path, run_id="day")
    run(tmp_path)
    assert "scores/part-9.txt" not in content(tmp_path)
    assert "manifest.json" in content(tmp_path)


def test_what_a_killed_job_of_version_0_1_left_is_removed_by_the_same_run(tmp_path: Path) -> None:
    for name in (".forestall-night", ".forestall-day"):
        (tmp_path / name / "scores").mkdir(parents=True)
    run(tmp_path)
    assert [item.name for item in tmp_path.iterdir() if item.name.startswith(".")] == [".forestall-day"]


def test_a_file_of_the_user_among_results_of_version_0_1_is_kept(tmp_path: Path) -> None:
    (tmp_path / "scores").mkdir()
    (tmp_path / "scores" / "notes.txt").write_text("mine")
    (tmp_path / "summary.json").write_text("night")
    before = content(tmp_path)
    with pytest.raises(UsageError, match=r"'scores/notes\.txt'"):
        run(tmp_path)
    assert content(tmp_path) == before


def test_an_output_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="must be a folder"):
        run(tmp_path / "out")
