"""Learnt facts and queues of moments that were computed before, from tables that are not all here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from forestall.moment_features.learnt_facts import Keys
from forestall.moment_features.queue import COLUMNS
from forestall.moment_features.row_aggregates import Array
from forestall.moment_features.state_columns import FactColumn
from forestall.moments.timeline import Ints


@dataclass(frozen=True)
class GivenStates:
    """What was computed of moments.

    Parameters
    ----------
    moments
        `place` (of the interaction), `as_of` (microseconds), and what was computed, by the name of its column.
    """

    moments: pl.DataFrame

    def at(self, place: Ints, as_of: Ints, names: Sequence[str]) -> dict[str, Array]:
        """Return columns at moments, each of shape (n_moments,).

        Raises
        ------
        ValueError
            Nothing was computed of a moment.
        """
        known = self.moments.select("place", "as_of", *names).with_columns(is_known=pl.lit(True))
        found = pl.DataFrame({"place": place, "as_of": as_of}).join(
            known.unique(["place", "as_of"]), on=["place", "as_of"], how="left", maintain_order="left"
        )
        if found["is_known"].null_count():
            raise ValueError("each moment must have been computed before; some were not")
        return {name: found[name].to_numpy() for name in names}


@dataclass(frozen=True)
class GivenFacts:
    """Learnt facts at given moments."""

    given: GivenStates

    def state(self, keys: Keys, place: Ints, as_of: Ints, columns: Sequence[FactColumn]) -> dict[str, Array]:
        """Return columns of moments by name; see `learnt_facts.Facts`."""
        del keys  # the moments tell
        return self.given.at(place, as_of, [one.name for one in columns])


@dataclass(frozen=True)
class GivenQueues:
    """The queues at given moments."""

    given: GivenStates

    def state(self, place: Ints, as_of: Ints) -> dict[str, Array]:
        """Return the facts of the queue at moments; see `queue_facts.QueueStates`."""
        return self.given.at(place, as_of, COLUMNS)
