"""Checks: a figure compared with a threshold, by the gate of promotion and by monitoring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Check:
    """A figure compared with a threshold.

    Parameters
    ----------
    check
        The name of the figure.
    figure
        Its value; NaN if it is not defined.
    must, bound
        How the figure must compare with the threshold `bound`: `be above`, `be at least`, `be at most` it, or `be` it.
    passed
        Whether it does.
    says
        The finding in words.
    """

    check: str
    figure: float
    must: str
    bound: float
    passed: bool
    says: str = ""

    @property
    def why(self) -> str:
        """The requirement and the finding, in a sentence."""
        return f"{self.check} must {self.must} {self.bound:.4g}: {self.says}"


@dataclass(frozen=True)
class MonitoringCheck(Check):
    """A check of monitoring, and what it calls for if it fails: a new training, or the repair of lost data."""

    calls_for: Literal["retraining", "repair"] = "retraining"
