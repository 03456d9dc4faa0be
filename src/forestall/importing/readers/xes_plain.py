"""Event logs in XES of the plain form that nearly all programs write, read by columns.

The XML is checked by the same parser as any other, but without a call for each element, which takes most of the time.
The text is then cut at its quotes. What stands between two values is one of a few texts, such as `/> <string key=`.
Each of them is read once, and what it says is looked up for all places. A text that is not known raises
`NotPlainError`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np
import polars as pl

from forestall.importing.readers.column_names import check_width
from forestall.importing.readers.xes_gaps import (
    EVENT_LEVEL,
    TRACE_LEVEL,
    Gaps,
    NotPlainError,
    check_levels,
    look_up_gaps,
)
from forestall.importing.readers.xes_parser import BLOCK, log_frame, parse_block

_PART = 4 << 20  # bytes of text that are read at once: more no longer fits the caches of a processor
_MOST_BYTES = 1 << 31  # Polars holds no longer text
_ENCODINGS = {None, "utf-8", "utf8", "us-ascii", "ascii"}


@dataclass(frozen=True)
class _Part:
    """The traces and events of a part of a log."""

    traces: pl.DataFrame
    events: pl.DataFrame
    trace_of_event: pl.Series
    lines: pl.Series


def read_plain_log(file: IO[bytes]) -> pl.DataFrame:
    """Return the events of an event log, each with its line and the attributes of its trace.

    Raises
    ------
    NotPlainError
        The log has another form.
    xml.parsers.expat.ExpatError
        The file is not well-formed XML, or ends too early.
    TooLongError
        An element is too long.
    """
    cutter = _Cutter()
    parts: list[Future[_Part]] = []
    n_lines = 0
    with ThreadPoolExecutor(
        max_workers=1
    ) as reader:  # it reads the tags of one part while the next is checked
        for content in cutter.parts(file):
            if len(parts) > 1:
                parts[-2].result()  # no more than two parts wait, to bound the memory
            parts.append(reader.submit(_read_part, content, cutter.line + n_lines, cutter.prefix))
            n_lines += content.count(b"\n")
        return _joined([part.result() for part in parts])


def _joined(parts: list[_Part]) -> pl.DataFrame:
    """Return the events of all parts."""
    if not parts:
        raise NotPlainError
    n_before = np.cumsum([0, *(part.traces.height for part in parts)])
    owners = [part.trace_of_event + int(n) for part, n in zip(parts, n_before[:-1], strict=True)]
    return log_frame(
        _stacked([part.traces for part in parts]),
        _stacked([part.events for part in parts]),
        pl.concat(owners).cast(pl.UInt32),
        pl.concat([part.lines for part in parts]),
    )


def _stacked(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of all frames without the column that holds their number of rows."""
    return pl.concat(frames, how="diagonal", rechunk=True).drop(_ROW)


_ROW = "\0"
"""Column of a frame that may have no other; no attribute has this name, since XML has no such character."""


class _Cutter:
    """Checks that a file is well-formed XML and cuts it into parts of whole traces.

    Attributes
    ----------
    line
        The line of the first trace.
    prefix
        What stands before the names of all elements.
    """

    def __init__(self) -> None:
        self.line, self.prefix = 0, ""
        self._start, self._depth, self._has_root = -1, 0, False
        parser = expat.ParserCreate()
        parser.XmlDeclHandler = self._check_encoding
        parser.StartElementHandler = self._start_element
        parser.EndElementHandler = self._end_element
        parser.StartDoctypeDeclHandler = self._found_doctype
        for name in ("Comment", "ProcessingInstruction", "StartCdataSection"):
            setattr(parser, f"{name}Handler", self._found_other)
        self._parser = parser

    def parts(self, file: IO[bytes]) -> Iterator[bytes]:
        """Return the parts of the content from its first trace on; each ends before a trace, or at the file's end."""
        held: list[bytes] = []
        n_read = n_held = 0
        while block := file.read(BLOCK):
            if n_read == 0 and (b"\0" in block[:4] or not block.lstrip().startswith((b"<", b"\xef\xbb\xbf"))):
                raise NotPlainError
            n_before, n_read = n_read, n_read + len(block)
            parse_block(self._parser, block, n_read)
            if self._start < 0:
                continue
            held.append(block[max(0, self._start - n_before) :])
            n_held += len(held[-1])
            if n_held >= _PART and (whole := self._cut(held)):
                yield whole
                n_held = len(held[0])
        self._parser.Parse(b"", True)
        if held:
            yield b"".join(held)

    def _cut(self, held: list[bytes]) -> bytes:
        """Return what is held up to the last trace, which stays; empty if that is the only one."""
        mark = f"<{self.prefix}trace>".encode()
        across_blocks = b"".join(block[-len(mark) :] for block in held[-2:-1]) + held[-1][: len(mark)]
        if mark not in held[-1] and mark not in across_blocks:
            return b""
        content = b"".join(held)
        place = max(0, content.rfind(mark))
        held[:] = [content[place:]]
        return content[:place]

    def _check_encoding(self, _: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise NotPlainError

    def _start_element(self, name: str, _: Any) -> None:
        if not self._has_root:
            self._has_root, self.prefix = True, name[: name.rfind(":") + 1]
        if name == f"{self.prefix}event" or (name == f"{self.prefix}trace" and self._depth != TRACE_LEVEL):
            raise NotPlainError
        self._depth += 1
        if name == f"{self.prefix}trace":
            self._start, self.line = self._parser.CurrentByteIndex, self._parser.CurrentLineNumber
            self._parser.StartElementHandler = self._parser.EndElementHandler = None

    def _end_element(self, _: str) -> None:
        self._depth -= 1

    def _found_doctype(self, *_: Any) -> None:
        raise NotPlainError  # it may define entities and values that are not written

    def _found_other(self, *_: Any) -> None:
        if self._start >= 0:
            raise NotPlainError


def _read_part(content: bytes, line: int, prefix: str) -> _Part:
    """Return the traces and events of a part of a log.

    Parameters
    ----------
    content
        The text of whole traces, from the first `<` on.
    line
        The line on which it begins.
    prefix
        What stands before the names of all elements.
    """
    if len(content) > _MOST_BYTES or (b"\r" in content and re.search(rb"\r(?!\n)", content)):
        raise NotPlainError  # a line may also end with \r alone
    # the tag that the first gap would close belongs to no part
    pieces = pl.Series([f"/>{content.decode()}"]).str.split('"').explode()
    gaps, values = look_up_gaps(pieces.gather_every(2), prefix), pieces.gather_every(2, offset=1)
    check_levels(gaps)
    is_escaped = values.str.contains_any(["&", "\t", "\n", "\r"])
    begins_event = gaps["n_events"] > 0
    lines = line + gaps["n_lines"].cumsum() - gaps["n_lines"] + gaps["n_lines_before_event"]
    if is_escaped.any():
        in_values = values.str.count_matches("\n", literal=True).to_numpy().astype(np.int64)
        lines[1:] += in_values.cumsum()
        values = _decoded(values, is_escaped)
    attributes = _attributes(gaps, values)
    return _Part(
        _columns(attributes.filter(~pl.col("in_event")), "trace", int(gaps["n_traces"].sum())),
        _columns(attributes.filter("in_event"), "event", int(gaps["n_events"].sum())),
        pl.Series(gaps["n_traces"].cumsum()[begins_event] - 1, dtype=pl.Int64),
        pl.Series(lines[begins_event], dtype=pl.Int64),
    )


def _attributes(gaps: Gaps, values: pl.Series) -> pl.DataFrame:
    """Return the key and the value of each attribute of a trace or an event, without those within attributes.

    Parameters
    ----------
    gaps
        What stands before each of the `values`, and after the last one.
    values
        The values of all attributes of XML.
    """
    of_tag = gaps["is_tag"].cumsum() - 1
    tag = np.flatnonzero(gaps["is_tag"])
    at = np.full((2, len(tag)), -1)
    for name, place in zip(("is_key", "is_value"), at, strict=True):
        place[of_tag[gaps[name]]] = np.flatnonzero(gaps[name])
    level = gaps["level"][tag]
    is_whole = (at >= 0).all(axis=0)
    # whose attribute it is: the last event that began, unless an attribute of the trace began after it
    last_event = np.maximum.accumulate(np.where(gaps["n_events"] > 0, np.arange(len(of_tag)), -1))[tag]
    last_of_trace = np.maximum.accumulate(np.where(level == EVENT_LEVEL, tag, -1))
    in_event = (level == EVENT_LEVEL + 1) & (last_event > last_of_trace)
    is_own = is_whole & (in_event | (level == EVENT_LEVEL))
    return pl.DataFrame(
        {
            "trace": (gaps["n_traces"].cumsum() - 1)[tag][is_own],
            "event": (gaps["n_events"].cumsum() - 1)[tag][is_own],
            "in_event": in_event[is_own],
            "key": values.gather(at[0][is_own]),
            "value": values.gather(at[1][is_own]),
        }
    )


def _decoded(text: pl.Series, is_escaped: pl.Series) -> pl.Series:
    """Return the texts of attributes as XML defines them: without references, each kind of white space a blank."""
    written = text.filter(is_escaped).unique()
    elements = "".join(f'<a v="{one}"/>' for one in written)
    read = [element.attrib["v"] for element in ElementTree.fromstring(f"<r>{elements}</r>")]
    return text.replace(written, pl.Series(read, dtype=pl.String))


def _columns(attributes: pl.DataFrame, owner: str, n: int) -> pl.DataFrame:
    """Return one row for each of `n` owners and one column for each key.

    Of a key that stands twice in one owner, the last value counts.
    """
    check_width(attributes["key"].n_unique())
    columns = [pl.int_range(n, eager=True).alias(_ROW)]
    for (key,), rows in attributes.partition_by("key", as_dict=True, maintain_order=True).items():
        places = np.full(n, -1)
        places[rows[owner].to_numpy()] = np.arange(rows.height)
        found = pl.Series(places)
        columns.append(rows["value"].gather(found.set(found < 0, None)).alias(str(key)))
    return pl.DataFrame(columns)
