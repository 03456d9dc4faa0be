"""Frames pass through Spark as rows, whole and once."""

import polars as pl
import pytest

from forestall.spark.frame_rows import (
    FrameRow,
    frames_of,
    joined,
    object_in,
    of_object,
    rows_of,
    to_batches,
)

FRAME = pl.DataFrame({"text": ["a", None, "🙂"], "number": [1.5, None, -0.0]})


def test_frames_come_back_by_destination_kind_and_number() -> None:
    rows = [
        FrameRow(1, "b", 9, FRAME),
        FrameRow(0, "b", 4, FRAME.head(1)),
        FrameRow(1, "b", 2, FRAME.tail(1)),
    ]
    found = frames_of(to_batches(rows))
    assert list(found) == [0, 1]
    assert list(found[1]["b"]) == [2, 9]
    assert joined(found[1]["b"], FRAME.clear()).equals(pl.concat([FRAME.tail(1), FRAME]), null_equal=True)
    assert joined(None, FRAME.clear()).height == 0
    assert [row.number for row in rows_of(to_batches(rows))] == [9, 4, 2]


def test_a_frame_that_comes_twice_is_a_fault() -> None:
    rows = [FrameRow(1, "events", 9, FRAME)] * 2
    with pytest.raises(ValueError, match="the events number 9 of part 1 must come once, came again"):
        frames_of(to_batches(rows))


def test_large_frames_are_not_gathered_in_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forestall.spark.frame_rows._BATCH_BYTES", 1)
    assert [batch.num_rows for batch in to_batches([FrameRow(0, "a", n, FRAME) for n in range(3)])] == [
        1,
        1,
        1,
    ]


def test_an_object_passes_as_a_frame() -> None:
    assert object_in(of_object({"a": (1, None)})) == {"a": (1, None)}
