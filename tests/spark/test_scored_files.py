"""Of the files of several attempts exactly one is published."""

from pathlib import Path

import polars as pl
import pytest

from forestall.errors import ForestallError, UsageError
from forestall.spark.scored_files import Published, ScoredFile, ScoredPart, publishing, write_attempt

ROWS = pl.DataFrame({"risk": [0.25, 0.5]})


def test_the_first_complete_file_of_a_part_is_published(tmp_path: Path) -> None:
    taken: dict[int, Path] = {}
    first, second = (write_attempt(ROWS, 3, tmp_path) for _ in range(2))
    assert first.name != second.name
    (tmp_path / "part-00004-half.parquet").write_bytes(b"half of a file, without a note")
    with publishing(tmp_path, taken.__setitem__) as published:
        published.look()
        published.take(ScoredPart(second))
    assert list(taken) == [3]
    assert taken[3].name in {first.name, second.name}
    assert pl.read_parquet(taken[3]).equals(ROWS)


def test_files_are_published_while_the_job_runs(tmp_path: Path) -> None:
    taken: dict[int, Path] = {}
    with publishing(tmp_path, taken.__setitem__):
        write_attempt(ROWS, 0, tmp_path)
        while not taken:
            pass
    assert list(taken) == [0]


def test_attempts_with_other_rows_are_a_fault(tmp_path: Path) -> None:
    published = Published(tmp_path, lambda *_: None)
    published.take(ScoredPart(ScoredFile(2, "a.parquet", 10)))
    with pytest.raises(ForestallError, match="part 2 must have the same rows in each attempt, has 10 and 11"):
        published.take(ScoredPart(ScoredFile(2, "b.parquet", 11)))
    published.take(ScoredPart(ScoredFile(7, "", 4)))  # was there before


def test_an_error_of_publishing_ends_the_job(tmp_path: Path) -> None:
    def full(number: int, file: Path) -> None:
        raise OSError(28, "No space left on device")

    write_attempt(ROWS, 0, tmp_path)
    with pytest.raises(OSError, match="No space left"), publishing(tmp_path, full) as published:
        published.look()


def test_a_folder_that_a_worker_does_not_find_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--output must be on storage that Spark's executors reach"):
        write_attempt(ROWS, 0, tmp_path / "elsewhere")
