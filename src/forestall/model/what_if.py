"""What if: an interaction record as it would have been if a fact had been otherwise.

The risk of such a record is the model's sensitivity to the fact. It is not the effect of changing the fact: what else
would have happened differently is not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from forestall.errors import UsageError, must_be
from forestall.model.facts_otherwise import (
    ColumnOf,
    Fact,
    Interval,
    NumberOf,
    SecondsAhead,
    TimeOfFirst,
    facts_of,
    read_change,
)
from forestall.model.risk_model import RiskModel
from forestall.moment_features.feature_plan import FeaturePlan
from forestall.moment_features.nested_fields import nested_items
from forestall.moment_features.operations import Kind
from forestall.moment_features.record_events import EVENT_FIELDS
from forestall.moment_features.record_fields import is_blank, read_fields
from forestall.moment_features.records_from_tables import iso
from forestall.moment_features.table import values_at

NOTE = (
    "This is the sensitivity of the model's risk to the facts, not the effect of changing them: what else would have "
    "happened differently is not known."
)
_SECOND = 1_000_000  # microseconds


@dataclass(frozen=True)
class Otherwise:
    """An interaction with facts changed.

    Attributes
    ----------
    changes
        The changes that were made, by feature: a value asked for beyond what training has seen is replaced by the
        nearest one that it has seen.
    bounded
        A sentence for each such value, and for each text that training does not know.
    """

    changes: dict[str, float | str]
    bounded: list[str]
    _columns: dict[str, Any]
    _events: list[dict[str, Any]]
    _moves: tuple[_Move, ...]

    def time(self, at: int) -> int:
        """Return the changed time of a time of the interaction, microseconds since 1970, UTC."""
        for move in self._moves:
            at = move(at)
        return at

    def record(self, record: Mapping[str, Any], as_of: int) -> dict[str, Any]:
        """Return the record of the interaction at a moment as it would have been.

        Parameters
        ----------
        record
            The interaction's record at that moment: its queue, history and ratings are kept.
        as_of
            The moment, microseconds.
        """
        return {**record, **self._columns, "events": self._events, "as_of": iso(self.time(as_of))}


@dataclass(frozen=True)
class _Move:
    """A function of time: the interval from `begin` to `end` becomes `length` long, and later times follow."""

    begin: int
    end: int
    length: int

    def __call__(self, at: int) -> int:
        if at < self.begin:
            return at
        if at >= self.end:
            return at + self.length - (self.end - self.begin)
        return self.begin + (at - self.begin) * self.length // (self.end - self.begin)


def ask(model: RiskModel, record: Mapping[str, Any], changes: Mapping[str, Any]) -> Otherwise:
    """Return an interaction with facts changed.

    Parameters
    ----------
    model
        The model that is asked.
    record
        The interaction record at its last moment.
    changes
        By feature the value that it would have had, such as `{"service_wait_s": 60}`. See
        `forestall.model.facts_otherwise.FACTS` for those that can be changed.

    Raises
    ------
    UsageError
        A fact is unknown, can't be changed, or has not happened in this interaction; or a value is not possible.
    InputError
        A field of the record is not of its type.
    """
    if not isinstance(changes, Mapping):
        raise UsageError('a what-if question must be a dict such as {"service_wait_s": 60}')
    facts = facts_of(model.spec, model.families)
    wanted = {name: read_change(name, value, facts, model.columns) for name, value in changes.items()}
    if not wanted:
        raise UsageError("a what-if question must change at least one fact")
    if is_blank(record.get("started_at")):
        raise UsageError("a what-if question needs an interaction with started_at")
    case = _Case(model, record)
    for name in [name for name in facts if name in wanted]:
        value = case.within_training(name, wanted[name])
        case.change(name, facts[name], value)
        case.changes[name] = value
    return Otherwise(case.changes, case.bounded, case.columns, case.events(), tuple(case.moves))


class _Case:
    """An interaction while its facts are being changed."""

    def __init__(self, model: RiskModel, record: Mapping[str, Any]) -> None:
        interaction = model.sources([record]).interactions
        self.model = model
        self.start, self.as_of = int(interaction["started_at"][0]), int(interaction["as_of"][0])
        self.changes: dict[str, float | str] = {}
        self.bounded: list[str] = []
        self.columns: dict[str, Any] = {}
        self.moves: list[_Move] = []
        items = nested_items([record], "events")
        times = read_fields(items.rows, {"at": EVENT_FIELDS["at"]}, items.owner, "events.")["at"]
        known = [(at, dict(item)) for at, item in zip(times, items.rows, strict=True) if at is not None]
        # the events by the moment, in their order
        self._timed = sorted([one for one in known if one[0] <= self.as_of], key=lambda one: one[0])
        self._record = record
        self._seen = model.estimator.seen_ranges()

    def events(self) -> list[dict[str, Any]]:
        """Return the events as they are now."""
        return [{**item, "at": iso(at)} for at, item in self._timed]

    def within_training(self, name: str, value: float | str) -> float | str:
        """Return the value, or the nearest one that training has seen; note where that is another."""
        place = list(self.model.columns).index(name)
        if isinstance(value, str):
            if not self.model.estimator.encoder_.knows(place, value):
                self.bounded.append(f"{name}: training does not know this value; it counts as an average one")
            return value
        seen = self._seen[place]
        if seen is None:
            self.bounded.append(
                f"{name}: it was the same in all of training, so the risk does not depend on it"
            )
            return value
        nearest = min(max(value, seen[0]), seen[1])
        if nearest != value:
            self.bounded.append(f"{name}: training has seen {seen[0]:g} to {seen[1]:g}; {nearest:g} is taken")
        return nearest

    def change(self, name: str, fact: Fact, value: float | str) -> None:
        """Change one fact."""
        if isinstance(fact, ColumnOf):
            self.columns[fact.column] = bool(value) if fact.kind is Kind.TRUTH else value
            return
        number = float(value)
        if isinstance(fact, NumberOf):
            self._keep(name, fact, int(number))
            return
        length = round(number * _SECOND)
        if isinstance(fact, SecondsAhead):
            self.columns[fact.column] = iso(self.start + length)
        elif isinstance(fact, TimeOfFirst):
            self._move_first(name, fact, length)
        else:
            self._stretch(name, fact, length)

    def _keep(self, name: str, fact: NumberOf, wanted: int) -> None:
        """Keep the first events of each kind."""
        found, kept = Counter[Any](), []
        for at, item in self._timed:
            found[item.get("kind")] += 1
            if item.get("kind") not in fact.kinds or found[item["kind"]] <= wanted:
                kept.append((at, item))
        most = max(found[kind] for kind in fact.kinds)
        if wanted > most:
            raise UsageError(
                must_be(name, f"at most {most}, as often as it has happened by the moment", wanted)
            )
        self._timed = kept

    def _move_first(self, name: str, fact: TimeOfFirst, length: int) -> None:
        """Move the first event of a kind, or add it."""
        if fact.kind not in self.model.facts.kinds:
            raise UsageError(
                f"{name} can't be changed: the records of training hold no event of the kind {fact.kind}"
            )
        at, longest = self.start + length, (self.as_of - self.start) / _SECOND
        if at > self.as_of:
            raise UsageError(
                must_be(name, f"at most {longest:g}, the seconds until the moment", length / _SECOND)
            )
        of_kind = (place for place, (_, item) in enumerate(self._timed) if item.get("kind") == fact.kind)
        place = next(of_kind, None)
        item = {"kind": fact.kind, "actor": fact.actor} if place is None else self._timed.pop(place)[1]
        self._timed = sorted([*self._timed, (at, item)], key=lambda one: one[0])

    def _stretch(self, name: str, fact: Interval, length: int) -> None:
        """Make an interval shorter or longer; what comes after follows."""
        sources = self.model.sources([{**self._record, "events": self.events(), "as_of": iso(self.as_of)}])
        plan = FeaturePlan({"begin": fact.begin, "until": fact.until})
        times = values_at(sources, np.array([0]), np.array([self.as_of]), plan, are_told=True)
        begin, until = (times[which][0] for which in ("begin", "until"))
        if begin is None:
            raise UsageError(
                f"{name} can't be changed: what it is counted from has not happened by the moment"
            )
        move = _Move(int(begin), self.as_of if until is None else int(until), length)
        self._timed = [(move(at), item) for at, item in self._timed]
        self.as_of = move(self.as_of)
        self.moves.append(move)
