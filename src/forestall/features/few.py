"""A few moments in plain Python: an array of one value costs as much as one of a thousand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import polars as pl

from forestall.features.happened import ACTORS, STAFF, Events
from forestall.moments.timeline import Ints

ONE_BY_ONE = 8  # of more moments than these, arrays are quicker
_ANY = ("*", "text")  # of any kind, and whatever has a text


@dataclass(frozen=True)
class Listed:
    """Interactions as lists by column; what asks for a column finds it as in a frame.

    Parameters
    ----------
    values
        The columns, None for null.
    types
        Their types.
    """

    values: Mapping[str, Sequence[Any]]
    types: Mapping[str, Any]

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.values)

    @property
    def height(self) -> int:
        """How many interactions there are."""
        return len(next(iter(self.values.values())))

    def __getitem__(self, name: str) -> Sequence[Any]:
        return self.values[name]

    def frame(self) -> pl.DataFrame:
        """Return the same as a frame."""
        return pl.DataFrame([pl.Series(name, self.values[name], dtype) for name, dtype in self.types.items()])


class _Ask(NamedTuple):
    """What is asked of the events of a kind and actor: under which names, and which column is summed."""

    kind: str
    actor: str
    counts: list[str]
    firsts: list[str]
    lasts: list[str]
    sums: list[tuple[str, str]]


@lru_cache(maxsize=64)
def _asks(names: tuple[str, ...]) -> list[_Ask]:
    asks: dict[str, _Ask] = {}
    for name in names:
        what, _, which = name.partition(":")
        column = {"sum": "cents", "since": "since"}.get(what, "")
        if what == "words":
            actor, _, column = which.partition(":")
            which = f"text:{actor}"
        kind, _, actor = which.partition(":")
        ask = asks.setdefault(which, _Ask(kind, actor, [], [], [], []))
        if column:
            ask.sums.append((name, column))
        else:
            {"n": ask.counts, "first": ask.firsts, "last": ask.lasts}[what].append(name)
    return list(asks.values())


def few_happened(events: Events, owner: Ints, as_of: Ints, names: tuple[str, ...]) -> dict[str, list[Any]]:
    """Return what `happened` does, as lists with None for a time that has not come."""
    timeline = events.timeline
    rows = [
        _of_one(events, slice(begin, end), names)
        for begin, end in zip(
            timeline.begin(owner).tolist(), timeline.known(owner, as_of).tolist(), strict=True
        )
    ]
    return {name: [row[name] for row in rows] for name in names}


def _of_one(events: Events, part: slice, names: tuple[str, ...]) -> dict[str, Any]:
    asks = _asks(names)
    at = events.timeline.at[part].astype(float).tolist()
    columns = {name: values[part].tolist() for name, values in events.columns.items()}
    kinds, actors, has_text = columns["kind"], columns["actor"], columns["n_texts"]
    everywhere = range(len(at))
    places: dict[Any, Sequence[int]] = {
        "*": everywhere,
        "text": [place for place in everywhere if has_text[place]],
    }
    for place, kind in enumerate(kinds):
        places.setdefault(kind, []).append(place)  # type: ignore[attr-defined]
    row: dict[str, Any] = {}
    for kind, actor, counts, firsts, lasts, sums in asks:
        found = places[kind] if kind in _ANY else places.get(events.kinds.get(kind), ())
        if actor and found:
            by = STAFF if actor == "staff" else (ACTORS[actor],)
            found = [place for place in found if actors[place] in by]
        for name in counts:
            row[name] = len(found)
        for name in firsts:
            row[name] = at[found[0]] if found else None
        for name in lasts:
            row[name] = at[found[-1]] if found else None
        for name, column in sums:
            values = columns[column]
            row[name] = sum([values[place] for place in found]) if found else 0
    return row
