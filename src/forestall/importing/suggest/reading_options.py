"""How an unknown file is read: lines above the header, the sheet of an Excel file, the array of a JSON file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fastexcel
import orjson

from forestall.errors import ForestallError, InputError
from forestall.importing.readers import FileOptions, SourceRows, read_file
from forestall.importing.readers.content import read_content, to_utf8

_MOST_LINES_ABOVE = 15
_EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_FEW_BAD = 0.05


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
    if _fits(rows):
        return rows, options
    for n_lines in range(1, _MOST_LINES_ABOVE + 1):
        deeper = {**options, "skip_rows": n_lines}
        try:
            found = read_file(path, FileOptions(**deeper))
        except ForestallError:
            break  # the file has no more lines
        if _fits(found) and found.frame.width > rows.frame.width:
            return found, deeper
    return rows, options


def _fits(rows: SourceRows) -> bool:
    """Return whether the first line is a header: it names all columns, and nearly all lines have as many cells."""
    names = [name for name in rows.frame.columns if not name.startswith("__")]
    is_named = len(names) == len([name for name in rows.frame.columns if name != "__line__"])
    return bool(names) and is_named and rows.bad.height <= _FEW_BAD * (rows.frame.height + rows.bad.height)


def _sheet(path: Path) -> dict[str, Any]:
    """Return the sheet with the most cells; nothing if it is the first, which is read anyway."""
    try:
        book = fastexcel.read_excel(str(path))
    except fastexcel.FastExcelError:
        raise InputError(f"{path} must be an Excel file, cannot be read as one; export it again") from None
    sizes = {}
    for name in book.sheet_names:
        sheet = book.load_sheet(name)
        sizes[name] = sheet.total_height * sheet.width
    best = max(sizes, key=lambda name: sizes[name])
    return {} if best == book.sheet_names[0] else {"sheet": best}


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
