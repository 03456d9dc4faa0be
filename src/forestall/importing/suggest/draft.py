"""A mapping that grows: its entries with their comments, and where each column of the sources went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_ENDS = ("closed", "resolved", "delivered")
"""The kinds of events at which what is settled at the end is known, the first that there is."""


@dataclass(frozen=True)
class Entry:
    """One line of the mapping file.

    Parameters
    ----------
    value
        What the line says.
    comment
        Why, for the end of the line.
    question
        What could not be decided.
    """

    value: Any
    comment: str = ""
    question: str = ""


@dataclass
class Draft:
    """The suggested mapping.

    Parameters
    ----------
    interactions, events, keep, known_at, never
        The entries of the sections; keys of `keep` and `never` are columns.
    left_out
        Columns that the mapping does not use, each with the reason.
    placed
        Where each column went, by its name.
    """

    settings: dict[str, Entry] = field(default_factory=dict)
    tables: dict[str, Entry] = field(default_factory=dict)
    interactions: dict[str, Entry] = field(default_factory=dict)
    event_log: dict[str, Entry] = field(default_factory=dict)
    events: list[Entry] = field(default_factory=list)
    feedback: dict[str, Entry] = field(default_factory=dict)
    keep: dict[str, Entry] = field(default_factory=dict)
    known_at: dict[str, Entry] = field(default_factory=dict)
    never: dict[str, Entry] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    placed: dict[str, str] = field(default_factory=dict)
    numeric: set[str] = field(default_factory=set)

    def is_open(self, column: str) -> bool:
        """Return whether a column has no place yet."""
        return column not in self.placed

    def place(self, where: str, *columns: str) -> None:
        """Record the place of columns.

        Raises
        ------
        AssertionError
            A column has a place already: a fault of this package.
        """
        for column in columns:
            if column in self.placed:
                raise AssertionError(f"'{column}' is placed twice: {self.placed[column]}, {where}")
            self.placed[column] = where

    def add_event(self, entry: Entry, *columns: str) -> None:
        """Add an event that is made of columns."""
        self.events.append(entry)
        self.place("events", *columns)

    def leave_out(self, column: str, reason: str) -> None:
        """Leave a column out, for a reason."""
        self.left_out[column] = reason
        self.place("left_out", column)

    def keep_column(self, column: str, comment: str = "", question: str = "") -> None:
        """Keep a column for `context`."""
        self.keep[column] = Entry(column, comment, question)
        self.place("keep", column)

    def never_import(self, column: str, reason: str, question: str = "") -> None:
        """List a column under `never`."""
        self.never[column] = Entry(column, reason, question)
        self.place("never", column)

    def know_from_closing(self, column: str, reason: str, kind: str | None = None) -> None:
        """Keep a column that is known from the closing, or from `kind`, on; without that event it is never imported."""
        kind = kind or self.closing_kind()
        if kind is None:
            self.never_import(column, f"{reason}; the source has no event from which on it is known")
            return
        self.keep_column(column)
        self.known_at[column] = Entry(kind, reason)

    def know_from_service(self, column: str, reason: str) -> None:
        """Keep a column that is known from the first service on; from the start, if no event says when that was."""
        self.keep_column(column)
        kind = next((kind for kind in ("served", "responded") if kind in self.kinds()), None)
        if kind:
            self.known_at[column] = Entry(kind, reason)

    def sort_columns(self, order: list[str]) -> None:
        """Bring the sections that list columns into the order of the sources."""
        rank = {name: place for place, name in enumerate(order)}
        for section in (self.keep, self.known_at, self.never):
            entries = sorted(section.items(), key=lambda item: rank.get(item[0], len(rank)))
            section.clear()
            section.update(entries)

    def closing(self) -> Entry | None:
        """Return the event at which the interaction is closed, or else resolved or delivered, or None."""
        by_kind = {
            entry.value["kind"]: entry
            for entry in reversed(self.events)
            if isinstance(entry.value["kind"], str)
        }
        plain = {kind: entry for kind, entry in by_kind.items() if "times" not in entry.value}
        return next((plain[kind] for kind in _ENDS if kind in plain), None)

    def closing_kind(self) -> str | None:
        """Return the kind of the event at which the interaction is closed, resolved or delivered, or None."""
        if entry := self.closing():
            return str(entry.value["kind"])
        kinds = self.event_log.get("kinds")
        mapped: Iterable[Any] = kinds.value.values() if kinds else ()
        found = set(mapped)
        return next((kind for kind in _ENDS if kind in found), None)

    def kinds(self) -> list[str]:
        """Return the kinds of events so far, those of the event log included, in order."""
        kinds = [str(e.value["kind"]) for e in self.events if isinstance(e.value["kind"], str)]
        log = self.event_log.get("kinds")
        return list(
            dict.fromkeys([*kinds, *(str(kind) for kind in (log.value.values() if log else ()) if kind)])
        )
