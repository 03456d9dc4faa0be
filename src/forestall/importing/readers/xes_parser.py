"""Event logs in XES, read element by element: any well-formed XML."""

from __future__ import annotations

from typing import IO
from xml.parsers import expat

import polars as pl

from forestall.importing.readers.column_names import check_width
from forestall.importing.readers.source_rows import LINE

BLOCK = 1 << 20
"""Bytes that are read at a time."""
TRACE = "__trace__"
"""Column with the number of an event's trace, from 0."""
LONGEST = 10_000_000
"""Most bytes of an element of XML, its values included: the parser reads a long one again for each block."""


def parse_log(file: IO[bytes]) -> pl.DataFrame:
    """Return the events of an event log, each with its line and the attributes of its trace.

    Raises
    ------
    xml.parsers.expat.ExpatError
        The file is not well-formed XML, or ends too early.
    TooLongError
        An element is too long.
    """
    log = _Log()
    n_read = 0
    while block := file.read(BLOCK):
        n_read += len(block)
        parse_block(log.parser, block, n_read)
    log.parser.Parse(b"", True)
    return log.frame()


class TooLongError(Exception):
    """An element of XML is too long.

    Attributes
    ----------
    line
        The line on which it begins.
    """

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def parse_block(parser: expat.XMLParserType, block: bytes, n_read: int) -> None:
    """Pass a block to a parser, and check that the element in which it ends is not too long.

    Parameters
    ----------
    parser
        The parser.
    block
        The next bytes of the file.
    n_read
        The bytes of the file up to the end of the block.

    Raises
    ------
    TooLongError
        The element is too long.
    """
    parser.Parse(block, False)
    if n_read - parser.CurrentByteIndex > LONGEST:
        raise TooLongError(parser.CurrentLineNumber)


class _Log:
    """The events that a parser of XML has found so far. Other parsers would accept a log that ends too early."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.ordered_attributes = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self._events, self._traces = _Columns(), _Columns()
        self._trace_of_event: list[int | None] = []
        self._lines: list[int] = []
        self._open: _Columns | None = None
        self._is_in_trace = False  # events may also stand in the log itself
        self._event, self._trace = "", ""  # their names, with the prefix of the root's name
        self._depth = 0  # of attributes within attributes

    def _start(self, name: str, attributes: list[str]) -> None:
        if not self._event:
            prefix = name[: name.rfind(":") + 1]
            self._event, self._trace = f"{prefix}event", f"{prefix}trace"
        if self._open is not None and name not in (self._event, self._trace):
            self._depth += 1
            if self._depth == 1 and len(attributes) > 3:
                self._open.add(attributes)
        elif name == self._event:
            self._open = self._events
            self._events.begin()
            self._trace_of_event.append(self._traces.height - 1 if self._is_in_trace else None)
            self._lines.append(self.parser.CurrentLineNumber)
        elif name == self._trace:
            self._open = self._traces
            self._is_in_trace = True
            self._traces.begin()

    def _end(self, _: str) -> None:
        if self._depth:
            self._depth -= 1
        elif self._open is self._events:
            self._open = self._traces if self._is_in_trace else None
        elif self._open is self._traces:
            self._open, self._is_in_trace = None, False

    def frame(self) -> pl.DataFrame:
        """Return the events, each with the attributes of its trace."""
        return log_frame(
            self._traces.frame(),
            self._events.frame(),
            pl.Series(self._trace_of_event, dtype=pl.UInt32),
            pl.Series(self._lines, dtype=pl.Int64),
        )


class _Columns:
    """Attributes by their keys, one list of values for each key, filled up with None where an element has no value."""

    def __init__(self) -> None:
        self.height = 0
        self._columns: dict[str, list[str | None]] = {}

    def begin(self) -> None:
        """Begin the next element."""
        self.height += 1

    def add(self, attributes: list[str]) -> None:
        """Add an attribute of the element: names and values of XML in turn, `key` and `value` among them."""
        if attributes[0] == "key" and attributes[2] == "value":
            key, value = attributes[1], attributes[3]
        else:
            named = dict(zip(attributes[::2], attributes[1::2], strict=True))
            if "key" not in named or "value" not in named:
                return
            key, value = named["key"], named["value"]
        column = self._columns.get(key)
        if column is None:
            column = self._columns[key] = []
            check_width(len(self._columns))
        missing = self.height - 1 - len(column)
        if missing == 0:
            column.append(value)
        elif missing > 0:
            column.extend([None] * missing)
            column.append(value)
        else:  # of an attribute that stands twice, the last counts
            column[-1] = value

    def frame(self) -> pl.DataFrame:
        """Return one row for each element."""
        for column in self._columns.values():
            column.extend([None] * (self.height - len(column)))
        return pl.DataFrame(
            [pl.Series(key, column, dtype=pl.String) for key, column in self._columns.items()]
        )


def log_frame(
    traces: pl.DataFrame, events: pl.DataFrame, trace_of_event: pl.Series, lines: pl.Series
) -> pl.DataFrame:
    """Return the attributes of events beside those of their traces, which are named `case:...`, and `TRACE`.

    Parameters
    ----------
    traces, events
        One row for each trace and each event.
    trace_of_event
        The number of each event's trace, from 0; null for an event of no trace.
    lines
        The line of each event.
    """
    of_trace = traces.select(pl.all().gather(trace_of_event).name.prefix("case:"))
    columns = [*of_trace.iter_columns(), *events.iter_columns(), lines.alias(LINE)]
    return pl.DataFrame([*columns, trace_of_event.alias(TRACE)])
