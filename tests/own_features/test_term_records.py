"""Terms as data: what is written is read back as the same terms, and nothing else is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forestall.moment_features import FAMILIES, columns_of
from forestall.moment_features.event_columns import Count
from forestall.moment_features.open_clock_terms import ClockReading
from forestall.moment_features.state_columns import OwnRating
from forestall.moment_features.term_graph import TermGraph
from forestall.moment_features.terms import Literal, Term, leaves
from forestall.own_features.term_records import COLUMNS, records_of, terms_of

OURS = {
    name: feature.value
    for name, feature in columns_of(FAMILIES).items()
    if not any(isinstance(leaf, OwnRating | ClockReading) for leaf in leaves([feature.value]))
}


def test_all_features_of_forestall_are_read_back_as_they_were_written() -> None:
    """The terms of 150 features use all operations and columns that own features may use."""
    records, places = records_of(OURS)
    again = terms_of(json.loads(json.dumps(records, allow_nan=False)))
    assert len(OURS) > 140
    before, after = (TermGraph(one) for one in (OURS, {name: again[place] for name, place in places.items()}))
    assert list(map(repr, before.terms)) == list(map(repr, after.terms))
    assert list(map(type, before.terms)) == list(map(type, after.terms))
    assert before.parts == after.parts
    used = {record["state"] for record in records if "state" in record}
    assert used <= COLUMNS.keys()
    assert len(used) >= len(COLUMNS) - 3


def test_a_shared_part_is_written_once() -> None:
    term: Term = Count("message")
    for _ in range(40):
        term = term + term
    records, _ = records_of({"x": term})
    assert len(records) == 41


COUNT = {"state": "Count", "event_kind": "message", "actor": ""}


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([COUNT, {"operation": "system", "of": [0]}], "an operation that is not known"),
        ([COUNT, {"operation": "+", "of": [0, 1]}], "does not stand before it"),
        ([COUNT, {"operation": "+", "of": [0, -1]}], "does not stand before it"),
        ([COUNT, {"operation": "+", "of": [0]}], "has 1 arguments"),
        ([COUNT, {"operation": "//", "of": [0, 0]}], "takes a whole number"),
        ([COUNT, {"value": 0}, {"operation": "%", "of": [0, 1]}], "takes a whole number"),
        ([COUNT, {"value": 2.0}, {"operation": "/ constant", "of": [0, 1]}], "a divisor of another kind"),
        ([COUNT, {"operation": "not", "of": [0]}], "takes a truth value"),
        ([COUNT, {"value": "a"}, {"operation": "coalesce", "of": [0, 1]}], "of several types"),
        ([{"value": 2**60}], "between -2"),
        ([{"value": float("inf")}], "between -2"),
        ([{"value": None}], "a constant must be"),
        ([{"value": [1]}], "a constant must be"),
        ([{"state": "Count", "event_kind": "message"}], "must have actor, event_kind"),
        ([{"state": "OwnRating", "fact": "n"}], "OwnRating"),
    ],
)
def test_what_was_not_written_is_not_read(records: list[dict[str, Any]], said: str) -> None:
    with pytest.raises((TypeError, ValueError, KeyError), match=said):
        terms_of(records)


class _Loud(str):
    """A text whose written form would be code."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "print('run')"


def test_a_constant_of_a_class_of_its_own_is_not_written() -> None:
    """Constants stand in generated code: only plain ones may."""
    with pytest.raises(TypeError, match="a constant must be"):
        records_of({"x": Literal(_Loud("a"))})


def test_a_term_of_a_class_of_its_own_is_not_written() -> None:
    class Later(Count):
        """A column that could be computed otherwise."""

    with pytest.raises(TypeError, match="Later is none of them"):
        records_of({"x": Later("closed")})
