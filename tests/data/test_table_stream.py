"""A table that is read batch by batch has the rows and types of the whole table."""

from pathlib import Path

import polars as pl
import pytest

from forestall.data.data_files import LocalFiles
from forestall.data.storage import read_frame
from forestall.data.table_stream import TableStream
from forestall.errors import InputError


def write_parts(folder: Path, *frames: pl.DataFrame) -> Path:
    """Write the parts of a table of interactions."""
    (folder / "interactions").mkdir(parents=True)
    for number, frame in enumerate(frames):
        frame.write_parquet(folder / "interactions" / f"{number}.parquet")
    return folder


def test_parts_of_unlike_types_are_read_as_in_one_frame(tmp_path: Path) -> None:
    day = pl.Series("started_at", ["2026-01-05T10:00:00"])
    folder = write_parts(
        tmp_path,
        pl.DataFrame({"interaction_id": ["a"], "started_at": day, "price": [1], "nothing": [None]}),
        pl.DataFrame({"interaction_id": [7], "started_at": day.str.to_datetime(), "price": [2.5]}),
        pl.DataFrame({"interaction_id": ["b"] * 5, "started_at": list(day) * 5, "extra": [True] * 5}),
    )
    stream = TableStream.of(folder, "interactions")
    batches = list(stream.batches(rows=2))
    assert max(batch.height for batch in batches) <= 5
    assert {tuple(batch.schema.items()) for batch in batches} == {tuple(stream.empty.schema.items())}
    assert pl.concat(batches).equals(read_frame(LocalFiles(folder), "interactions")[0])
    assert stream.n_rows == 7


@pytest.mark.parametrize(
    ("values", "is_whole"),
    [([1.0, None, 3.0], True), ([1.0, float("nan")], True), ([1.0, 2.5], False), ([None], False)],
)
def test_whole_numbers_are_seen_in_all_parts(
    values: list[float | None], is_whole: bool, tmp_path: Path
) -> None:
    parts = [
        pl.DataFrame({"interaction_id": [value], "started_at": ["2026-01-05"], "venue": [2.0]},
                     schema_overrides={"interaction_id": pl.Float64})
        for value in values
    ]  # fmt: skip
    stream = TableStream.of(write_parts(tmp_path, *parts), "interactions")
    assert stream.has_whole_numbers == {"interactions.interaction_id": is_whole, "interactions.venue": True}


def test_a_missing_table_a_missing_column_and_a_damaged_file_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must have events.parquet or a folder events"):
        TableStream.of(tmp_path, "events")
    assert TableStream.of(tmp_path, "feedback", is_required=False).empty.columns == [
        "interaction_id", "rating", "rated_at",
    ]  # fmt: skip
    (tmp_path / "events.parquet").write_bytes(b"no Parquet")
    with pytest.raises(InputError, match=r"events.parquet must be a Parquet file"):
        _ = TableStream.of(tmp_path, "events").empty
    write_parts(tmp_path, pl.DataFrame({"interaction_id": ["a"], "start_at": ["2026-01-05"]}))
    with pytest.raises(
        InputError, match=r"interactions must have a column 'started_at', did you mean 'start_at'"
    ):
        _ = TableStream.of(tmp_path, "interactions").empty
