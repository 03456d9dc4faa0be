"""Readers of the files that companies export: CSV, Parquet and XES."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast
from xml.etree import ElementTree

import polars as pl

from forestall.data.frames import stack
from forestall.data.storage import read_parquet
from forestall.errors import InputError, UsageError

SOURCE_ROW = "__source_row__"
"""Column with the number of a row among the rows of all sources, from 1, headers excluded."""

_SEPARATORS = (",", ";", "\t", "|")
_ENDINGS = (".csv", ".csv.gz", ".tsv", ".txt", ".parquet", ".xes", ".xes.gz")


def read_sources(paths: Sequence[str | Path]) -> pl.DataFrame:
    """Return the rows of all sources, one source after another, with `SOURCE_ROW`.

    Parameters
    ----------
    paths
        CSV files (UTF-8, separated by `,`, `;`, tab or `|`; cells are read as text), Parquet (a file or a
        folder of parts) or XES files (one row per event; attributes of a trace are named `case:...`).

    Raises
    ------
    UsageError
        No source is given, or the name of a file does not end like that of a known format.
    InputError
        A source is missing, empty or cannot be read.
    """
    if not paths:
        raise UsageError("an import must have at least one source, has none; name the exported files")
    frame = stack([_read_source(Path(path)) for path in paths])
    if not frame.height:
        raise InputError(f"{paths[0]} must have rows, is empty; export it again")
    return frame.with_columns(pl.int_range(1, frame.height + 1, dtype=pl.UInt32).alias(SOURCE_ROW))


def _read_source(path: Path) -> pl.DataFrame:
    if not path.exists():
        raise InputError(f"{path} must exist, does not exist; check the path")
    name = path.name.lower()
    if path.is_dir():
        parts = sorted(path.glob("*.parquet"))
        if not parts:
            raise InputError(f"{path} must hold Parquet parts (*.parquet), holds none")
        return stack([read_parquet(part) for part in parts])
    if name.endswith(".parquet"):
        return read_parquet(path)
    if name.endswith((".xes", ".xes.gz")):
        return _read_xes(path)
    if name.endswith((".csv", ".csv.gz", ".tsv", ".txt")):
        return _read_csv(path)
    raise UsageError(f"{path} must end with one of {', '.join(_ENDINGS)}; export it in one of these formats")


def _open(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb"))


def _read_csv(path: Path) -> pl.DataFrame:
    try:
        with _open(path) as file:
            header = file.readline().decode("utf-8-sig")
        separator = max(_SEPARATORS, key=header.count)
        return pl.read_csv(path, infer_schema=False, separator=separator, encoding="utf8")
    except pl.exceptions.NoDataError:
        raise InputError(f"{path} must have a header and rows, is empty; export it again") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} must be UTF-8 text, is not; export it as UTF-8") from None
    except (pl.exceptions.PolarsError, OSError, EOFError) as error:
        if "utf-8" in str(error).lower():
            raise InputError(f"{path} must be UTF-8 text, is not; export it as UTF-8") from None
        raise InputError(
            f"{path} must be a CSV file with at most as many cells in each row as in its header, is not; "
            "quote cells that hold a separator"
        ) from None


def _read_xes(path: Path) -> pl.DataFrame:
    try:
        with _open(path) as file:
            rows = list(_read_events(file))
    except ElementTree.ParseError as error:
        line, column = error.position
        raise InputError(
            f"{path}, line {line}, column {column + 1} must be XML of an XES event log, is not; export it again"
        ) from None
    except (OSError, EOFError):
        raise InputError(f"{path} must be an XES event log, cannot be read as one; export it again") from None
    names = {name: pl.String for row in rows for name in row}
    return pl.DataFrame(rows, schema=names)


def _read_events(file: IO[bytes]) -> Iterator[dict[str, str]]:
    """Yield the events of a log, each with its own attributes and those of its trace."""
    for _, element in ElementTree.iterparse(file):
        if _tag(element) == "trace":
            case = {f"case:{name}": value for name, value in _attributes(element).items()}
            yield from ({**case, **_attributes(event)} for event in element if _tag(event) == "event")
            element.clear()


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    return {item.get("key", ""): item.get("value", "") for item in element if item.get("value") is not None}


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]
