"""A few moments in plain Python: an array of one value costs as much as one of a thousand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import polars as pl

from forestall.features.happened import ACTORS, STAFF, Events
from forestall.features.past import MONTH_US, Bools, Earlier, Known, known_of
from forestall.moments.timeline import Ints

ONE_BY_ONE = 8  # of more moments than these, arrays are quicker


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
    of_any = {"*": list(range(len(at))), "text": [place for place, has in enumerate(has_text) if has]}
    of_kind: dict[int, list[int]] = {}
    for place, number in enumerate(kinds):
        of_kind.setdefault(number, []).append(place)
    row: dict[str, Any] = {}
    for kind, actor, counts, firsts, lasts, sums in asks:
        found = of_any[kind] if kind in of_any else of_kind.get(events.kinds.get(kind, -1), [])
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


def few_past(earlier: Earlier, as_of: Ints, started_at: Ints, has_customer: Bools) -> dict[str, list[Any]]:
    """Return what `past` does, as lists with None where the customer is not known."""
    them = Known._make(values.tolist() for values in known_of(earlier, as_of))
    moments = zip(
        earlier.begin.tolist(), earlier.end.tolist(), started_at.tolist(), has_customer.tolist(), strict=True
    )
    rows = [
        _past_of_one(Known._make(values[begin:end] for values in them), start)
        if has
        else dict.fromkeys(_PAST)
        for begin, end, start, has in moments
    ]
    return {f"past:{name}": [row[name] for row in rows] for name in _PAST}


_PAST = (
    "n", "n_30d", "n_rated", "rating_mean", "rating_min", "rating_last", "n_unresolved", "n_resolution",
    "last_unresolved", "n_open", "wait_mean_s", "wait_last_s", "last_start", "first_start", "n_same_venue",
    "n_same_channel",
)  # fmt: skip


def _past_of_one(them: Any, started_at: int) -> dict[str, float | None]:
    """Return the past of one moment; `them` are lists."""
    n, n_told = len(them.start), sum(them.is_told)
    ratings = [rating for rating, has in zip(them.rating, them.has_rating, strict=True) if has]
    waits = [wait for wait, has in zip(them.wait, them.has_wait, strict=True) if has]
    return {
        "n": float(n),
        "n_30d": float(sum([start >= started_at - MONTH_US for start in them.start])),
        "n_rated": float(len(ratings)),
        "rating_mean": sum(ratings) / len(ratings) / 100 if ratings else None,
        "rating_min": min(ratings) / 100 if ratings else None,
        "rating_last": ratings[-1] / 100 if ratings else None,
        "n_unresolved": None if n and not n_told else float(sum(them.is_open)),
        "n_resolution": float(n_told),
        "last_unresolved": float(them.is_open[-1]) if n and them.is_told[-1] else None,
        "n_open": float(n - sum(them.has_ended)),
        "wait_mean_s": sum(waits) / len(waits) / 1e6 if waits else None,
        "wait_last_s": them.wait[-1] / 1e6 if n and them.has_wait[-1] else None,
        "last_start": float(them.start[-1]) if n else None,
        "first_start": float(them.start[0]) if n else None,
        "n_same_venue": float(sum(them.same_venue)),
        "n_same_channel": float(sum(them.same_channel)),
    }
