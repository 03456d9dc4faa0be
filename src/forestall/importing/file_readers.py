"""What a company exports, read as it is: CSV, Parquet and XES files."""

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
"""The number of a row among all rows of the sources, from 1; headers are not counted."""

_SEPARATORS = (",", ";", "\t", "|")
_KINDS = (".csv", ".csv.gz", ".tsv", ".txt", ".parquet", ".xes", ".xes.gz")


def read_sources(paths: Sequence[str | Path]) -> pl.DataFrame:
    """Return the rows of all sources, one after another, with `SOURCE_ROW`.

    Parameters
    ----------
    paths
        CSV (any of `,`, `;`, tab and `|` between cells, UTF-8; all cells stay text), Parquet (a file or a
        folder of parts) or XES files (one row an event; a trace's attributes are named `case:...`).

    Raises
    ------
    UsageError
        No source is given, or one is of a kind that is not read.
    InputError
        A source is missing, empty or cannot be read.
    """
    if not paths:
        raise UsageError("an import must have at least one source, has none")
    frame = stack([_read_source(Path(path)) for path in paths])
    if not frame.height:
        raise InputError(f"{paths[0]} must have rows, is empty")
    return frame.with_columns(pl.int_range(1, frame.height + 1, dtype=pl.UInt32).alias(SOURCE_ROW))


def _read_source(path: Path) -> pl.DataFrame:
    if not path.exists():
        raise InputError(f"{path} does not exist")
    name = path.name.lower()
    if path.is_dir():
        parts = sorted(path.glob("*.parquet"))
        if not parts:
            raise InputError(f"{path} must hold Parquet parts, holds none")
        return stack([read_parquet(part) for part in parts])
    if name.endswith(".parquet"):
        return read_parquet(path)
    if name.endswith((".xes", ".xes.gz")):
        return _read_xes(path)
    if name.endswith((".csv", ".csv.gz", ".tsv", ".txt")):
        return _read_csv(path)
    raise UsageError(f"{path} must end with one of {', '.join(_KINDS)}")


def _open(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb"))


def _read_csv(path: Path) -> pl.DataFrame:
    try:
        with _open(path) as file:
            header = file.readline().decode("utf-8-sig")
        separator = max(_SEPARATORS, key=header.count)
        return pl.read_csv(path, infer_schema=False, separator=separator, encoding="utf8")
    except pl.exceptions.NoDataError:
        raise InputError(f"{path} must have a header and rows, is empty") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} must be UTF-8 text, is not; export it as UTF-8") from None
    except (pl.exceptions.PolarsError, OSError, EOFError) as error:
        if "utf-8" in str(error).lower():
            raise InputError(f"{path} must be UTF-8 text, is not; export it as UTF-8") from None
        raise InputError(
            f"{path} must be a CSV file with as many cells in each row as in its header"
        ) from None


def _read_xes(path: Path) -> pl.DataFrame:
    try:
        with _open(path) as file:
            rows = list(_events_of(file))
    except (ElementTree.ParseError, OSError, EOFError):
        raise InputError(f"{path} must be an XES event log, cannot be read as one") from None
    names = {name: pl.String for row in rows for name in row}
    return pl.DataFrame(rows, schema=names)


def _events_of(file: IO[bytes]) -> Iterator[dict[str, str]]:
    """Give the events of a log, each with its own attributes and those of its trace."""
    for _, element in ElementTree.iterparse(file):
        if _tag(element) == "trace":
            case = {f"case:{name}": value for name, value in _attributes(element).items()}
            yield from ({**case, **_attributes(event)} for event in element if _tag(event) == "event")
            element.clear()


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    return {item.get("key", ""): item.get("value", "") for item in element if item.get("value") is not None}


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]
