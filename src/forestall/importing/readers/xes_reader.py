"""Event logs in XES (IEEE 1849): one row per event, with the attributes of its trace."""

from __future__ import annotations

from pathlib import Path
from xml.parsers import expat

import polars as pl

from forestall.errors import InputError
from forestall.importing.readers.content import open_file
from forestall.importing.readers.file_options import FileOptions
from forestall.importing.readers.source_rows import LINE, SourceRows

_BLOCK = 1 << 20


def read_xes(path: Path, _: FileOptions) -> SourceRows:
    """Return the events of an event log; each cell is text.

    Attributes of a trace are named `case:...`. An attribute within another attribute is left out.

    Raises
    ------
    InputError
        The file is not XML, or ends too early.
    """
    log = _Log()
    try:
        with open_file(path) as file:
            while block := file.read(_BLOCK):
                log.parser.Parse(block, False)
            log.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise InputError(
            f"{path}, line {error.lineno}, column {error.offset + 1} must be XML of an XES event log, is not; "
            "export it again"
        ) from None
    except (OSError, EOFError):
        raise InputError(f"{path} must be an XES event log, cannot be read as one; export it again") from None
    frame = log.frame()
    return SourceRows(frame.with_columns(pl.Series(LINE, log.lines, dtype=pl.Int64)))


class _Log:
    """The events that a parser of XML has found so far. Other parsers would accept a log that ends too early."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.ordered_attributes = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.events: list[dict[str, str]] = []
        self.lines: list[int] = []
        self._case: dict[str, str] = {}
        self._open: dict[str, str] | None = None
        self._prefix = ""
        self._depth = 0  # of attributes within attributes

    def _start(self, name: str, attributes: list[str]) -> None:
        if name == "event" or name.endswith(":event"):
            self._open, self._prefix, self._depth = {}, "", 0
            self.lines.append(self.parser.CurrentLineNumber)
        elif name == "trace" or name.endswith(":trace"):
            self._case, self._prefix, self._depth = {}, "case:", 0
            self._open = self._case
        elif self._open is not None:
            self._depth += 1
            if self._depth == 1:
                if len(attributes) == 4 and attributes[0] == "key" and attributes[2] == "value":
                    self._open[self._prefix + attributes[1]] = attributes[3]
                else:
                    self._add(dict(zip(attributes[::2], attributes[1::2], strict=True)))

    def _add(self, named: dict[str, str]) -> None:
        if self._open is not None and "value" in named:
            self._open[self._prefix + named.get("key", "")] = named["value"]

    def _end(self, name: str) -> None:
        if self._open is None:
            return
        if self._depth:
            self._depth -= 1
        elif self._open is not self._case:
            self.events.append({**self._case, **self._open})
            self._open, self._prefix = self._case, "case:"
        else:
            self._open = None

    def frame(self) -> pl.DataFrame:
        names: dict[str, None] = {}
        for event in self.events:
            names |= dict.fromkeys(event)
        return pl.DataFrame(
            [pl.Series(name, [event.get(name) for event in self.events], dtype=pl.String) for name in names]
        )
