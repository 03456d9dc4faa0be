"""Frames as rows of Spark: each row holds a frame as Arrow IPC, with its destination, kind and number.

Spark moves, keeps and recomputes such rows as any others. It never looks at the rows of a table one by one, which would
cost more than to score them.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA = "dest int, kind string, number long, frame binary"
Numbered = Mapping[int, pl.DataFrame]
"""Frames by number, in the order of the numbers."""
_BATCH_BYTES = 64 << 20
_OBJECT = "object"


class FrameRow(NamedTuple):
    """A frame on its way.

    Attributes
    ----------
    dest
        The partition that it goes to.
    kind
        What it holds, such as `events`.
    number
        Its number among the frames of its kind that have this destination: frames arrive in any order.
    frame
        The frame.
    """

    dest: int
    kind: str
    number: int
    frame: pl.DataFrame


def to_batches(rows: Iterable[FrameRow]) -> Iterator[pa.RecordBatch]:
    """Yield rows as Arrow batches of limited size."""
    waiting: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        content = io.BytesIO()
        row.frame.write_ipc_stream(content, compression="lz4")
        waiting.append({**row._asdict(), "frame": content.getvalue()})
        size += content.tell()
        if size > _BATCH_BYTES:
            yield _batch(waiting)
            waiting, size = [], 0
    if waiting:
        yield _batch(waiting)


def rows_of(batches: Iterable[pa.RecordBatch]) -> Iterator[FrameRow]:
    """Yield the rows of Arrow batches."""
    for batch in batches:
        for row in batch.to_pylist():
            yield FrameRow(row["dest"], row["kind"], row["number"], pl.read_ipc_stream(row["frame"]))


def frames_of(batches: Iterable[pa.RecordBatch]) -> dict[int, dict[str, Numbered]]:
    """Return the frames of each destination by kind and number.

    Raises
    ------
    ValueError
        Two frames of a kind have the same number: rows would be doubled.
    """
    found: dict[int, dict[str, dict[int, pl.DataFrame]]] = {}
    for dest, kind, number, frame in rows_of(batches):
        frames = found.setdefault(dest, {}).setdefault(kind, {})
        if number in frames:
            raise ValueError(f"the {kind} number {number} of part {dest} must come once, came again")
        frames[number] = frame
    return {
        dest: {kind: dict(sorted(frames.items())) for kind, frames in kinds.items()}
        for dest, kinds in sorted(found.items())
    }


def joined(frames: Numbered | None, empty: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of frames in the order of their numbers; `empty` if there are none."""
    return pl.concat(frames.values(), rechunk=True) if frames else empty


def of_object(value: object) -> pl.DataFrame:
    """Return an object as a frame."""
    return pl.DataFrame({_OBJECT: [pickle.dumps(value)]})


def object_in(frame: pl.DataFrame) -> Any:
    """Return the object that `of_object` made a frame of."""
    return pickle.loads(frame[_OBJECT][0])


def _batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    import pyarrow as pa

    types = {"dest": pa.int32(), "kind": pa.string(), "number": pa.int64(), "frame": pa.binary()}
    return pa.RecordBatch.from_pylist(rows, pa.schema(types))
