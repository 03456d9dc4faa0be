"""What has happened in an interaction by a moment: counts, sums, first and last times of its events.

Features name what they need as columns of the state of a moment: `n:transferred` (how many),
`n:message:staff` (by whom), `sum:refunded` (hundredths of the currency), `since:hold_started` (the sum of
their times since the start), `first:served` and `last:message:customer` (microseconds; null when there is none),
`words:staff:n_thanks`. Only what some feature names is computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.features.keys import Names, codes, is_there, places_in
from forestall.features.words import COUNTS as WORD_COUNTS
from forestall.features.words import count_words
from forestall.moments.timeline import Ints, Timeline, whole

PREFIXES = ("n:", "sum:", "since:", "first:", "last:", "words:")
ACTORS = {"customer": 0, "staff": 1, "manager": 2, "system": 3}
STAFF = (ACTORS["staff"], ACTORS["manager"])  # a manager is staff too

Array = npt.NDArray[Any]
_OTHER = -1  # a language that has no lexicon


@dataclass(frozen=True)
class Events:
    """The events of interactions as a timeline; the columns are in its order.

    Parameters
    ----------
    timeline
        Whose events they are, and when they were.
    columns
        kind, actor (numbers), since (microseconds since the start), cents, has_text and counts of words.
    kinds
        The number of each kind.
    """

    timeline: Timeline
    columns: dict[str, Array]
    kinds: dict[str, int]

    @classmethod
    def of(
        cls, events: Mapping[str, Any] | pl.DataFrame, owner: Ints, started_at: Ints, locale: Names
    ) -> Events:
        """Return `events` with their words scored once each.

        Parameters
        ----------
        events
            at (microseconds), kind, actor, text, value: a frame, or lists and, of numbers, arrays by column.
        owner
            The place of each event's interaction, shape (n_events,).
        started_at, locale
            Of the interactions, shape (n_interactions,).
        """
        at, value = (_array(events[name]) for name in ("at", "value"))
        timeline = Timeline.of(owner, at, len(started_at))
        kind, known = codes(events["kind"])
        columns: dict[str, Array] = {
            "kind": kind.astype(np.int32),
            "actor": places_in(events["actor"], ACTORS).astype(np.int8),
            "since": at - started_at[owner],
            "cents": whole(np.nan_to_num(value) * 100),
            **_words(events["text"], locale, owner),
        }
        if not np.array_equal(timeline.order, np.arange(len(owner))):
            columns = {name: values[timeline.order] for name, values in columns.items()}
        return cls(timeline, columns, {name: number for number, name in enumerate(known)})


def _array(values: pl.Series | Array) -> Array:
    return values.to_numpy() if isinstance(values, pl.Series) else values


def _words(texts: Names, locale: Names, owner: Ints) -> dict[str, Array]:
    """Return the counts of words, whether there was a text, and whether it was in the customer's language."""
    counts, said, languages = count_words(texts)
    place, known = codes(locale)
    number = {language: one for one, language in enumerate(languages, 1)}
    spoken = np.array([*(number.get(one[:2].lower(), _OTHER) for one in known), 0])[place][owner]
    return {
        "n_texts": is_there(texts),
        "n_in_language": (said == spoken) & (said != 0),
        "n_with_language": (said != 0) & (spoken != 0),
        **{name: counts[:, column] for column, name in enumerate(WORD_COUNTS)},
    }


def happened(events: Events, owner: Ints, as_of: Ints, names: Iterable[str]) -> dict[str, Array]:
    """Return what has happened in interaction `owner` by `as_of`.

    Parameters
    ----------
    events
        The events.
    owner, as_of
        The moments: the interaction's place, and the time in microseconds, both of shape (n_moments,).
    names
        What is asked for; see the module's text.

    Returns
    -------
    dict of arrays
        Each of shape (n_moments,); NaN stands for a time that has not come.
    """
    known = _Known(events, owner, as_of)
    return {name: known.column(name) for name in names}


def _running(values: Array) -> Ints:
    """Return the sums of whole numbers up to each place, shape (n + 1,)."""
    sums = np.zeros(len(values) + 1, dtype=np.int64)
    values.cumsum(out=sums[1:])
    return sums


class _Known:
    """The events known at moments.

    The events of one kind are numbered in the timeline's order; those known at a moment are a run of these numbers,
    from which counts, sums, first and last follow.
    """

    def __init__(self, events: Events, owner: Ints, as_of: Ints) -> None:
        begin, end = events.timeline.begin(owner), events.timeline.known(owner, as_of)
        self._low, high = (int(begin.min()), int(end.max())) if len(begin) else (0, 0)
        self._part = slice(self._low, max(self._low, high))
        self._begin, self._end = begin - self._low, end - self._low
        self._events = events
        self._runs: dict[str, tuple[Ints, Ints, Ints]] = {}

    def column(self, name: str) -> Array:
        """Return one column of the state."""
        what, _, which = name.partition(":")
        if what == "words":
            actor, _, count = which.partition(":")
            return self._sum(f"text:{actor}", self._events.columns[count])
        if what == "sum":
            return self._sum(which, self._events.columns["cents"])
        if what == "since":
            return self._sum(which, self._events.columns["since"])
        places, begin, end = self._run(which)
        if what == "n":
            return end - begin
        found = np.full(len(begin), np.nan)
        some = end > begin
        found[some] = self._events.timeline.at[places[(begin if what == "first" else end - 1)[some]]]
        return found

    def _sum(self, which: str, values: Array) -> Array:
        places, begin, end = self._run(which)
        running = _running(values[places])
        return running[end] - running[begin]

    def _run(self, which: str) -> tuple[Ints, Ints, Ints]:
        """Return the places of the events of a kind (and actor), and the run known at each moment."""
        if which not in self._runs:
            kind, _, actor = which.partition(":")
            is_it = self._is_of(kind, actor)
            count = _running(is_it)
            self._runs[which] = is_it.nonzero()[0] + self._low, count[self._begin], count[self._end]
        return self._runs[which]

    def _is_of(self, kind: str, actor: str) -> npt.NDArray[np.bool_]:
        """Return whether each event is of the kind and actor; `*` is any kind, `text` whatever has a text."""
        columns = self._events.columns
        if kind == "text":
            is_it = columns["n_texts"][self._part].astype(bool)
        elif kind == "*":
            is_it = np.ones(self._part.stop - self._part.start, dtype=bool)
        else:
            is_it = columns["kind"][self._part] == self._events.kinds.get(kind, -1)
        if not actor:
            return is_it
        by = columns["actor"][self._part]
        is_by = (by == STAFF[0]) | (by == STAFF[1]) if actor == "staff" else by == ACTORS[actor]
        return np.asarray(is_it & is_by, dtype=bool)
