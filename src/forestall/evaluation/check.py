"""One check: a figure that is held against a bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Check:
    """One check: its figure, the bound that the figure is held against, and whether it passed.

    Parameters
    ----------
    check
        What is checked.
    figure
        What was found; NaN where it is not defined.
    must, bound
        How the figure is held against the bound: `be above`, `be at least`, `be at most` it, or `be` it.
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
        """What was asked and what was found, in a sentence."""
        return f"{self.check} must {self.must} {self.bound:.4g}: {self.says}"


@dataclass(frozen=True)
class Sign(Check):
    """A check, and what it calls for where it fails: that the model is learnt anew, or that data are repaired."""

    calls_for: Literal["retraining", "repair"] = "retraining"
