"""Features of a company's own kinds of events, which no other feature knows by name, and of its events' attributes.

Which have features is found in training, and frozen with the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from forestall.moment_features.event_attributes import Attribute, What
from forestall.moment_features.event_columns import Count, Last
from forestall.moment_features.family import Family, Feature
from forestall.moment_features.last_kind import LastKind
from forestall.moment_features.operations import Kind
from forestall.moment_features.shared_terms import ENDED, elapsed, recorded


@dataclass(frozen=True)
class OwnKinds:
    """The kinds of events, and the attributes of events, that have features of their own.

    Parameters
    ----------
    counted
        Kinds whose number of events is a feature.
    timed
        Kinds whose time since the last event is a feature.
    last_among
        The kinds among which that of the last event is a feature; empty for no such feature.
    has_clock
        Whether the records have a clock: without one, their order does not say what has been recorded by a moment.
    numbers, texts
        Further columns of the events whose values are features.
    label_event
        The event that the model predicts, whose attributes are no features.
    """

    counted: tuple[str, ...] = ()
    timed: tuple[str, ...] = ()
    last_among: tuple[str, ...] = ()
    has_clock: bool = True
    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    label_event: str = ""

    @property
    def all(self) -> frozenset[str]:
        """The kinds that a feature counts or times."""
        return frozenset({*self.counted, *self.timed})

    @property
    def features(self) -> list[Feature]:
        """The features, of each kind one after another."""
        found = []
        for kind in sorted(self.all):
            found += [_count(kind, has_clock=self.has_clock)] if kind in self.counted else []
            found += [_time(kind)] if kind in self.timed else []
        found += [_last(self.last_among)] if self.last_among else []
        for name in self.numbers:
            found += _of_numbers(name, self.label_event, has_clock=self.has_clock)
        return [*found, *(_of_texts(name, self.label_event) for name in self.texts)]

    @property
    def attributes(self) -> dict[str, Any]:
        """The types of the further columns of events that features read."""
        return {**dict.fromkeys(self.numbers, pl.Float64), **dict.fromkeys(self.texts, pl.String)}

    def as_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> OwnKinds:
        """Return what `as_dict` wrote."""
        fields: dict[str, Any] = {
            name: tuple(one) if isinstance(one, list) else one for name, one in content.items()
        }
        return cls(**fields)


NO_KINDS = OwnKinds()


def with_own_kinds(context: Family, own: OwnKinds) -> Family:
    """Return the family of a company's own columns with the features of its own kinds of events after them.

    A feature whose name is that of a column is left out: which kinds there are changes from training to training, and
    must not change what a column means.
    """
    taken = {feature.name for feature in context.features}
    added = (feature for feature in own.features if feature.name not in taken)
    return Family(context.name, context.description, (*context.features, *added))


def _count(kind: str, *, has_clock: bool) -> Feature:
    value = recorded(Count(kind), kind) if has_clock else Count(kind)
    return Feature(
        f"kind_{kind}_n", value, f"Number of events of the kind '{kind}'.",
        reason="'{kind}' happened {value} {time|times}", low=0, subject=kind, text_key="kind_n",
    )  # fmt: skip


def _time(kind: str) -> Feature:
    return Feature(
        f"kind_{kind}_ago_s", elapsed(Last(kind), ENDED),
        f"Seconds since the last event of the kind '{kind}', until the end or the moment.",
        reason="'{kind}' last happened {value} ago", low=0, subject=kind, text_key="kind_ago_s",
    )  # fmt: skip


def _last(among: Sequence[str]) -> Feature:
    return Feature(
        "kind_last", LastKind(tuple(sorted(among))), "Kind of the last event, other than `closed`.",
        reason="the last event was '{value}'", is_category=True, text_key="kind_last",
    )  # fmt: skip


def _of_numbers(name: str, label_event: str, *, has_clock: bool) -> list[Feature]:
    said: dict[What, tuple[str, str]] = {
        "last": ("Last value", "'{kind}' was last {value}"),
        "mean": ("Mean", "'{kind}' was {value} on average"),
        "highest": ("Highest value", "'{kind}' was at most {value}"),
    }
    return [
        Feature(
            f"event_{name}_{what}", Attribute(name, what, without=label_event),
            f"{begin} of '{name}' of the events so far.", reason=reason, subject=name, text_key=f"event_{what}",
        )
        for what, (begin, reason) in said.items() if has_clock or what != "last"
    ]  # fmt: skip


def _of_texts(name: str, label_event: str) -> Feature:
    return Feature(
        f"event_{name}_last", Attribute(name, "last", Kind.TEXT, label_event),
        f"Last value of '{name}' of the events so far.", reason="'{kind}' was last {value}", is_category=True,
        subject=name, text_key="event_last",
    )  # fmt: skip
