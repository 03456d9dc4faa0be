"""Results are published in one step: by one job at a time, complete, and never over what is not Forestall's."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from publishing_jobs import content, job, run

from forestall.errors import InputError, UsageError
from forestall.publishing import BusyError, open_output, read_manifest
from forestall.publishing.staging import Staging


def test_the_manifest_names_every_file_with_its_size_and_digest(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(out) is False
    manifest = read_manifest(out)
    assert manifest is not None
    assert {part.path for part in manifest.parts} == set(content(out)) - {"manifest.json"}
    assert (manifest.job, manifest.run_id, manifest.inputs) == ("score", "night", {"version": "1"})
    assert (manifest.started, manifest.account) == ({"at": "noon"}, {"rows_in": 3})
    assert manifest.is_whole(out)
    (out / "list.txt").write_text("list of version 2")
    assert not manifest.is_whole(out)


def test_the_same_job_again_has_nothing_to_do_and_changes_no_byte(tmp_path: Path) -> None:
    run(tmp_path)
    before = content(tmp_path)
    assert run(tmp_path, at="midnight") is True
    assert content(tmp_path) == before


def test_the_same_job_again_mends_a_file_that_was_damaged_and_keeps_its_first_start(tmp_path: Path) -> None:
    run(tmp_path)
    before = content(tmp_path)
    (tmp_path / "scores" / "part-1.txt").write_text("")
    assert run(tmp_path, at="midnight") is False
    assert content(tmp_path) == before


def test_a_run_replaces_all_of_its_own_results(tmp_path: Path) -> None:
    run(tmp_path, "1", n_parts=5)
    run(tmp_path, "2", n_parts=2, at="midnight")
    assert sorted(content(tmp_path)) == [
        "list.txt", "manifest.json", "scores/part-0.txt", "scores/part-1.txt", "summary.json"
    ]  # fmt: skip
    assert content(tmp_path)["scores/part-1.txt"] == b"version 2, part 1, midnight"


def test_another_run_is_refused_with_what_to_do(tmp_path: Path) -> None:
    run(tmp_path)
    before = content(tmp_path)
    with pytest.raises(UsageError, match="holds the results of run night; choose another --output"):
        run(tmp_path, run_id="day")
    assert content(tmp_path) == before


MINE = ["scores/mine.txt", "extra.txt", "thesis.txt"]


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


def test_other_code_computes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path)
    monkeypatch.setattr("forestall.publishing.manifest._code_digest", lambda: "other")
    assert run(tmp_path) is False


def test_a_file_of_the_user_among_results_of_version_0_1_is_kept(tmp_path: Path) -> None:
    (tmp_path / "scores").mkdir()
    (tmp_path / "scores" / "notes.txt").write_text("mine")
    (tmp_path / "summary.json").write_text("night")
    before = content(tmp_path)
    with pytest.raises(UsageError, match=r"'scores/notes\.txt'"):
        run(tmp_path)
    assert content(tmp_path) == before


def test_a_manifest_that_was_cut_short_is_said_and_mended_by_the_same_run(tmp_path: Path) -> None:
    run(tmp_path)
    manifest, before = tmp_path / "manifest.json", content(tmp_path)
    (tmp_path / "extra.txt").unlink()  # it is not a name of version 0.1
    for n_bytes in (0, 10, 200):
        manifest.write_bytes(before["manifest.json"][:n_bytes])
        with pytest.raises(InputError, match="is damaged; give the job that wrote"):
            read_manifest(tmp_path)
        with pytest.raises(UsageError, match="results of run night"):
            run(tmp_path, run_id="day")
    run(tmp_path)
    assert content(tmp_path) == before


@pytest.mark.parametrize("exists", [False, True])
def test_a_job_that_fails_changes_nothing(tmp_path: Path, exists: bool) -> None:
    out = tmp_path / "a" / "out"
    if exists:
        run(out)
    before = content(tmp_path)

    def fail() -> None:
        with open_output(out) as place, place.publication(job(version="2")) as publication:
            publication.write_part("scores/part-0.txt", lambda file: file.write_text("half"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert content(tmp_path) == before
    assert (tmp_path / "a").exists() == exists


def test_a_move_that_the_disk_refuses_brings_the_old_results_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, "1")
    before = content(tmp_path)
    real, n_moves = os.replace, len(_moves(tmp_path / "other", monkeypatch))
    for refused in range(n_moves):
        left = iter(range(1000))

        def replace(source: Path, target: Path, left=left, refused=refused) -> None:
            if next(left) == refused:
                raise OSError(5, "Input/output error")
            real(source, target)

        monkeypatch.setattr(os, "replace", replace)
        with pytest.raises(InputError, match="the disk refuses it: Input/output error"):
            run(tmp_path, "2")
        monkeypatch.setattr(os, "replace", real)
        after = content(tmp_path)
        assert {name: after[name] for name in after if not name.startswith("other/")} == before


def _moves(out: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return what a job moves that replaces results."""
    run(out, "1")
    moved, real = [], os.replace

    def replace(source: Path, target: Path) -> None:
        moved.append(source)
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    run(out, "2")
    monkeypatch.setattr(os, "replace", real)
    for name in content(out):
        (out / name).unlink()
    (out / "scores").rmdir()
    out.rmdir()
    return moved


def test_an_output_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="must be a folder"):
        run(tmp_path / "out")


def test_two_jobs_at_once_one_wins_and_the_other_says_who(tmp_path: Path) -> None:
    with (
        open_output(tmp_path / "out"),
        pytest.raises(BusyError, match=rf"by process {os.getpid()}; wait until"),
    ):
        run(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    run(tmp_path / "out")


HOLD = """
import sys, time
from forestall.publishing import open_output
with open_output(sys.argv[1]):
    print("open", flush=True)
    time.sleep(60)
"""


def test_the_lock_of_a_process_that_is_killed_ends_with_it(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(BusyError, match=f"process {holder.pid};"):
            run(tmp_path)
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    run(tmp_path)
    assert not (tmp_path / ".forestall.lock").exists()


def test_the_facts_and_the_parts_of_a_killed_job_are_kept(tmp_path: Path) -> None:
    run(tmp_path / "reference")
    out = tmp_path / "out"
    out.mkdir()
    killed = Staging.create(out, job().key, {"at": "noon"})
    other = Staging.create(out, job(version="9").key, {"at": "dawn"})
    (killed.new / "list.txt").write_text("half a lis")  # no part: it is not known whether it is complete
    run(out, at="midnight")
    assert content(out) == content(tmp_path / "reference")
    assert not other.folder.exists()


def test_a_part_that_was_complete_is_not_written_again(tmp_path: Path) -> None:
    written = []

    def attempt(fails: bool) -> None:
        with open_output(tmp_path) as place, place.publication(job()) as publication:
            for number in range(3):
                if fails and number == 2:
                    os.kill(os.getpid(), 9)
                publication.write_part(
                    f"scores/part-{number}.txt",
                    lambda file, n=number: written.append(n) or file.write_text(str(n)),
                )

    pid = os.fork()
    if not pid:
        attempt(fails=True)
    os.waitpid(pid, 0)
    attempt(fails=False)
    assert written == [2]
    assert [content(tmp_path)[f"scores/part-{n}.txt"] for n in range(3)] == [b"0", b"1", b"2"]


def test_a_manifest_that_promises_what_is_not_there_puts_the_old_results_back(tmp_path: Path) -> None:
    run(tmp_path, "1")
    before = content(tmp_path)
    staging = Staging.create(tmp_path, "key", {})
    (staging.folder / "old").mkdir()
    (staging.folder / "plan.json").write_text(
        json.dumps({"new": ["list.txt"], "old": ["manifest.json", "list.txt"]})
    )
    (tmp_path / "list.txt").rename(staging.folder / "old" / "list.txt")
    (tmp_path / "manifest.json").rename(staging.folder / "old" / "manifest.json")
    (staging.folder / "manifest.json").write_text("{")
    with open_output(tmp_path):
        pass
    assert content(tmp_path) == before
