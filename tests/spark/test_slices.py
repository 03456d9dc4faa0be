"""Slices hold each row of the tables once, with the types of the whole table."""

from pathlib import Path

import polars as pl
import pytest

from forestall.errors import InputError
from forestall.spark.slices import slices_of
from forestall.streaming.source import Source


@pytest.fixture
def source(tmp_path: Path) -> Source:
    times = pl.datetime_range(
        pl.datetime(2026, 1, 1), pl.datetime(2026, 1, 7), "1d", time_zone="UTC", eager=True
    )
    interactions = pl.DataFrame({"interaction_id": [str(n) for n in range(7)], "started_at": times})
    (tmp_path / "interactions").mkdir()
    interactions.head(5).write_parquet(tmp_path / "interactions" / "a.parquet")
    interactions.tail(2).with_columns(price=pl.lit(3)).write_parquet(tmp_path / "interactions" / "b.parquet")
    events = pl.DataFrame({"interaction_id": ["1"], "at": times[:1], "kind": ["served"]})
    events.write_parquet(tmp_path / "events.parquet")
    return Source.open(tmp_path)


def test_slices_are_all_rows_in_their_order(source: Source) -> None:
    slices = list(slices_of(source, rows=2))
    own = [one for one in slices if one.table == "interactions"]
    assert [(one.file.name, one.start, one.rows) for one in own] == [
        ("a.parquet", 0, 2), ("a.parquet", 2, 2), ("a.parquet", 4, 1), ("b.parquet", 0, 2),
    ]  # fmt: skip
    empty = source.tables["interactions"].empty
    frames = [one.read(empty) for one in own]
    assert {tuple(frame.schema.items()) for frame in frames} == {tuple(empty.schema.items())}
    assert pl.concat(frames)["interaction_id"].to_list() == [str(n) for n in range(7)]
    assert [one.table for one in slices if one.table != "interactions"] == ["events"]


def test_a_file_that_became_shorter_is_named(source: Source) -> None:
    first = next(iter(slices_of(source)))
    pl.read_parquet(first.file).head(1).write_parquet(first.file)
    with pytest.raises(InputError, match=r"a\.parquet must stay the same while it is read"):
        first.read(source.tables["interactions"].empty)
    first.file.write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"a\.parquet must be a Parquet file"):
        first.read(source.tables["interactions"].empty)
