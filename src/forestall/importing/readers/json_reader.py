"""JSON and JSON Lines: each record becomes a row, and nested values get names with dots."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from forestall.errors import InputError, UsageError, nearest
from forestall.importing.readers.column_names import check_width
from forestall.importing.readers.content import read_content, to_utf8
from forestall.importing.readers.file_options import FileOptions
from forestall.importing.readers.source_rows import SourceRows

_LEAST, _LARGEST = -(2**63), 2**63 - 1
_EXACT = 2**53
"""The largest whole number up to which a float holds each."""
_WHOLE_BEYOND_64_BITS = re.compile(rb"[\s\[:,]-?[1-9]\d{18,}[\s\],}]")


def read_json(path: Path, options: FileOptions) -> SourceRows:
    """Return the records of a JSON or JSON Lines file.

    Values keep their types; a column of unlike types becomes text. `{"group": {"name": "a"}}` becomes the column
    `group.name`. An array stays one cell, from which events can be read.

    Parameters
    ----------
    path
        A file with an array of records, an object that holds one (`options.records` names it), or a record or an
        object a line.
    options
        How the file is read.

    Raises
    ------
    UsageError
        `records` names no array of the file, or must be given.
    InputError
        The file is not JSON.
    """
    content, encoding = to_utf8(read_content(path), path, options.encoding)
    found = {f"{path.name}: encoding": encoding or "utf-8"}
    try:
        document = load_json(content)
    except orjson.JSONDecodeError as error:
        if content.strip().count(b"\n") == 0:
            raise InputError(
                f"{path}, line {error.lineno}, column {error.colno} must be JSON, is not; export the file again"
            ) from None
        return _read_lines(path, content, options, found)
    if isinstance(document, dict) and options.records is None and not _arrays(document):
        document = [document]  # a file of JSON Lines with one line
    return SourceRows.of(to_frame(_records(document, options.records, path)), found=found)


def _read_lines(path: Path, content: bytes, options: FileOptions, found: dict[str, str]) -> SourceRows:
    """Return the records of a JSON Lines file; a line that is no JSON object is kept as it is."""
    records: list[dict[str, Any]] = []
    numbers: list[int] = []
    bad: list[tuple[int, str, str]] = []
    for i, line in enumerate(content.split(b"\n")):
        if not line.strip():
            continue
        try:
            record = load_json(line)
        except orjson.JSONDecodeError:
            bad.append((i + 1, "no_json", line.decode("utf-8")))
            continue
        if isinstance(record, dict):
            # a line may be a page with the array, or a record itself
            is_page = options.records is not None and options.records.split(".")[0] in record
            inner = _records(record, options.records, path) if is_page else [record]
            records += inner
            numbers += [i + 1] * len(inner)
        else:
            bad.append((i + 1, "no_json_object", line.decode("utf-8")))
    if not records:
        raise InputError(f"{path} must be JSON or JSON Lines, has no record; export the file again")
    rows = SourceRows.of(to_frame(records), pl.Series(numbers), found=found)
    lines, rules, raw = [one[0] for one in bad], [one[1] for one in bad], [one[2] for one in bad]
    return rows.with_bad(path, lines, rules, raw)


def load_json(content: bytes) -> Any:
    """Return the value of a JSON text. `NaN` and `Infinity`, which Python writes, are no value.

    Raises
    ------
    orjson.JSONDecodeError
        It is not JSON.
    """
    try:
        if not _WHOLE_BEYOND_64_BITS.search(content):
            return orjson.loads(content)
        # orjson makes floats of such numbers, so that keys would become one
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(content)
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        if b"NaN" not in content and b"Infinity" not in content:
            raise
        try:
            return json.loads(content, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            pass
        raise


def _records(document: Any, place: str | None, path: Path) -> list[dict[str, Any]]:
    """Return the array of records of a JSON document."""
    if place is not None and not isinstance(document, list):
        for key in place.split("."):
            if not isinstance(document, dict) or key not in document:
                keys = list(document) if isinstance(document, dict) else []
                raise UsageError(
                    f"{path}: file.records must name an array of the file, '{key}' is none; {nearest(key, keys)}"
                )
            document = document[key]
    elif isinstance(document, dict):
        arrays = _arrays(document)
        if len(arrays) != 1:
            raise UsageError(
                f"{path} holds {len(arrays)} arrays of records; name one in the mapping: "
                f"'file: {{records: {arrays[0] if arrays else '…'}}}'"
            )
        document = document[arrays[0]]
    if not isinstance(document, list) or not all(isinstance(record, dict) for record in document):
        raise InputError(
            f"{path} must hold an array of JSON objects, holds other values; export it as records"
        )
    return document


def _arrays(document: dict[str, Any]) -> list[str]:
    return [
        key
        for key, value in document.items()
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value)
    ]


def to_frame(records: list[dict[str, Any]]) -> pl.DataFrame:
    """Return records as a frame, nested objects as columns with dots in their names.

    Parameters
    ----------
    records
        JSON objects. An array becomes one cell: a list of JSON texts, one for each element.

    Raises
    ------
    TooManyColumnsError
        The records have too many different names.
    """
    rows = [_flat(record) for record in records]
    names = dict.fromkeys(name for row in rows for name in row)
    check_width(len(names))
    return pl.DataFrame([_series(name, [row.get(name) for row in rows]) for name in names])


def _flat(record: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            flat[f"{prefix}{key}"] = [_dumps(one) for one in value]
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _series(name: str, values: list[Any]) -> pl.Series:
    """Return a column of one type; values of unlike types, and integers that its type cannot hold, become text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {list}:
        return pl.Series(name, values, dtype=pl.List(pl.String))
    least, largest = (-_EXACT, _EXACT) if float in kinds else (_LEAST, _LARGEST)
    is_too_long = int in kinds and any(type(one) is int and not least <= one <= largest for one in values)
    if kinds and kinds <= {int, float} and not is_too_long:
        return pl.Series(name, values, dtype=pl.Int64 if kinds == {int} else pl.Float64, strict=False)
    if len(kinds) <= 1 and not is_too_long:
        return pl.Series(name, values, dtype=None if kinds else pl.Null)
    return pl.Series(name, [None if value is None else _text(value) for value in values], dtype=pl.String)


def _text(value: Any) -> str:
    """Return a value of a column of unlike types as text; a whole number has no `.0`, so that keys stay alike."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST:
        value = int(value)
    if isinstance(value, list):
        return f"[{','.join(value)}]"  # its elements are JSON texts already
    return value if isinstance(value, str) else _dumps(value)


def _dumps(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def flatten_structs(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame whose struct columns are columns with dots in their names; lists of structs become JSON texts."""
    while any(isinstance(dtype, pl.Struct) for dtype in frame.schema.values()):
        columns: list[pl.Series] = []
        for column in frame.iter_columns():
            if isinstance(column.dtype, pl.Struct):
                inner = column.struct.unnest()
                columns += [inner[name].alias(f"{column.name}.{name}") for name in inner.columns]
            else:
                columns.append(column)
        frame = pl.DataFrame(columns)
    lists = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List | pl.Array)]
    return frame.with_columns(_json_list(frame[name]) for name in lists)


def _json_list(column: pl.Series) -> pl.Series:
    texts = [
        None if cell is None else [orjson.dumps(one, default=str).decode() for one in cell]
        for cell in column.to_list()
    ]
    return pl.Series(column.name, texts, dtype=pl.List(pl.String))
