"""What a feature does that it must not."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """A rule that a feature breaks.

    Attributes
    ----------
    feature
        The name of its column.
    rule
        The rule.
    sentence
        What it does, and what to do; it follows the feature's name.
    """

    feature: str
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f"the feature {self.feature} {self.sentence}"
