"""What every job returns: figures that can be printed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class JobResult(ABC):
    """The result of a job."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints with `--format json`."""

    def summary(self) -> dict[str, Any]:
        """Return the figures that the command shows to a reader."""
        return self.to_dict()
