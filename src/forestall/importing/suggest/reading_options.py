"""How an unknown file is read: lines above the header, the sheet of an Excel file, the array of a JSON file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from forestall.errors import ForestallError
from forestall.importing.readers import FileOptions, SourceRows, read_file
from forestall.importing.readers.content import read_content, to_utf8
from forestall.importing.readers.excel_process import sheet_sizes
from forestall.importing.readers.excel_reader import check_book, check_unpacked
from forestall.importing.readers.read_files import column_names
from forestall.importing.suggest.column_profile import share_of
from forestall.importing.suggest.time_forms import template_of

_MOST_SHEETS = 40
_MOST_LINES_ABOVE = 15
_EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_TEXT = (".csv", ".tsv", ".txt", ".tab", ".psv")
_FEW_BAD, _MOST_NAMED = 0.05, 0.6
_LOOKED_AT = 200
_NUMBERED = re.compile(r"column \d+")  # a column without a name
_NUMBER = r"[-+]?\d+(?:[.,]\d+)?"
_TYPED_VALUES = (pl.Float64, pl.Int64, pl.Datetime, pl.Date)


def read_unknown(path: Path) -> tuple[SourceRows, dict[str, Any]]:
    """Return the rows of a file, and the keys of `file` in the mapping by which they are read.

    Raises
    ------
    InputError, UsageError
        The file cannot be read.
    """
    options: dict[str, Any] = {}
    name = path.name.lower()
    if name.endswith(_EXCEL):
        options = _sheet(path)
    elif ".json" in name or ".ndjson" in name:
        options = _array(path)
    rows = read_file(path, FileOptions(**options))
    if not _fits(rows):
        rows, options = _skip_to_header(path, rows, options)
    if not options and _has_questions_below(rows.frame):
        options = {"skip_rows": 1}
        rows = read_file(path, FileOptions(**options))
    if name.endswith((*_TEXT, *_EXCEL)) and is_row(rows.frame):
        options = {**options, "header": False}
        rows = read_file(path, FileOptions(**options))
    return rows, options


def _skip_to_header(
    path: Path, rows: SourceRows, options: dict[str, Any]
) -> tuple[SourceRows, dict[str, Any]]:
    """Return the rows below the first line that fits better as a header than the first of all."""
    for n_lines in range(1, _MOST_LINES_ABOVE + 1):
        deeper = {**options, "skip_rows": n_lines}
        try:
            found = read_file(path, FileOptions(**deeper))
        except ForestallError:
            break  # the file has no more lines
        if _fits(found) and _n_named(found.frame) > _n_named(rows.frame):
            return found, deeper
    return rows, options


def _has_questions_below(frame: pl.DataFrame) -> bool:
    """Return whether the header has codes, such as `Q1`, and the two lines below it the questions and their import ids.

    So Qualtrics writes its answers. The line of import ids stays, and is rejected: it has no time.
    """
    names = column_names(frame)[:1]
    second = frame.select(pl.col(names).cast(pl.String, strict=False)).slice(1, 1)
    return bool(second.height and names and str(second.item(0, 0)).startswith('{"ImportId"'))


def _fits(rows: SourceRows) -> bool:
    """Return whether the first line is a header: it names most columns, and nearly all lines have as many cells."""
    n_named, n_columns = _n_named(rows.frame), len(column_names(rows.frame))
    is_named = n_named > 0 and n_named >= _MOST_NAMED * n_columns
    return is_named and rows.bad.height <= _FEW_BAD * (rows.frame.height + rows.bad.height)


def _n_named(frame: pl.DataFrame) -> int:
    return sum(_NUMBERED.fullmatch(name) is None for name in column_names(frame))


def is_row(frame: pl.DataFrame) -> bool:
    """Return whether the names of the columns look like values: the file has no header."""
    names = column_names(frame)
    some = frame.select(pl.col(names).cast(pl.String, strict=False)).head(_LOOKED_AT)
    likes = {
        name: some[name].drop_nulls() for name in names if frame.schema[name] in (pl.String, *_TYPED_VALUES)
    }
    times = [name for name, cells in likes.items() if template_of(name) and _share_of_times(cells) > 0.9]
    if times:
        return True
    numbers = [n for n, cells in likes.items() if _is_number(n) and _share_of_numbers(cells) > 0.9]
    counted = [str(float(i)) for i in range(len(numbers) + 1)]  # 0, 1, 2 … are names that programs give
    is_counted = [str(float(n)) for n in numbers] in (counted[:-1], counted[1:])
    return len(numbers) >= max(2, 0.4 * len(names)) and not is_counted


def _is_number(text: str) -> bool:
    return re.fullmatch(_NUMBER, text) is not None


def _share_of_numbers(cells: pl.Series) -> float:
    return share_of(cells.str.contains(f"^{_NUMBER}$"))


def _share_of_times(cells: pl.Series) -> float:
    return share_of(pl.Series([template_of(cell) is not None for cell in cells], dtype=pl.Boolean))


def _sheet(path: Path) -> dict[str, Any]:
    """Return the sheet with the most cells, and those with the same header; nothing if it is the only one.

    A form, whose first line names few columns, is taken only if no sheet has a header.
    """
    check_unpacked(path)
    sizes, fault = sheet_sizes(path)
    check_book(path, fault)
    largest = max(sizes, key=lambda name: sizes[name])
    names = list(sizes) if len(sizes) <= _MOST_SHEETS else [largest]
    columns = {name: _columns_of_sheet(path, name) if sizes[name] else [] for name in names}
    best = max(names, key=lambda name: (_names_most(columns[name]), sizes[name]))
    alike = [name for name in names if columns[name] == columns[best]]
    if len(alike) > 1:
        return {"sheet": alike}
    return {} if len(sizes) == 1 else {"sheet": best}


def _names_most(columns: list[str]) -> bool:
    """Return whether a header names nearly all columns."""
    return 2 * sum(_NUMBERED.fullmatch(name) is None for name in columns) > len(columns) > 0


def _columns_of_sheet(path: Path, sheet: str) -> list[str]:
    try:
        return read_file(path, FileOptions(sheet=sheet)).frame.columns
    except ForestallError:  # a sheet without a header
        return []


def _array(path: Path) -> dict[str, Any]:
    """Return the longest array of objects of a JSON document; nothing if there is no choice."""
    content, _ = to_utf8(read_content(path), path, None)
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}  # JSON Lines, or an error that the reader names
    arrays = dict(_arrays(document, ""))
    if not arrays or (len(arrays) == 1 and "." not in next(iter(arrays))):
        return {}
    return {"records": max(arrays, key=lambda name: arrays[name])}


def _arrays(document: Any, place: str) -> list[tuple[str, int]]:
    """Return the arrays of objects in the objects of a document, by their place, with their lengths."""
    if not isinstance(document, dict):
        return []
    found: list[tuple[str, int]] = []
    for key, value in document.items():
        here = f"{place}.{key}" if place else key
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            found.append((here, len(value)))
        found += _arrays(value, here)
    return found
