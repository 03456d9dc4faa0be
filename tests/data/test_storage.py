"""Data folders are read with errors of one line, and written whole or not at all."""

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from forestall.data import Tables, new_folder, read_tables
from forestall.data.storage import read_parquet
from forestall.data.table_files import TableFile, collect
from forestall.errors import InputError, UsageError

START = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def tables() -> Tables:
    own = pl.DataFrame(
        {"interaction_id": list("abcd"), "started_at": [START] * 4, "plan": ["x", None, "y", "é"]}
    )
    happened = pl.DataFrame({"interaction_id": list("abcd") * 2, "at": [START] * 8, "kind": ["served"] * 8})
    rated = pl.DataFrame({"interaction_id": ["a"], "rating": [4], "rated_at": [datetime(2026, 1, 6)]})
    return Tables(own, happened, rated, {"timezone": "Africa/Johannesburg", "known_at": {"plan": "closed"}})


@pytest.fixture
def folder(tables: Tables, tmp_path: Path) -> Path:
    return tables.write(tmp_path / "data")


def test_what_is_written_is_read_again(tables: Tables, folder: Path) -> None:
    again = read_tables(folder)
    assert again.interactions.equals(tables.interactions)
    assert again.events.equals(tables.events)
    assert again.feedback.equals(tables.feedback)
    assert again.about == tables.about
    assert again.digest() == tables.digest()


def test_parts_are_read_as_one_table_with_the_same_digest(tables: Tables, folder: Path) -> None:
    (folder / "events.parquet").unlink()
    (folder / "events").mkdir()
    tables.events[:3].write_parquet(folder / "events" / "part-0.parquet")
    # a part of another writer: other order and types of columns
    rest = tables.events[3:].select("kind", "interaction_id", pl.col("at").dt.replace_time_zone(None))
    rest.write_parquet(folder / "events" / "part-1.parquet")
    assert read_tables(folder).digest() == tables.digest()


def test_feedback_and_about_may_be_missing(folder: Path) -> None:
    (folder / "feedback.parquet").unlink()
    (folder / "about.json").unlink()
    tables = read_tables(folder)
    assert tables.feedback.height == 0
    assert tables.about == {"clock": "times", "known_at": {}, "rating_known": "times", "timezone": "UTC"}


def _remove(file: str, folder: Path) -> None:
    (folder / file).unlink()


def _spoil(file: str, folder: Path) -> None:
    (folder / file).write_bytes(b"no such thing")


BAD_FOLDERS = {
    "no interactions": (
        lambda folder: _remove("interactions.parquet", folder),
        "must have interactions.parquet",
    ),
    "no events": (lambda folder: _remove("events.parquet", folder), "must have events.parquet"),
    "no parts": (
        lambda folder: (_remove("events.parquet", folder), (folder / "events").mkdir()),
        "must hold Parquet parts, holds none",
    ),
    "file and parts": (lambda folder: (folder / "events").mkdir(), "has both"),
    "no Parquet": (lambda folder: _spoil("events.parquet", folder), "must be a Parquet file"),
    "no JSON": (
        lambda folder: _spoil("about.json", folder),
        "about.json, line 1, column 1 must be a JSON object",
    ),
    "no object": (lambda folder: (folder / "about.json").write_text("[1]"), "is another value"),
}


@pytest.mark.parametrize(("harm", "message"), BAD_FOLDERS.values(), ids=BAD_FOLDERS.keys())
def test_a_folder_that_cannot_be_read_is_one_clear_error(folder: Path, harm: object, message: str) -> None:
    harm(folder)  # type: ignore[operator]
    with pytest.raises(InputError, match=message) as error:
        read_tables(folder)
    assert "\n" not in str(error.value)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_tables(tmp_path / "nowhere")


def test_a_data_folder_is_replaced_whole(tables: Tables, folder: Path) -> None:
    (folder / "rejected").mkdir()
    tables.events.write_parquet(folder / "rejected" / "events.parquet")
    (folder / "manifest.json").unlink()  # as version 0.1 wrote it
    tables.write(folder)
    assert sorted(item.name for item in folder.iterdir()) == [
        "about.json",
        "events.parquet",
        "feedback.parquet",
        "interactions.parquet",
        "manifest.json",
    ]
    assert [item.name for item in folder.parent.iterdir()] == ["data"]


def test_a_table_that_the_user_put_there_is_never_replaced(tables: Tables, folder: Path) -> None:
    (folder / "events").mkdir()
    tables.events.write_parquet(folder / "events" / "part-0.parquet")
    with pytest.raises(UsageError, match=r"no run of this kind wrote: 'events/part-0\.parquet'; nothing was"):
        tables.write(folder)
    assert (folder / "events" / "part-0.parquet").is_file()


def test_a_folder_of_other_things_is_never_replaced(tables: Tables, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work")
    with pytest.raises(UsageError, match=r"holds what no run of this kind wrote: 'thesis\.txt'"):
        tables.write(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "three years of work"


def test_an_error_while_writing_leaves_what_was_there(folder: Path) -> None:
    def fail() -> None:
        with new_folder(folder) as room:
            (room / "events.parquet").write_bytes(b"half")
            raise RuntimeError("the power went")

    before = json.loads((folder / "about.json").read_text())
    with pytest.raises(RuntimeError):
        fail()
    assert json.loads((folder / "about.json").read_text()) == before
    assert read_tables(folder).events.height == 8
    assert [item.name for item in folder.parent.iterdir()] == ["data"]


KILLED = """
import os, signal, sys
from forestall.data import read_tables

left, rename = int(sys.argv[2]), os.replace
tables = read_tables(sys.argv[1])

def killed_rename(*names):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(*names)

os.replace = killed_rename
tables.write(sys.argv[1])
"""


@pytest.mark.slow
@pytest.mark.parametrize("place", [1, 4, 7, 10], ids=["at the start", "old moved", "between", "new moved"])
@pytest.mark.parametrize("then", ["read", "written"])
def test_a_job_that_is_killed_loses_no_data(
    tables: Tables, folder: Path, place: int, then: str, tmp_path: Path
) -> None:
    (tmp_path / "job.py").write_text(KILLED)
    job = subprocess.run([sys.executable, tmp_path / "job.py", folder, str(place)], check=False)
    assert job.returncode == -signal.SIGKILL
    assert [item for item in folder.iterdir() if item.name.startswith(".forestall-")]
    if then == "read":
        assert read_tables(folder).digest() == tables.digest()
    else:
        tables.write(folder)
        assert not [item for item in folder.iterdir() if item.name.startswith(".")]


def test_data_that_a_killed_job_of_version_0_1_had_moved_away_are_moved_back(
    tables: Tables, folder: Path
) -> None:
    workspace = folder.parent / ".data-ab12cd34"
    (workspace / "new").mkdir(parents=True)
    folder.rename(workspace / "old")
    assert read_tables(folder).digest() == tables.digest()
    assert [item.name for item in folder.parent.iterdir()] == ["data"]


def test_of_jobs_that_write_one_folder_at_once_one_wins_and_the_others_say_so(
    tables: Tables, tmp_path: Path
) -> None:
    fewer = Tables(tables.interactions, tables.events.head(3), tables.feedback)
    with ThreadPoolExecutor(4) as jobs:
        written = [jobs.submit(one.write, tmp_path / "out" / "data") for one in [tables, fewer] * 8]
        errors = [job.exception() for job in written]
    assert None in errors
    assert all(error is None or "is being written by process" in str(error) for error in errors)
    assert read_tables(tmp_path / "out" / "data").digest() in {tables.digest(), fewer.digest()}
    names = [item.name for item in (tmp_path / "out" / "data").iterdir()]
    assert not [name for name in names if name.startswith(".")]


@pytest.mark.slow
def test_a_disk_without_room_is_an_error_that_says_so(tables: Tables, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(FULL)
    before = read_tables(folder).digest()
    job = subprocess.run(
        [sys.executable, tmp_path / "job.py", folder], check=False, capture_output=True, text=True
    )
    assert job.returncode == 0, job.stderr
    assert f"{folder} must be written, the disk refuses it: File too large; make room" in job.stdout
    assert read_tables(folder).digest() == before
    assert not [item for item in folder.parent.iterdir() if item.name.startswith(".")]


FULL = """
import resource, signal, sys
from forestall.data import read_tables
from forestall.errors import InputError

tables = read_tables(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    tables.write(sys.argv[1])
except InputError as error:
    print(error)
"""


def test_too_many_rejected_rows_stop_the_reading(tables: Tables, folder: Path) -> None:
    tables.events.with_columns(kind=pl.lit("1")).write_parquet(folder / "events.parquet")
    with pytest.raises(InputError, match="kind_is_no_word 8"):
        read_tables(folder)
    assert read_tables(folder, max_rejected=1.0).events.height == 0


def test_no_damage_of_a_parquet_file_is_more_than_an_error_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "events.parquet"
    frame = pl.DataFrame({"visit": ["a", "b"], "began": ["2026-01-01T09:00:00Z"] * 2, "who": ["x", "y"]})
    frame.write_parquet(file, compression="uncompressed")
    whole, panics = file.read_bytes(), list[bytes]()
    footer = int.from_bytes(whole[-8:-4], "little")
    for place in range(len(whole) - 8 - footer, len(whole)):
        damaged = whole[:place] + bytes([159]) + whole[place + 1 :]
        file.write_bytes(damaged)
        try:
            pl.read_parquet(file)
        except pl.exceptions.PanicException:  # of Polars, which is no error of Python's
            panics.append(damaged)
        except (pl.exceptions.PolarsError, OSError):
            continue
    assert panics
    for damaged in panics:
        file.write_bytes(damaged)
        for read in (lambda: read_parquet(file), lambda: collect(TableFile(str(file), str(file)))):
            with pytest.raises(InputError, match=r"events\.parquet must be a Parquet file"):
                read()
