"""Learnt facts: what a venue, channel, culture, product or category usually delivers.

In training they are computed as of each moment, without the interaction itself (`moment_features.facts_in_time`). A
packaged model holds them frozen at the end of its training (`moment_features.frozen_facts`). Each mean is shrunk
towards the company's mean with the weight of `PRIOR_WEIGHT` interactions, so that a venue seen twice hardly differs
from the company.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from forestall.moment_features.name_columns import Names
from forestall.moment_features.row_aggregates import Array
from forestall.moment_features.state_columns import FactColumn
from forestall.moments.timeline import Ints

PRIOR_WEIGHT = 20.0
ALL = "all"  # the dimension of the whole company
DIMENSIONS = ("venue", "channel", "locale", "product", "product_category", "queue")


class Mean(NamedTuple):
    """A mean: a sum of whole numbers over a count, in units of `unit`."""

    total: str
    counted: str
    unit: float

    def of(self, total: Ints, count: Ints) -> npt.NDArray[np.float64]:
        """Return the mean, NaN where the count is 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(count > 0, total / self.unit / count, np.nan)

    def shrunk(self, total: Ints, count: Ints, prior: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the mean shrunk towards `prior`."""
        return (total / self.unit + PRIOR_WEIGHT * prior) / (count + PRIOR_WEIGHT)


MEANS: Mapping[str, Mean] = {
    "wait_s": Mean("wait_us", "n_waits", 1e6),
    "resolve_s": Mean("resolve_us", "n_resolves", 1e6),
    "resolved_share": Mean("n_resolved", "n_ended", 1),
    "greeted_share": Mean("n_greeted", "n_ended", 1),
    "manner": Mean("manner", "n_staff_texts", 1),
    "rating": Mean("rating", "n_rated", 100),
    "rating_polite": Mean("rating_polite", "n_rated_polite", 100),
    "rating_rude": Mean("rating_rude", "n_rated_rude", 100),
    "tip_share": Mean("n_tips", "n_started", 1),
    "again_share": Mean("n_again", "n_known", 1),
    "defect_share": Mean("n_defects", "n_started", 1),
    "return_share": Mean("n_returns", "n_started", 1),
    "failure_cost": Mean("failure_cents", "n_started", 100),
    "price": Mean("price_cents", "n_priced", 100),
}
COUNTS = tuple(dict.fromkeys(column for mean in MEANS.values() for column in mean[:2]))


class Keys(Protocol):
    """Interactions, as a frame or as lists, whose columns can be had by name."""

    def __getitem__(self, name: str, /) -> Names:
        """Return a column."""


class Facts(Protocol):
    """Learnt facts, as of each moment or frozen."""

    def state(self, keys: Keys, place: Ints, as_of: Ints, columns: Sequence[FactColumn]) -> dict[str, Array]:
        """Return columns of moments by name, each of shape (n_moments,); NaN is null.

        Parameters
        ----------
        keys
            The interactions.
        place, as_of
            The moments: the interaction's place, and the time in microseconds, both of shape (n_moments,).
        columns
            The columns wanted.
        """
