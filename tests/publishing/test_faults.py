"""Faults around a job: a full disk, a disk that cannot be read, several jobs at once."""

import subprocess
import sys
import time
from pathlib import Path

import publishing_jobs
import pytest
from publishing_jobs import content, job, run

from forestall.errors import ForestallError, InputError
from forestall.publishing import open_output, read_manifest, writing
from small_disk import small_disk

BLOCK = "x" * 40_000


def run_large(output: Path, version: str) -> None:
    """Publish results of about 200 KiB."""
    with open_output(output) as place, place.publication(job(version=version)) as publication:
        for number in range(4):
            text = f"{version} {number} {BLOCK}"
            publication.write_part(f"scores/part-{number}.txt", lambda file, text=text: file.write_text(text))
        with writing(output):
            (publication.folder / "list.txt").write_text(version + BLOCK)


def refusal(out: Path) -> str | None:
    """Return what version 2 says, None if it was published."""
    try:
        run_large(out, "2")
    except InputError as error:
        return str(error)
    return None


def test_a_full_disk_at_any_place_keeps_the_old_results(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4096) as disk:
        if disk is None:
            pytest.skip(
                "no small disk can be mounted here; a limit to the size of a file shows the same below"
            )
        out = disk.folder / "out"
        run_large(out, "1")
        before = content(out)
        used, refused = disk.used_kib(), 0
        for more in range(0, 320, 16):
            assert disk.resize(used + more)
            said = refusal(out)
            if said is None:
                break
            assert f"{out} must be written, the disk refuses it: No space left on device; make room" in said
            assert content(out) == before
            refused += 1
        assert refused >= 10
        assert content(out)["scores/part-3.txt"].startswith(b"2 3")
        assert sorted(content(out)) == sorted(before)


HERE = Path(__file__).parent
FOLDERS = f"{HERE}:{HERE.parent}"
LIMITED = """
import resource, signal, sys
sys.path[:0] = sys.argv[2].split(":")
from pathlib import Path
from test_faults import InputError, run_large
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    run_large(Path(sys.argv[1]), "2")
except InputError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.parametrize("limit", [10, 100, 1000, 30_000])
def test_a_file_that_is_too_large_keeps_the_old_results(tmp_path: Path, limit: int) -> None:
    out = tmp_path / "out"
    run_large(out, "1")
    before = content(out)
    words = [sys.executable, "-c", LIMITED, out, FOLDERS, str(limit)]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert f"{out} must be written, the disk refuses it: File too large; make room" in done.stdout, (
        done.stderr
    )
    assert content(out) == before


RUN = """
import sys, time
sys.path[:0] = sys.argv[2].split(":")
from pathlib import Path
import publishing_jobs
from forestall.errors import UsageError
while time.time() < float(sys.argv[4]):
    pass
try:
    print("nothing to do" if publishing_jobs.run(Path(sys.argv[1]), at=sys.argv[3]) else "done")
except UsageError as error:
    print(error)
    sys.exit(2)
"""


@pytest.mark.slow
@pytest.mark.parametrize("n", [2, 5])
def test_of_jobs_at_once_on_one_output_one_wins_and_nothing_is_mixed(tmp_path: Path, n: int) -> None:
    out, at_once = tmp_path / "out", time.time() + 4
    words = [sys.executable, "-c", RUN, out, Path(publishing_jobs.__file__).parent]
    jobs = [
        subprocess.Popen([*words, f"start {i}", str(at_once)], stdout=subprocess.PIPE, text=True)
        for i in range(n)
    ]
    said = [job.communicate()[0].strip() for job in jobs]
    assert said.count("done") == 1
    for text, one in zip(said, jobs, strict=True):
        assert (one.returncode == 0) == (text in {"done", "nothing to do"})
        if one.returncode:
            assert one.returncode == 2
            assert f"{out} is being written by " in text
    manifest = read_manifest(out)
    assert manifest is not None
    assert manifest.is_whole(out)
    winner = said.index("done")
    parts = [text for name, text in content(out).items() if name.startswith("scores/")]
    assert all(text.endswith(f"start {winner}".encode()) for text in parts)
    assert not [name for name in content(out) if name.startswith(".")]


def test_an_error_while_a_part_is_computed_keeps_the_old_results_and_is_not_called_a_full_disk(
    tmp_path: Path,
) -> None:
    run(tmp_path, "1")
    before = content(tmp_path)

    def fail() -> None:
        with open_output(tmp_path) as place, place.publication(job(version="2")) as publication:
            publication.write_part("scores/part-0.txt", lambda file: file.write_text("new"))
            Path(tmp_path / "nowhere").read_bytes()

    with pytest.raises(FileNotFoundError):
        fail()
    assert content(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        ForestallError, match="out must be a folder that can be written: Not a directory; choose"
    ):
        run(tmp_path / "file" / "out")
