"""Event logs in XES (IEEE 1849): one row per event, with the attributes of its trace."""

from __future__ import annotations

from pathlib import Path
from xml.parsers import expat

import polars as pl

from forestall.errors import InputError, cannot_read
from forestall.importing.readers.content import UNREADABLE, open_file
from forestall.importing.readers.file_options import FileOptions
from forestall.importing.readers.source_rows import SourceRows
from forestall.importing.readers.xes_gaps import NotPlainError
from forestall.importing.readers.xes_parser import LONGEST, TRACE, TooLongError, parse_log
from forestall.importing.readers.xes_plain import read_plain_log

SAME_TRACES = "traces of one name"
"""The end of what is said of traces that have the same name."""
_NAME = "case:concept:name"


def read_xes(path: Path, _: FileOptions) -> SourceRows:
    """Return the events of an event log; each cell is text.

    Attributes of a trace are named `case:...`. An attribute within another attribute is left out.

    Raises
    ------
    InputError
        The file is not XML, ends too early, or has an element or a number of attributes that is too large.
    """
    try:
        try:
            with open_file(path) as file:
                return _named(read_plain_log(file), path)
        except NotPlainError:
            with open_file(path) as file:
                return _named(parse_log(file), path)
    except expat.ExpatError as error:
        raise InputError(
            f"{path}, line {error.lineno}, column {error.offset + 1} must be XML of an XES event log, is not; "
            "export it again"
        ) from None
    except TooLongError as error:
        raise InputError(
            f"{path}, line {error.line}: an attribute must have at most {LONGEST:,} bytes, has more; leave it out of "
            "the export"
        ) from None
    except UNREADABLE:
        wrong = f"{path} must be an XES event log, cannot be read as one; export it again"
        raise InputError(cannot_read(path, wrong)) from None


def _named(frame: pl.DataFrame, path: Path) -> SourceRows:
    """Return the rows of a log, and how many of its traces have a name that another one has too."""
    found = {}
    if _NAME in frame.columns:
        traces = frame.select(_NAME, TRACE).drop_nulls().unique()
        n_again = traces.height - traces[_NAME].n_unique()
        if n_again:
            found[f"{path.name}: {SAME_TRACES}"] = f"{n_again:,} traces have the name of another one"
    return SourceRows(frame.drop(TRACE), found=found)
