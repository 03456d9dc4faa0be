"""Results are published in one step, complete, and the same job again has nothing to do."""

import json
import os
from pathlib import Path

import pytest
from publishing_jobs import content, job, run

from forestall.errors import InputError, UsageError
from forestall.publishing import open_output, read_manifest
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


def test_other_code_computes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path)
    monkeypatch.setattr("forestall.publishing.manifest.code_digest", lambda: "other")
    assert run(tmp_path) is False


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
