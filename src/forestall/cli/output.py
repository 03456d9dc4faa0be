"""What a command says: results on stdout, progress and log on stderr."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from forestall.json_text import json_text

LOGGER = "forestall"


class Format(StrEnum):
    """How results are written."""

    text = "text"
    json = "json"


def show(result: Mapping[str, Any], style: Format = Format.text) -> None:
    """Write a result to stdout; a reader that has gone away is no error."""
    text = json_text(result) if style is Format.json else "\n".join(_lines(result))
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # What is still buffered must not raise again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(message: str) -> None:
    """Write a line to stderr."""
    print(message, file=sys.stderr, flush=True)


class Steps:
    """The long steps of a command as they come, with a spinner and the time that each took on a terminal."""

    def __init__(self) -> None:
        self._is_quiet = not logging.getLogger(LOGGER).isEnabledFor(logging.INFO)
        self._is_live = sys.stderr.isatty() and not self._is_quiet
        self._began: float | None = None
        self._step = ""
        self._status: Any = None
        self._bar: Any = None

    def __enter__(self) -> Steps:
        return self

    def __exit__(self, *error: object) -> None:
        self._end(is_done=error[0] is None)

    def __call__(self, step: str) -> None:
        """Say that `step` begins."""
        self._end()
        self._step, self._began = step, time.monotonic()
        if self._is_live:
            from rich.console import Console

            self._status = Console(stderr=True).status(step)
            self._status.start()
        elif not self._is_quiet:
            say(f"… {step}")

    def advance(self, done: int, total: int, text: str) -> None:
        """Say how far the step is: on a terminal a bar, else a line.

        Parameters
        ----------
        done, total
            Parts of the step.
        text
            What is known so far.
        """
        if self._is_quiet:
            return
        if not self._is_live:
            say(f"  {done} of {total}: {text}")
            return
        if self._bar is None:
            self._bar = self._begin_bar(total)
        self._bar.update(self._bar.task_ids[0], completed=done, description=text)

    def _begin_bar(self, total: int) -> Any:
        """Put a bar in the place of the spinner."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        if self._status is not None:
            self._status.stop()
            self._status = None
        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        bar = Progress(*columns, TextColumn("{task.description}"), console=Console(stderr=True))
        bar.add_task("", total=total)
        bar.start()
        return bar

    def _end(self, is_done: bool = True) -> None:
        shown = self._bar or self._status
        if shown is not None:
            shown.stop()
        if shown is not None and self._began is not None and is_done:
            say(f"✓ {self._step} ({time.monotonic() - self._began:.1f} s)")
        self._status = self._bar = self._began = None


@contextmanager
def logging_to_stderr(level: int = logging.INFO) -> Iterator[None]:
    """Send Forestall's log to stderr, a line a step."""
    handler = _Lines()
    logger = logging.getLogger(LOGGER)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


class _Lines(logging.Handler):
    """Writes to what is stderr now: a spinner puts itself in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        say(f"  {record.getMessage()}")


def _lines(result: Mapping[str, Any], indent: str = "") -> list[str]:
    """Return a result for reading: a line each, tables for lists of rows."""
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
    return value if isinstance(value, str) else json_text(value, is_indented=False)
