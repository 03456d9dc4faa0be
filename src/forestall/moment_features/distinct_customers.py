"""From how many customers a learnt fact comes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.moment_features.name_columns import codes
from forestall.moments.timeline import Ints

if TYPE_CHECKING:
    from forestall.moment_features.facts_in_time import FactsInTime
    from forestall.moment_features.learnt_facts import Mean


class DistinctCustomers:
    """Whether enough customers are behind the facts that are known at a time.

    Parameters
    ----------
    facts
        The facts, whose `keys` have the `customer_id` of each interaction. An interaction without one is a customer of
        its own.
    as_of
        The time in microseconds.
    least
        The fewest customers.
    """

    def __init__(self, facts: FactsInTime, as_of: int, least: int) -> None:
        self._facts, self._least = facts, least
        self._n_known = int(facts.last_known(np.array([as_of]))[0]) + 1

    def has_enough(self, dimension: str, mean: Mean) -> npt.NDArray[np.bool_]:
        """Return for each key of a dimension whether enough customers are behind a mean."""
        owner, timeline = self._facts.owner(dimension)
        n_keys = len(timeline.offsets) - 1
        if self._least <= 1:
            return np.ones(n_keys, dtype=bool)
        known = self._facts.changes.head(self._n_known).select("place", mean.counted)
        place = known.filter(pl.col(mean.counted) != 0)["place"].to_numpy()
        pairs = pl.DataFrame({"key": owner[place], "customer": self._customers[place]})
        counts = pairs.filter(pl.col("key") >= 0).group_by("key").agg(pl.col("customer").n_unique())
        found = np.zeros(n_keys, dtype=np.int64)
        found[counts["key"].to_numpy()] = counts["customer"].to_numpy()
        return found >= self._least

    @cached_property
    def _customers(self) -> Ints:
        numbers, known = codes(self._facts.keys["customer_id"])
        return np.where(numbers < 0, len(known) + np.arange(len(numbers)), numbers)
