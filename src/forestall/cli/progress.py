"""Progress and log of a command, on stderr."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from forestall.cli.printing import say

LOGGER = "forestall"
_MANY = 10_000  # of so many parts, the rate is shown


class Steps:
    """Progress on stderr: each long step of a command, on a terminal with a spinner and the time that it took."""

    def __init__(self) -> None:
        self._is_quiet = not logging.getLogger(LOGGER).isEnabledFor(logging.INFO)
        self._is_live = sys.stderr.isatty() and not self._is_quiet
        self._began: float | None = None
        self._step = ""
        self._status: Any = None
        self._bar: Any = None
        self._parts = ""
        self._part_began = 0.0, 0
        self._is_counted = False

    def __enter__(self) -> Steps:
        return self

    def __exit__(self, *error: object) -> None:
        self._end(is_done=error[0] is None)

    def __call__(self, step: str) -> None:
        """Report that a step begins."""
        self._end()
        self._step, self._began = step, time.monotonic()
        if self._is_live:
            from rich.console import Console

            self._status = Console(stderr=True).status(step)
            self._status.start()
        elif not self._is_quiet:
            say(f"… {step}")

    def advance(self, done: int, total: int, text: str) -> None:
        """Report how much of the step is done: on a terminal with a bar, else with a line.

        Parameters
        ----------
        done, total
            Parts of the step that are done, and all parts.
        text
            What the step has found so far.
        """
        if self._is_quiet:
            return
        if not self._is_live:
            say(f"  {done} of {total}: {text}")
            return
        self._show(done, total, text, begins=not self._is_counted)
        self._is_counted = True

    def part(self, done: int, total: int, what: str) -> None:
        """Show on a terminal how many parts of a fit, or rows, are done, with the time left; elsewhere nothing.

        A step that reports what it has done by `advance` keeps its own bar.

        Parameters
        ----------
        done, total
            Parts that are done, and all parts.
        what
            What they are, such as folds: each has a bar of its own. Of many, it also shows how many are done a second.
        """
        if not self._is_live or self._is_counted:
            return
        begins = what != self._parts or done == 0
        if begins:
            self._part_began = time.monotonic(), done
        since, before = self._part_began
        text = what
        if total >= _MANY and done > before:
            text += f", {(done - before) / max(time.monotonic() - since, 1e-6):,.0f} a second"
        self._show(done, total, text, begins=begins)
        self._parts = what

    def _show(self, done: int, total: int, text: str, *, begins: bool) -> None:
        """Show a bar: a new one, or that of the step so far."""
        if self._bar is None:
            self._bar = self._begin_bar(total)
        elif begins:
            self._bar.reset(self._bar.task_ids[0], total=total)
        self._bar.update(self._bar.task_ids[0], completed=done, description=text)

    def _begin_bar(self, total: int) -> Any:
        """Replace the spinner by a bar."""
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
        self._parts, self._is_counted = "", False


@contextmanager
def logging_to_stderr(level: int = logging.INFO) -> Iterator[None]:
    """Write Forestall's log to stderr."""
    handler = _StderrHandler()
    logger = logging.getLogger(LOGGER)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


class _StderrHandler(logging.Handler):
    """Writes to the current `sys.stderr`, which a spinner replaces while it runs."""

    def emit(self, record: logging.LogRecord) -> None:
        say(f"  {record.getMessage()}")
