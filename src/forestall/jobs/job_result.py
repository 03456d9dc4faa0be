"""What every job returns: figures that can be printed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from forestall.one_line import one_line


class JobResult(ABC):
    """The result of a job."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints with `--format json`."""

    def __repr__(self) -> str:
        """Return the figures in one line: a notebook shows it, and a report has 50,000 characters."""
        return one_line(type(self).__name__, self.to_dict())

    def summary(self) -> dict[str, Any]:
        """Return the figures that the command shows to a reader."""
        return self.to_dict()
