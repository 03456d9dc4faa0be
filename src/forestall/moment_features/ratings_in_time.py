"""The ratings of interactions in time: of several, the newest one that is known at a moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forestall.moment_features.row_aggregates import Array
from forestall.moments.timeline import NEVER, Ints, Timeline


@dataclass(frozen=True)
class RatingsInTime:
    """The ratings of interactions that have a time.

    Parameters
    ----------
    timeline
        The interaction and the time of each rating.
    rating
        Each rating, in the order of the timeline.
    """

    timeline: Timeline
    rating: Array

    @classmethod
    def of(cls, feedback: pl.DataFrame, n_interactions: int) -> RatingsInTime:
        """Return the ratings in `feedback`: place (of the interaction), rating, rated_at (microseconds or null)."""
        timed = feedback.filter(pl.col("rated_at").is_not_null())
        place, at = timed["place"].cast(pl.Int64).to_numpy(), timed["rated_at"].to_numpy()
        timeline = Timeline.of(place, at, n_interactions)
        return cls(timeline, timed["rating"].to_numpy()[timeline.order])

    def own(self, place: Ints, as_of: Ints) -> dict[str, Array]:
        """Return the number of ratings known at each moment, and the newest (NaN: none): `n` and `newest`."""
        n = self.timeline.known(place, as_of) - self.timeline.begin(place)
        return {"n": n.astype(np.float64), "newest": self.newest(place, as_of)[1]}

    def newest(self, place: Ints, as_of: Ints) -> tuple[Ints, Array]:
        """Return when the newest rating known at each moment was given (`NEVER`: none), and the rating (NaN: none).

        Parameters
        ----------
        place, as_of
            The rated interaction and the moment in microseconds, both of shape (n_moments,).
        """
        end = self.timeline.known(place, as_of)
        is_rated = end > self.timeline.begin(place)
        newest = np.maximum(end - 1, 0)
        rated_at = np.where(is_rated, np.append(self.timeline.at, NEVER)[newest], NEVER)
        rating = np.where(is_rated, np.append(self.rating, np.nan)[newest], np.nan)
        return rated_at, rating
