"""What a feature is: one entry from which its column, direction, reason and dictionary line come."""

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
        What it is, with its unit at the end; the family's name is put before it.
    value
        An expression over the state of a moment (see `features.sources`), null where unobserved.
    description
        One line for the data dictionary.
    direction
        +1 where more of it never lowers the risk, anywhere; -1 where it never raises it; 0 where that depends.
    reason
        What a reason says in English, with `{value}` for the value and `{standard}` for the standard promised; of
        `{one|more}` the word that goes with the value. Other languages say it in `model/languages/`.
    low, high
        The declared range of the value.
    is_category
        Whether the value is a name (a string), which the model encodes.
    is_log
        Whether the value is the logarithm of a factor; a reason tells the factor.
    is_sign
        Whether it is what the customer says: a sign of dissatisfaction, counted apart from what goes before it.
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

    @property
    def unit(self) -> str:
        """The unit at the end of its name, if there is one."""
        return self.name.rpartition("_")[2]

    @property
    def is_share(self) -> bool:
        """Whether it is a part of a whole."""
        return self.unit == "share"

    @property
    def is_flag(self) -> bool:
        """Whether it is 1 where something is so, and 0 where it is not."""
        return self.low == 0 and self.high == 1 and not self.is_share


@dataclass(frozen=True)
class Family:
    """Features of one kind, in the order of their columns."""

    name: str
    description: str
    features: Sequence[Feature] = field(default_factory=tuple)

    def column(self, feature: Feature) -> str:
        """Return the column's name, `<family>_<what>[_<unit>]`."""
        return f"{self.name}_{feature.name}"
