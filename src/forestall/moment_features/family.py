"""Features and families: one entry gives a feature its column, direction, reason text and dictionary line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from forestall.moment_features.terms import Term


@dataclass(frozen=True)
class Feature:
    """One column of the feature table.

    Parameters
    ----------
    name
        Its name, with the unit at the end; the column is `<family>_<name>`.
    value
        The term that computes it (see `moment_features.terms`), null where unobserved.
    description
        One line for the data dictionary.
    direction
        +1 if a higher value never lowers the risk, -1 if it never raises it, 0 if neither is certain.
    reason
        The English reason text, with `{value}` for the value (`{hours}` for a duration of opening time) and
        `{standard}` for the standard. Of `{one|more}` the word that fits the value is used. Other languages are in
        `model/languages/`.
    low, high
        The declared range of the value.
    is_category
        Whether the value is a text, which the model encodes.
    is_log
        Whether the value is the logarithm of a factor; a reason states the factor.
    is_sign
        Whether it measures the customer's own words: a sign of dissatisfaction, not one of its causes.
    subject
        What stands for `{kind}` in its reason text: the kind of event, or the attribute, that it is about.
    text_key
        The name under which languages have its reason text, if that is not its own: features about different kinds of
        events or attributes share a text.
    needs_clock
        Whether it is a reading of the clock or the calendar, such as the hour. Features of the queue, of earlier
        interactions and of learnt facts need a clock too, and need not say so.
    """

    name: str
    value: Term
    description: str
    direction: int = 0
    reason: str = ""
    low: float | None = None
    high: float | None = None
    is_category: bool = False
    is_log: bool = False
    is_sign: bool = False
    subject: str = ""
    text_key: str = ""
    needs_clock: bool = False

    @property
    def unit(self) -> str:
        """The last word of its name, which is its unit if it has one."""
        return self.name.rpartition("_")[2]

    @property
    def is_share(self) -> bool:
        """Whether it is a share of a whole."""
        return self.unit == "share"

    @property
    def is_flag(self) -> bool:
        """Whether its only values are 0 and 1."""
        return self.low == 0 and self.high == 1 and not self.is_share


@dataclass(frozen=True)
class Family:
    """The features of one family, in the order of their columns.

    Parameters
    ----------
    name
        Its name, with which the columns begin.
    description
        One line that says what it holds.
    features
        Its features.
    contributes_to
        The family whose column of a score row has its contributions, by default its own. Score rows have fixed columns,
        so a company's own family names one of the six, or is part of `context`.
    """

    name: str
    description: str
    features: Sequence[Feature] = field(default_factory=tuple)
    contributes_to: str = ""

    @property
    def group(self) -> str:
        """The family whose contributions its own belong to."""
        return self.contributes_to or self.name

    def column(self, feature: Feature) -> str:
        """Return the column's name, `<family>_<what>[_<unit>]`."""
        return f"{self.name}_{feature.name}"
