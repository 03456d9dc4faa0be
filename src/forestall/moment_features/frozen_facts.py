"""Learnt facts at the end of a training, as a packaged model holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from forestall.moment_features.interaction_lists import QUEUE_KEY
from forestall.moment_features.learnt_facts import ALL, Keys
from forestall.moment_features.name_columns import NULL, UNKNOWN, places_in, take
from forestall.moment_features.row_aggregates import Array
from forestall.moment_features.state_columns import FactColumn, Recorded
from forestall.moments.timeline import Ints


class _Table(NamedTuple):
    """The facts of a dimension."""

    place: dict[str, int]  # the place of each key
    number: dict[str, int]  # the row of each fact
    values: npt.NDArray[np.float64]  # (n_facts, n_keys + 2)


@dataclass(frozen=True)
class FrozenFacts:
    """Learnt facts at the end of a training, as plain values that JSON can hold.

    Parameters
    ----------
    kinds
        The kinds of events that the company has recorded.
    company
        The company's mean of each fact: what is usual where nothing is known yet.
    tables
        By dimension, the keys and the facts of each.
    """

    kinds: list[str]
    company: dict[str, float | None]
    tables: dict[str, dict[str, list[Any]]]

    def state(self, keys: Keys, place: Ints, as_of: Ints, columns: Sequence[FactColumn]) -> dict[str, Array]:
        """Return columns of moments by name; see `Facts`."""
        is_recorded = {truth: np.full(len(as_of), truth) for truth in (False, True)}
        found: dict[str, npt.NDArray[np.float64]] = {}
        state: dict[str, Array] = {}
        for one in columns:
            if isinstance(one, Recorded):
                state[one.name] = is_recorded[one.event_kind in self._kinds]
            elif one.dimension == ALL:
                state[one.name] = np.full(len(as_of), self.company[one.fact], dtype=np.float64)
            else:
                table = self._tables[one.dimension]
                if one.dimension not in found:
                    names = take(keys[QUEUE_KEY if one.dimension == "queue" else one.dimension], place)
                    found[one.dimension] = table.values[:, places_in(names, table.place)]
                state[one.name] = found[one.dimension][table.number[one.fact]]
        return state

    @cached_property
    def _kinds(self) -> frozenset[str]:
        return frozenset(self.kinds)

    @cached_property
    def _tables(self) -> dict[str, _Table]:
        """The facts as arrays; the last two columns, at `UNKNOWN` and `NULL`, are the company's mean and a gap."""
        assert (UNKNOWN, NULL) == (-2, -1)
        tables = {}
        for dimension, table in self.tables.items():
            facts = [fact for fact in table if fact != "key"]
            values = [[*table[fact], self.company[fact], None] for fact in facts]
            place = {key: place for place, key in enumerate(table["key"])}
            number = {fact: number for number, fact in enumerate(facts)}
            tables[dimension] = _Table(place, number, np.array(values, dtype=np.float64))
        return tables
