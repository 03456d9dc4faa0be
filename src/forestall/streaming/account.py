"""Facts of checked rows that add up to those of the whole tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forestall.data import Tables
from forestall.data.rejections import RejectionCounts
from forestall.data.schemas import TABLES
from forestall.data.tables import MOVED
from forestall.data.whole_tables import ReadCounts
from forestall.errors import InputError
from forestall.model.input_tables import filled_columns
from forestall.moments.records_end import LastTimes


@dataclass(frozen=True)
class Account:
    """Facts of checked rows, of which those of other rows may be added.

    Parameters
    ----------
    rejected
        How many rows came in, and how many were rejected, by table and rule.
    n_rows
        The number of valid rows of each table.
    n_timed_ratings
        The number of ratings with a time.
    n_moved
        The number of events that were moved to the start of their interaction.
    has_value
        Whether each further column of the events has a value.
    counts
        How many cells of each column could be read.
    last_times
        The last times, None where nobody asks for the end of the records.
    """

    rejected: RejectionCounts = field(default_factory=RejectionCounts)
    n_rows: Mapping[str, int] = field(default_factory=dict)
    n_timed_ratings: int = 0
    n_moved: int = 0
    has_value: Mapping[str, bool] = field(default_factory=dict)
    counts: ReadCounts = field(default_factory=ReadCounts)
    last_times: LastTimes | None = None

    @classmethod
    def of(cls, tables: Tables, counts: ReadCounts, last_times: LastTimes | None = None) -> Account:
        """Return the facts of checked rows."""
        return cls(
            tables.rejections.tally,
            {table: getattr(tables, table).height for table in TABLES},
            tables.feedback["rated_at"].count(),
            int(tables.about.get(MOVED, 0)),
            {name: has and bool(tables.events.height) for name, has in filled_columns(tables)[0].items()},
            counts,
            last_times,
        )

    def plus(self, other: Account) -> Account:
        """Return the facts of these and of further rows."""
        counts = ReadCounts()
        counts.update(self.counts)
        counts.update(other.counts)
        both = [one.last_times for one in (self, other) if one.last_times is not None]
        names = dict.fromkeys([*self.has_value, *other.has_value])
        return Account(
            self.rejected.plus(other.rejected),
            {table: self.n_rows.get(table, 0) + other.n_rows.get(table, 0) for table in TABLES},
            self.n_timed_ratings + other.n_timed_ratings,
            self.n_moved + other.n_moved,
            {name: self.has_value.get(name, False) or other.has_value.get(name, False) for name in names},
            counts,
            both[0].plus(both[1]) if len(both) > 1 else both[0] if both else None,
        )

    def check(self, max_rejected: float) -> None:
        """Check the whole tables, of which these are the facts of all rows.

        Raises
        ------
        InputError
            A column has no readable value, no interaction is valid, or too many rows were rejected.
        """
        self.counts.check()
        if not self.n_rows["interactions"]:
            raise InputError(f"interactions must have a valid row: {self.rejected.describe('interactions')}")
        self.rejected.check(max_rejected)
