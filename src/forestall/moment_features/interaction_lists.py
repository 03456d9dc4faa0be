"""Interactions with the columns that their moments need: as a frame, or as lists where they come from records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from forestall.moment_features.name_columns import joined_name
from forestall.moment_features.standards import Standards

QUEUE_KEY = "own:queue"  # names with a colon are no columns of a company
STANDARD = "own:standard_s"


@dataclass(frozen=True)
class InteractionLists:
    """Interactions as lists by column, whose columns can be had by name as those of a frame.

    Parameters
    ----------
    values
        The columns, None for null.
    types
        Their types.
    """

    values: Mapping[str, Sequence[Any]]
    types: Mapping[str, Any]

    @classmethod
    def of(
        cls, columns: Mapping[str, Sequence[Any]], types: Mapping[str, Any], standards: Standards
    ) -> InteractionLists:
        """Return interactions, whose times are microseconds, with their queue and standard."""
        places = list(zip(columns["venue"], columns["channel"], strict=True))
        values = {name: columns[name] for name in types}
        values[QUEUE_KEY] = [joined_name(*place) for place in places]
        values[STANDARD] = [standards.of(*place) for place in places]
        return cls(values, {**types, QUEUE_KEY: pl.String, STANDARD: pl.Float64})

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.values)

    def __getitem__(self, name: str) -> Sequence[Any]:
        return self.values[name]

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The same as a frame."""
        return pl.DataFrame([pl.Series(name, self.values[name], dtype) for name, dtype in self.types.items()])


def with_queue_and_standard(interactions: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Return interactions, whose times are microseconds, with their queue and standard."""
    places = interactions.select("venue", "channel").unique()
    pairs = places.rows()
    places = places.with_columns(
        pl.Series(QUEUE_KEY, [joined_name(*pair) for pair in pairs], pl.String),
        pl.Series(STANDARD, [standards.of(*pair) for pair in pairs], pl.Float64),
    )
    return interactions.join(
        places, on=["venue", "channel"], how="left", nulls_equal=True, maintain_order="left"
    )
