"""Printing: results to stdout, as JSON or for a reader; single lines to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from forestall.json_text import json_text


class Format(StrEnum):
    """How results are printed."""

    text = "text"
    json = "json"


def show(figures: Mapping[str, Any], style: Format = Format.text) -> None:
    """Print figures to stdout. It is not an error if the reader of stdout has ended."""
    text = json_text(figures) if style is Format.json else "\n".join(_lines(figures))
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # The rest of the buffer must not raise again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Printable(Protocol):
    """The result of a job."""

    def to_dict(self) -> dict[str, Any]:
        """Return the figures for `--format json`."""

    def summary(self) -> dict[str, Any]:
        """Return the figures for a reader."""


def show_result(result: Printable, style: Format) -> None:
    """Print the result of a job to stdout."""
    show(result.to_dict() if style is Format.json else result.summary(), style)


def say(message: str) -> None:
    """Print a line to stderr."""
    print(message, file=sys.stderr, flush=True)


def _lines(result: Mapping[str, Any], indent: str = "") -> list[str]:
    """Return the lines of figures for a reader: one line per value, a table for a list of rows."""
    width = max((len(key) for key, value in result.items() if not _is_nested(value)), default=0)
    lines: list[str] = []
    for key, value in result.items():
        if isinstance(value, Mapping) and value:
            lines += [f"{indent}{key}:", *_lines(value, indent + "  ")]
        elif _is_table(value):
            lines += [f"{indent}{key}:", *_table(value, indent + "  ")]
        elif isinstance(value, list) and value:
            lines += [f"{indent}{key}:", *(f"{indent}  {_cell(item)}" for item in value)]
        elif not _is_nested(value):
            lines.append(f"{indent}{key:<{width}}  {_cell(value)}")
    return lines


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping | list)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _table(rows: Sequence[Mapping[str, Any]], indent: str) -> list[str]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([_cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(names))]
    return [
        indent + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.1f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "; ".join(value)
    text = value.isoformat() if isinstance(value, datetime) else value
    return text if isinstance(text, str) else json_text(text, is_indented=False)
