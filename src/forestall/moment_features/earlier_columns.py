"""Columns of the state that are computed from the same customer's earlier interactions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from forestall.moment_features.row_aggregates import COUNT, FIRST, LAST, SMALLEST, SUM
from forestall.moment_features.standards import Standards
from forestall.moment_features.state_columns import HISTORY, AggregateColumn

EarlierFlag = Literal[
    "", "is_recent", "is_rated", "has_wait", "is_settled", "is_unresolved", "is_open", "same_venue", "same_channel"
]  # fmt: skip
EarlierValue = Literal["started_at", "rating", "wait", "is_settled", "is_unresolved", "has_wait"]


@dataclass(frozen=True, repr=False)
class EarlierColumn(AggregateColumn):
    """A value of the customer's last 50 earlier interactions; null where the customer is not known.

    Parameters
    ----------
    value
        The value that is aggregated.
    where
        A flag: only the earlier interactions count for which it holds; "" is all.
    """

    value: EarlierValue
    where: EarlierFlag = ""
    needs_clock = True

    @cached_property
    def name(self) -> str:
        """Its name in a frame."""
        return f"earlier {type(self).__name__.removeprefix('Earlier').lower()} {self.value} {self.where}".rstrip()

    @property
    def condition(self) -> str:
        """The flag."""
        return self.where

    @property
    def values(self) -> str:
        """The column of the value."""
        return self.value

    def read_from(self, standards: Standards) -> frozenset[str]:
        """Return `history`, the customer, and the venue or channel that is compared."""
        compared = {self.where.removeprefix("same_")} if self.where.startswith("same_") else set()
        return frozenset({HISTORY, "customer_id", *compared})


class EarlierCount(EarlierColumn):
    """How many there are."""

    aggregate = COUNT

    def __init__(self, where: EarlierFlag = "") -> None:
        super().__init__("started_at", where)


class EarlierSum(EarlierColumn):
    """The sum of a value."""

    aggregate = SUM


class EarlierSmallest(EarlierColumn):
    """The smallest value; null where there is none."""

    aggregate = SMALLEST


class EarlierFirst(EarlierColumn):
    """The value of the first; null where there is none."""

    aggregate = FIRST


class EarlierLast(EarlierColumn):
    """The value of the last; null where there is none."""

    aggregate = LAST
