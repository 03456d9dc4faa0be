"""A job in parts that is killed, fails or finds changed data: what stays, and what is done again."""

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

import forestall
from forestall.errors import InputError
from forestall.publishing import Publication
from forestall.streaming.partition import Partition
from forestall.streaming.source import Source

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def score(work, tmp_path, monkeypatch):
    """Return a function that scores the work's data in four parts."""
    monkeypatch.setattr(Source, "n_parts", 4)

    def run(data=work.data, name="out", **options):
        how = {"contacts": 5, "run_id": "night"} | options
        return forestall.score(
            work.champion, data, output=tmp_path / name, tracking_uri=work.tracking_uri, **how
        )

    return run


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_a_killed_job_goes_on_with_the_parts_that_are_done(score, tmp_path, monkeypatch):
    score(scored_at=NOON)
    written, write = [], Publication.write_part

    def killed_at_the_third(self, path, content):
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(path)
        write(self, path, content)

    with monkeypatch.context() as patch:
        patch.setattr("forestall.publishing.staging.Staging.remove", lambda self: None)  # as after a kill
        patch.setattr(Publication, "write_part", killed_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            score(name="killed", scored_at=NOON)
    (left,) = (tmp_path / "killed").glob(".forestall-*")
    assert (left / "work" / "parts").is_dir()

    computed = []
    compute = forestall.jobs.score.score_part
    with monkeypatch.context() as patch:
        patch.setattr(
            "forestall.jobs.score.score_part", lambda *one, **how: computed.append(1) or compute(*one, **how)
        )
        score(name="killed", scored_at=NOON)
    assert len(computed) == 2
    first, second = (files_of(tmp_path / name) for name in ("out", "killed"))
    del first["manifest.json"], second["manifest.json"]  # read_at differs
    assert first == second
    assert not list((tmp_path / "killed").glob(".forestall*"))


def test_the_same_job_again_has_nothing_to_do(score, tmp_path):
    first = score()
    before = files_of(tmp_path / "out")
    again = score()
    assert (first.was_done, again.was_done) == (False, True)
    assert files_of(tmp_path / "out") == before
    assert again.scores.equals(first.scores)
    assert again.scores.height == 5000
    assert again.contact_list.equals(first.contact_list)
    assert sorted(json.loads(before["manifest.json"])["inputs"]["data"]) == [
        "about", "digest", "divided_by", "parts", "rows",
    ]  # fmt: skip


def test_after_an_error_nothing_is_left(score, tmp_path, monkeypatch):
    def broken(self, number, shared):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Partition, "part", broken)
    with pytest.raises(InputError, match=r"must be written, the disk refuses it: No space left"):
        score()
    assert not (tmp_path / "out").exists()


def test_data_that_change_meanwhile_are_an_error(score, work, tmp_path, monkeypatch):
    data = tmp_path / "data"
    forestall.read_tables(work.data).write(data)
    fill = Partition._fill_buckets

    def changed(self, *others):
        fill(self, *others)
        file = data / "events.parquet"
        pl.read_parquet(file).head(100).write_parquet(file)

    monkeypatch.setattr(Partition, "_fill_buckets", changed)
    with pytest.raises(
        InputError, match=r"events.parquet must stay the same while it is read, it was changed"
    ):
        score(data)


def test_a_truncated_file_is_an_error_without_a_traceback(score, work, tmp_path):
    data = tmp_path / "data"
    forestall.read_tables(work.data).write(data)
    file = data / "events.parquet"
    content = bytearray(file.read_bytes())
    content[100:20_000] = bytes(19_900)
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"events.parquet must be a Parquet file, cannot be read as one"):
        score(data)
    assert not (tmp_path / "out").exists()


def test_no_frame_is_larger_than_a_part(score, monkeypatch):
    """A twin of the benchmark: what is held at once does not grow with the data."""
    heights = []
    of_checked = forestall.Tables.of_checked.__func__

    def noted(cls, frames, about):
        heights.append(frames["interactions"].height)
        return of_checked(cls, frames, about)

    monkeypatch.setattr(forestall.Tables, "of_checked", classmethod(noted))
    monkeypatch.setattr(forestall.Tables, "__init__", None)  # whole tables are never made
    score()
    assert len(heights) == 4
    assert sum(heights) == 5000
    assert max(heights) < 2 * 5000 / 4
