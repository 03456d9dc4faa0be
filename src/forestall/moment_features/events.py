"""The events of interactions as columns of numbers, in the order of interaction and time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.data.numbers import parse_numbers
from forestall.moment_features.name_columns import NULL, Names, codes, is_there, listed, places_in, take
from forestall.moment_features.record_fields import as_name
from forestall.moment_features.word_counts import count_words
from forestall.moment_features.word_matches import COUNTS as WORD_COUNTS
from forestall.moments.timeline import Ints, Timeline, whole

ACTORS = {"customer": 0, "staff": 1, "manager": 2, "system": 3}
STAFF = (ACTORS["staff"], ACTORS["manager"])  # a manager is staff too

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
_OTHER = -1  # a language that has no lexicon
NO_KIND = -2  # no kind has this number


class CodedTexts(NamedTuple):
    """Texts as numbers.

    Attributes
    ----------
    codes
        The place of each text in `texts`, negative where missing, shape (n,).
    texts
        The different texts in alphabetical order.
    """

    codes: Ints
    texts: list[str]


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
    attributes
        By further column of the events: numbers, NaN where missing; or the number of each text, negative where missing,
        and the texts in alphabetical order.
    stated
        By attribute, whether each event has its field, with or without a value; nothing if all have it, as in tables.
    given_texts
        The texts in the order in which the events were given.
    """

    timeline: Timeline
    columns: dict[str, Array]
    kinds: dict[str, int]
    attributes: dict[str, Array | CodedTexts] = field(default_factory=dict)
    stated: dict[str, Bools] = field(default_factory=dict)
    given_texts: Names = ()

    @classmethod
    def of(
        cls,
        events: Mapping[str, Any] | pl.DataFrame,
        owner: Ints,
        started_at: Ints,
        locale: Names,
        attributes: Iterable[str] = (),
        stated: Mapping[str, Bools] | None = None,
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
        attributes
            Further columns of the events.
        stated
            By further column, which events have its field, shape (n_events,); by default all of them.
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
        further = {name: _attribute(events[name], timeline.order) for name in attributes}
        has_field = {name: values[timeline.order] for name, values in (stated or {}).items()}
        return cls(timeline, {"at": timeline.at, **columns}, numbers, further, has_field, events["text"])

    def numbers(self, attribute: str, rows: slice | Ints) -> Array:
        """Return an attribute of some rows as numbers, NaN where it has none; a text that is no number has none."""
        values = self.attributes.get(attribute)
        if values is None:
            return np.full(len(self.timeline.at[rows]), np.nan)
        if not isinstance(values, CodedTexts):
            return values[rows]
        numbers = _finite(parse_numbers(pl.Series([*values.texts, None], dtype=pl.String)).to_numpy())
        own = values.codes[rows]
        return numbers[np.where(own < 0, len(values.texts), own)]

    def texts(self, attribute: str, rows: slice) -> CodedTexts:
        """Return an attribute of some rows as texts, numbers among them as names."""
        values = self.attributes.get(attribute)
        if values is None:
            return CodedTexts(np.full(len(self.timeline.at[rows]), NULL, dtype=np.int64), [])
        if isinstance(values, CodedTexts):
            return CodedTexts(values.codes[rows], values.texts)
        return CodedTexts(*codes([as_name(one) for one in values[rows].tolist()]))

    def texts_at(self, rows: Ints) -> Sequence[str | None]:
        """Return the texts of events, given as rows of the timeline."""
        return listed(take(self.given_texts, self.timeline.order[rows]))

    def lacks(self, attribute: str, place: Ints, as_of: Ints) -> Bools:
        """Return which moments lack an attribute: none of their events has its field, not even without a value.

        Parameters
        ----------
        attribute
            The further column of the events.
        place, as_of
            The moments: the interaction's place, and the time in microseconds, both of shape (n_moments,).

        Returns
        -------
        array of bool
            Shape (n_moments,); false for a moment without events.
        """
        stated = self.stated.get(attribute)
        has_all = attribute in self.attributes if stated is None else stated.all()
        if has_all:  # as nearly always: the moments need no look
            return np.zeros(len(place), dtype=bool)
        begin, end = self.timeline.begin(place), self.timeline.known(place, as_of)
        has_events: Bools = end > begin
        return has_events if stated is None else has_events & (self.timeline.sums(stated, begin, end) == 0)

    def without(self, kind: str | None) -> Events:
        """Return the events of all other kinds, for as many interactions."""
        kept = self.columns["kind"] != self.kinds.get(kind or "", NO_KIND)
        if kept.all():
            return self
        n_owners = len(self.timeline.offsets) - 1
        offsets = np.searchsorted(self.timeline.owners()[kept], np.arange(n_owners + 1)).astype(np.int64)
        timeline = Timeline(self.timeline.at[kept], offsets, self.timeline.order[kept])
        columns = {name: values[kept] for name, values in self.columns.items()}
        attributes = {
            name: CodedTexts(values.codes[kept], values.texts)
            if isinstance(values, CodedTexts)
            else values[kept]
            for name, values in self.attributes.items()
        }
        stated = {name: values[kept] for name, values in self.stated.items()}
        return Events(timeline, columns, self.kinds, attributes, stated, self.given_texts)


def _attribute(values: Names | Array, order: Ints) -> Array | CodedTexts:
    """Return an attribute in the order of the timeline."""
    if isinstance(values, np.ndarray) or (isinstance(values, pl.Series) and values.dtype == pl.Float64):
        return _finite(_array(values))[order]
    names = values if isinstance(values, pl.Series) else pl.Series(values, dtype=pl.String)
    kinds = names.unique()
    read = names.replace_strict(kinds, pl.Series([as_name(one) for one in kinds], dtype=pl.String))
    numbers, texts = codes(read)
    return CodedTexts(numbers[order], texts)


def _finite(values: Array) -> Array:
    return np.where(np.isfinite(values), values, np.nan)


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
