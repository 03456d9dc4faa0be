"""The events of interactions as columns of numbers, in the order of interaction and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.moment_features.name_columns import Names, codes, is_there, places_in
from forestall.moment_features.word_counts import count_words
from forestall.moment_features.word_matches import COUNTS as WORD_COUNTS
from forestall.moments.timeline import Ints, Timeline, whole

ACTORS = {"customer": 0, "staff": 1, "manager": 2, "system": 3}
STAFF = (ACTORS["staff"], ACTORS["manager"])  # a manager is staff too

Array = npt.NDArray[Any]
_OTHER = -1  # a language that has no lexicon
_NO_KIND = -2  # no kind has this number


@dataclass(frozen=True)
class Events:
    """The events of interactions as a timeline; the columns are in its order.

    Parameters
    ----------
    timeline
        The interaction and the time of each event.
    columns
        at, kind, actor (numbers), since (microseconds since the start of the interaction), cents, and counts of words.
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
        """Return events with the words of each text counted.

        Parameters
        ----------
        events
            at (microseconds), kind, actor, text, value: a frame, or lists and, of numbers, arrays by column.
        owner
            The place of each event's interaction, shape (n_events,).
        started_at, locale
            Columns of the interactions, shape (n_interactions,).
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
        numbers = {name: number for number, name in enumerate(known)}
        return cls(timeline, {"at": timeline.at, **columns}, numbers)

    def without(self, kind: str | None) -> Events:
        """Return the events of all other kinds, for as many interactions."""
        kept = self.columns["kind"] != self.kinds.get(kind or "", _NO_KIND)
        if kept.all():
            return self
        n_owners = len(self.timeline.offsets) - 1
        offsets = np.searchsorted(self.timeline.owners()[kept], np.arange(n_owners + 1)).astype(np.int64)
        timeline = Timeline(self.timeline.at[kept], offsets, self.timeline.order[kept])
        return Events(timeline, {name: values[kept] for name, values in self.columns.items()}, self.kinds)


def _array(values: pl.Series | Array) -> Array:
    return values.to_numpy() if isinstance(values, pl.Series) else values


def _words(texts: Names, locale: Names, owner: Ints) -> dict[str, Array]:
    """Return the counts of words, whether there was a text, and whether it was in the customer's language."""
    counts, language, languages = count_words(texts)
    place, known = codes(locale)
    number = {code: one for one, code in enumerate(languages, 1)}
    spoken = np.array([*(number.get(one[:2].lower(), _OTHER) for one in known), 0])[place][owner]
    return {
        "n_texts": is_there(texts),
        "n_in_language": (language == spoken) & (language != 0),
        "n_with_language": (language != 0) & (spoken != 0),
        **{name: counts[:, column] for column, name in enumerate(WORD_COUNTS)},
    }
