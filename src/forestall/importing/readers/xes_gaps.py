"""What stands between two values of an event log in XES: the end of a tag, bare tags, and the start of a tag."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass, fields
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

TRACE_LEVEL, EVENT_LEVEL = 1, 2
"""How many elements a trace and an event are within."""

_NAME = r"""[^\s/<>'"=]+"""
_BETWEEN = re.compile(rf"\s+({_NAME})\s*=\s*")
_TAG_CLOSE = re.compile(r"\s*(/?)>")
_BARE_TAG = re.compile(rf"\s*<(/?)({_NAME})\s*(/?)>")
_TAG_START = re.compile(rf"\s*<({_NAME})\s+({_NAME})\s*=\s*")
_DEEP = 1 << 20

Gaps = dict[str, NDArray[Any]]
"""The fields of `Gap` at each place of the text, and `level`: how many elements the tag that it starts is within."""


class NotPlainError(Exception):
    """The log has a form that only the parser of all XML can read."""


@dataclass
class Gap:
    """A text between two values.

    Parameters
    ----------
    n_lines, n_lines_before_event
        Number of ends of lines in it, and of those before the tag of its event.
    n_traces, n_events
        Number of traces and events that begin in it, at most one of each.
    trace_step, event_step
        Number of elements that begin before its trace and its event, less those that end.
    least_step
        The smallest such number of its other tags without attributes.
    step
        The same number for the whole text; the tag that it starts is not counted.
    is_tag
        Whether it starts a tag with attributes.
    is_key, is_value
        Whether the value after it is that of the attribute `key`, or of `value`.
    is_last
        Whether no value can follow.
    """

    n_lines: int
    n_lines_before_event: int = 0
    n_traces: int = 0
    n_events: int = 0
    trace_step: int = 0
    event_step: int = 0
    least_step: int = _DEEP
    step: int = 0
    is_tag: bool = False
    is_key: bool = False
    is_value: bool = False
    is_last: bool = False


def look_up_gaps(texts: pl.Series, prefix: str) -> Gaps:
    """Return what each of the texts between two values says.

    Parameters
    ----------
    texts
        What stands before each value, and after the last one.
    prefix
        What stands before the names of all elements.

    Raises
    ------
    NotPlainError
        A text has another form.
    """
    distinct = texts.unique(maintain_order=True)
    known = [_read_gap(text, prefix) for text in distinct]
    code = texts.cast(pl.Enum(distinct)).to_physical().to_numpy()
    table = np.array([astuple(gap) for gap in known], dtype=np.int32).T.copy()
    gaps: Gaps = {field.name: row.take(code) for field, row in zip(fields(Gap), table, strict=True)}
    if gaps["is_last"][:-1].any() or not gaps["is_last"][-1]:
        raise NotPlainError
    for name in ("is_tag", "is_key", "is_value"):
        gaps[name] = gaps[name].astype(bool)
    return gaps | {"level": gaps["step"].cumsum() + TRACE_LEVEL}


def _read_gap(text: str, prefix: str) -> Gap:
    """Return what a text says."""
    gap = Gap(text.count("\n"))
    if found := _BETWEEN.fullmatch(text):
        return _with_name(gap, found[1])
    close = _TAG_CLOSE.match(text)
    if close is None:
        raise NotPlainError
    gap.step = 0 if close[1] else 1
    place = close.end()
    while tag := _BARE_TAG.match(text, place):
        _add_tag(gap, tag, text, prefix)
        place = tag.end()
    if not text[place:].strip():
        gap.is_last = True
        return gap
    start = _TAG_START.fullmatch(text, place)
    if start is None or start[1] in (f"{prefix}trace", f"{prefix}event"):
        raise NotPlainError
    gap.is_tag = True
    return _with_name(gap, start[2])


def _with_name(gap: Gap, name: str) -> Gap:
    gap.is_key, gap.is_value = name == "key", name == "value"
    return gap


def _add_tag(gap: Gap, tag: re.Match[str], text: str, prefix: str) -> None:
    """Add a tag without attributes to the gap."""
    is_end, name, is_closed = tag[1], tag[2], tag[3]
    if is_end:
        gap.step -= 1
        return
    if name == f"{prefix}trace":
        if gap.n_traces or gap.n_events:
            raise NotPlainError  # several in one gap
        gap.n_traces, gap.trace_step = 1, gap.step
    elif name == f"{prefix}event":
        if gap.n_events:
            raise NotPlainError
        gap.n_events, gap.event_step = 1, gap.step
        gap.n_lines_before_event = text.count("\n", 0, tag.start(2))
    else:
        gap.least_step = min(gap.least_step, gap.step)
    gap.step += 0 if is_closed else 1


def check_levels(gaps: Gaps) -> None:
    """Check that traces are in the log, events in traces, and all other elements in one of these.

    Raises
    ------
    NotPlainError
        They are not.
    """
    before = gaps["level"] - gaps["step"]
    for name, level in (("trace", TRACE_LEVEL), ("event", EVENT_LEVEL)):
        is_there = gaps[f"n_{name}s"] > 0
        if (before + gaps[f"{name}_step"] != level)[is_there].any():
            raise NotPlainError
    if (before + gaps["least_step"] <= EVENT_LEVEL).any() or (
        gaps["level"][gaps["is_tag"]] < EVENT_LEVEL
    ).any():
        raise NotPlainError
    if gaps["level"][-1] not in (0, TRACE_LEVEL):
        raise NotPlainError
