"""A file that frames are appended to, and whose rows are read back in that order."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

_LENGTH = 8  # bytes before each piece


@dataclass(frozen=True)
class PieceFile:
    """A temporary file of frames with the same columns. It need not outlive its job, so it is not synced.

    Parameters
    ----------
    path
        The file; it does not exist before the first frame.
    """

    path: Path

    def append(self, frame: pl.DataFrame) -> None:
        """Add the rows of a frame."""
        content = io.BytesIO()
        frame.write_ipc_stream(content, compression="lz4")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(content.getbuffer().nbytes.to_bytes(_LENGTH, "little"))
            file.write(content.getbuffer())

    def read(self) -> pl.DataFrame | None:
        """Return all rows as one frame, None if there are none."""
        pieces = list(self.pieces())
        return pl.concat(pieces, rechunk=True) if pieces else None

    def pieces(self) -> Iterator[pl.DataFrame]:
        """Yield the frames that were appended."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            while length := file.read(_LENGTH):
                yield pl.read_ipc_stream(file.read(int.from_bytes(length, "little")))

    def remove(self) -> None:
        """Remove the file, if there is one."""
        self.path.unlink(missing_ok=True)
