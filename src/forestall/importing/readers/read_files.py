"""Sources by their format: each file is read by the reader of its format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from forestall.data.frames import stack
from forestall.data.storage import read_parquet
from forestall.errors import InputError, UsageError, nearest
from forestall.importing.readers.arrays import ARRAY, expand_array
from forestall.importing.readers.column_names import TooManyColumnsError, check_width
from forestall.importing.readers.csv_reader import read_csv
from forestall.importing.readers.excel_reader import read_excel
from forestall.importing.readers.file_options import FileOptions
from forestall.importing.readers.json_reader import flatten_structs, read_json
from forestall.importing.readers.not_rows import without_other_rows
from forestall.importing.readers.source_rows import SourceRows, stack_rows
from forestall.importing.readers.xes_reader import read_xes
from forestall.plain_files import is_special

Reader = Callable[[Path, FileOptions], SourceRows]
_COMPRESSIONS = (".gz", ".bz2", ".xz", ".zst", ".zip")


def _read_parquet(path: Path, _: FileOptions) -> SourceRows:
    return SourceRows.of(flatten_structs(read_parquet(path)))


_READERS: dict[str, Reader] = {
    **dict.fromkeys((".csv", ".tsv", ".txt", ".tab", ".psv"), read_csv),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), read_json),
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), read_excel),
    **dict.fromkeys((".parquet", ".pq"), _read_parquet),
    ".xes": read_xes,
}


def read_files(
    paths: Sequence[str | Path], options: FileOptions | None = None, *, may_be_empty: bool = False
) -> SourceRows:
    """Return the rows of all files, one after another, with `SOURCE_ROW` and `LINE`.

    Parameters
    ----------
    paths
        CSV, JSON, JSON Lines, Excel, Parquet (a file or a folder of parts) or XES files. All but Excel and Parquet may
        be compressed by gzip, bzip2, xz, Zstandard or zip.
    options
        How the files are read.
    may_be_empty
        Whether the files may have no rows.

    Raises
    ------
    UsageError
        No file is given, or the name of a file does not end like that of a known format.
    InputError
        A file is missing, empty or cannot be read.
    """
    if not paths:
        raise UsageError("an import must have at least one source, has none; name the exported files")
    options = options or FileOptions()
    rows = stack_rows([read_file(Path(path), options) for path in paths], paths, may_be_empty=may_be_empty)
    lacking = [name for name in options.optional_columns if name not in rows.frame.columns]
    frame = rows.frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in lacking)
    return SourceRows(frame, rows.bad, rows.found, rows.lacking)


def read_file(path: Path, options: FileOptions) -> SourceRows:
    """Return the rows of one file, or of a folder of Parquet parts, with `LINE`."""
    if not path.exists():
        raise InputError(f"{path} must exist, does not exist; check the path")
    if path.is_dir():
        parts = sorted(path.glob("*.parquet"))
        if not parts:
            raise InputError(f"{path} must hold Parquet parts (*.parquet), holds none")
        return SourceRows.of(flatten_structs(stack([read_parquet(part) for part in parts])))
    if is_special(path):
        raise InputError(f"{path} must be a file, is a pipe or a device; write it to a file first")
    reader = _reader_of(path)
    try:
        rows = _expanded(reader(path, options), path, options)
        if options.header and reader in (read_csv, read_excel):
            rows = without_other_rows(rows, path)
    except TooManyColumnsError as error:
        raise TooManyColumnsError(error.n, path) from None
    check_width(len(column_names(rows.frame)), path)
    return rows


def _expanded(rows: SourceRows, path: Path, options: FileOptions) -> SourceRows:
    """Return rows with a row for each element of the arrays that the mapping expands."""
    frame = rows.frame
    for name in options.expand:
        arrays = [column for column, dtype in frame.schema.items() if dtype == ARRAY]
        if name in arrays:
            frame = expand_array(frame, name)
        elif frame.schema.get(name, pl.Null) != pl.Null:
            raise UsageError(
                f"{path}: file.expand must name an array of the records, {nearest(name, arrays)}"
            )
    return SourceRows(frame, rows.bad, rows.found)


def _reader_of(path: Path) -> Reader:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSIONS:
        suffixes.pop()
    reader = _READERS.get(suffixes[-1]) if suffixes else None
    if reader is None:
        known = ", ".join(_READERS)
        raise UsageError(f"{path} must end with one of {known}; export it in one of these formats")
    return reader


def column_names(frame: pl.DataFrame) -> list[str]:
    """Return the names of the columns that come from the file."""
    return [name for name in frame.columns if not (name.startswith("__") and name.endswith("__"))]
