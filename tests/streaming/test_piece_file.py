"""Frames that are appended to a file come back as one."""

from pathlib import Path

import polars as pl

from forestall.streaming.piece_file import PieceFile


def test_the_rows_come_back_in_their_order_with_their_types(tmp_path: Path) -> None:
    file = PieceFile(tmp_path / "below" / "rows")
    assert file.read() is None
    frame = pl.DataFrame(
        {"text": ["😀", None, "long text that does not fit into a view"], "number": [1.5, None, -0.0]},
    ).with_columns(at=pl.lit(0).cast(pl.Datetime("us", "UTC")), nothing=pl.lit(None))
    for part in (frame.head(1), frame.clear(), frame.tail(2)):
        file.append(part)
    found = file.read()
    assert found is not None
    assert found.equals(frame)
    assert found.schema == frame.schema
    assert [piece.height for piece in file.pieces()] == [1, 0, 2]
    file.remove()
    file.remove()
    assert file.read() is None
