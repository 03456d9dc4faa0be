"""What the check of some rows must know of the whole tables, when these are too large to be read at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from forestall.errors import InputError


@dataclass
class ReadCounts:
    """How many cells of each column could be read, and how many could not, in all rows that were checked so far.

    A column without a readable cell is an error of the whole table, not of the part of its rows that has none.
    """

    read: dict[str, int] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    wanted: dict[str, str] = field(default_factory=dict)

    def add(self, place: str, what: str, n_read: int, n_unread: int) -> None:
        """Count the cells of a column.

        Parameters
        ----------
        place
            The column's name, with its table.
        what
            What it must hold.
        n_read, n_unread
            The cells with a value that could be read, and those that could not.
        """
        self.read[place] = self.read.get(place, 0) + n_read
        self.unread[place] = self.unread.get(place, 0) + n_unread
        self.wanted[place] = what

    def update(self, other: ReadCounts) -> None:
        """Add the counts of other rows."""
        for place, what in other.wanted.items():
            self.add(place, what, other.read[place], other.unread[place])

    def check(self) -> None:
        """Check that each column that has values has one that can be read.

        Raises
        ------
        InputError
            None of the values of a column can be read.
        """
        for place, what in self.wanted.items():
            if self.unread[place] and not self.read[place]:
                raise no_value_read(place, what, self.unread[place])


def no_value_read(place: str, what: str, n_unread: int) -> InputError:
    """Return the error of a column none of whose values can be read."""
    return InputError(
        f"{place} must hold {what}; none of its {n_unread} values can be read; convert the column"
    )


@dataclass(frozen=True)
class WholeTables:
    """What the check of some rows must know of the whole tables.

    Parameters
    ----------
    latest
        The time after which nothing can have been recorded: see `plausible_times.latest_time`.
    has_whole_numbers
        By column of floats that is read as text, such as `events.interaction_id`, whether all its values in the whole
        table are whole numbers: then they lose their `.0`.
    counts
        Counts the cells that could be read.
    """

    latest: datetime | None
    has_whole_numbers: Mapping[str, bool] = field(default_factory=dict)
    counts: ReadCounts = field(default_factory=ReadCounts)
