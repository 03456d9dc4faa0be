"""Which missing values count as lost: those that training almost always had.

LightGBM reads a gap in a feature that had none in training as 0, which for a wait is the best value there is. So a
moment with a lost value is scored twice, once with the gap and once with the median of its stage in its place, and the
higher risk is returned (see `forestall.model.scoring`).

A value counts as lost if the moment lacks it and at least 99 % of comparable training moments had it. It does not
matter how it is missing (but see attributes of events): a key or a column left out, null, NaN and a blank text are the
same. Comparable means

- for a feature: the training moments of the same stage;
- for a column of `interactions`: those of the same stage, or of the same stage and channel where the channel's share
  differs by more than sampling noise (only deliveries may have a promised time);
- for `queue`, `earlier_ratings` and, if the customer is known, `history`: all of them, because tables always contain
  them;
- for an attribute of events: all of them, because in training the tables had its column. It is lost where the table has
  no such column, or no event of the record has its field. An event that has the field without a value is one of the
  many events that have none: whether any has a value says nothing.

With a lost column all features that read it are lost, including those that have a value without it: the wait relative
to the standard, when the venue that has its own standard is missing. A value that is not known yet, such as the
response before anyone responded, was missing in training too at that stage, so it is not lost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.model.column_presence import (
    ALWAYS,
    MIN_MOMENTS,
    InputColumns,
    channel_places,
    columns_always_present,
)
from forestall.moment_features.name_columns import is_there, places_in, take
from forestall.moment_features.record_circumstances import RecordCircumstances
from forestall.moment_features.sources import Sources
from forestall.moment_features.stage import STAGES
from forestall.moment_features.state_columns import HISTORY, QUEUE, RATINGS, Input
from forestall.moments.timeline import Ints

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
_STAGE_PLACES = {name: place for place, name in enumerate(STAGES)}


class Losses(NamedTuple):
    """What moments have lost.

    Attributes
    ----------
    features
        (n_moments, n_features) whether a feature is lost, alone or with a column.
    by_column
        For each column that some moment has lost, the features lost with it, (n_moments, n_features).
    """

    features: Bools
    by_column: dict[str, Bools]

    def at(self, rows: Ints) -> Losses:
        """Return what some of the moments have lost."""
        return Losses(self.features[rows], {name: part[rows] for name, part in self.by_column.items()})


@dataclass(frozen=True)
class Typical:
    """What training moments always had at each stage, and their medians.

    Parameters
    ----------
    present
        (n_stages, n_features) whether the feature is always present.
    seen
        (n_stages, n_features) whether it ever is; at a stage with few training moments, whether it is at any stage.
    median
        (n_stages, n_features) the median of its encoded values among the same moments; NaN where it has none.
    columns
        By column of `interactions`, whether it is always present, (n_stages, n_channels + 1). The last place is for
        moments of any other channel.
    channels
        The channels in the order of `columns`.
    """

    present: Bools
    seen: Bools
    median: Floats
    columns: dict[str, Bools]
    channels: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        frame: pl.DataFrame,
        matrix: Floats,
        stage: pl.Series,
        interactions: pl.DataFrame,
        inputs: InputColumns,
        least_customers: int = 1,
    ) -> Typical:
        """Return what is typical of training moments.

        Parameters
        ----------
        frame
            (n_moments, n_features) the features.
        matrix
            (n_moments, n_features) the same, encoded.
        stage
            (n_moments,) their stages.
        interactions
            (n_moments,) the interaction of each moment.
        inputs
            The columns of `interactions` that the features read.
        least_customers
            The fewest customers of a channel that is told apart.
        """
        gaps = gaps_of(frame)
        stages = places_in(stage, _STAGE_PLACES)
        rows = [stages == place for place in range(len(STAGES))]
        has_enough = np.array([some.sum() >= MIN_MOMENTS for some in rows])
        everyone = np.ones(len(matrix), dtype=bool)
        rows = [some if enough else everyone for some, enough in zip(rows, has_enough, strict=True)]
        share = np.stack([1 - gaps[some].mean(axis=0) for some in rows])
        median = np.stack([_median(np.where(gaps[some], np.nan, matrix[some])) for some in rows])
        columns, channels = columns_always_present(stages, interactions, inputs, gaps, least_customers)
        return cls((share >= ALWAYS) & has_enough[:, None], share > 0, median, columns, channels)

    def losses(
        self, gaps: Bools, stage: Any, sources: Sources, place: Ints, as_of: Ints, inputs: InputColumns
    ) -> Losses:
        """Return what moments have lost.

        Parameters
        ----------
        gaps
            (n_moments, n_features) where features are missing.
        stage
            (n_moments,) the moments' stages.
        sources
            Where the moments come from.
        place, as_of
            (n_moments,) their interactions in `sources`, and their times in microseconds.
        inputs
            What the features read.
        """
        stages = places_in(stage, _STAGE_PLACES)
        lost = gaps & self.present[stages]
        by_column: dict[str, Bools] = {}
        lost_inputs = self._lost_columns(gaps, stages, sources, place, inputs)
        lost_inputs |= {one: sources.events.lacks(one.column, place, as_of) for one in inputs.attributes}
        for one, is_lost in lost_inputs.items():
            if one in inputs.reads and is_lost.any():
                with_it = is_lost[:, None] & inputs.reads[one] & self.seen[stages]
                if with_it.any():
                    by_column[str(one)] = by_column.get(str(one), False) | with_it
                    lost = lost | with_it
        return Losses(lost, by_column)

    def medians(self, stage: Any) -> Floats:
        """Return the medians of the moments' stages, (n_moments, n_features)."""
        return self.median[places_in(stage, _STAGE_PLACES)]

    def _lost_columns(
        self, gaps: Bools, stages: Ints, sources: Sources, place: Ints, inputs: InputColumns
    ) -> dict[Input, Bools]:
        """Return for columns, history, queue and earlier ratings which moments have lost them, (n_moments,)."""
        found: dict[Input, Bools] = {}
        interactions, channels = sources.interactions, None
        names = set(interactions.columns)
        for name, always in self.columns.items():
            column = interactions[name] if name in names else None
            is_missing = inputs.missing(name, column, place, gaps)
            if is_missing is None:
                continue
            if channels is None:
                channels = channel_places(take(interactions["channel"], place), self.channels)
            found[name] = is_missing & always[stages, channels]
        circumstances = sources.circumstances
        if isinstance(circumstances, RecordCircumstances):
            is_stranger = ~is_there(take(interactions["customer_id"], place))
            found[HISTORY] = ~circumstances.has_past[place] & ~is_stranger
            found[RATINGS] = ~circumstances.has_ratings[place]
            queues = np.array(list(circumstances.queues.values()))
            found[QUEUE] = np.isnan(queues[:, place]).all(axis=0)
        return found

    def as_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        median = [[None if np.isnan(value) else float(value) for value in row] for row in self.median]
        present, seen = (part.astype(int).tolist() for part in (self.present, self.seen))
        columns = {name: always.astype(int).tolist() for name, always in self.columns.items()}
        return {
            "present": present, "seen": seen, "median": median,
            "columns": columns, "channels": list(self.channels),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], known_later: Collection[str]) -> Typical:
        """Return what `as_dict` wrote, or what version 0.1 wrote: one share of all interactions for each column."""
        present, seen = (np.array(content[name], dtype=bool) for name in ("present", "seen"))
        if "given" in content:
            shape = (len(STAGES), 1)
            shares = {name: share for name, share in content["given"].items() if name not in known_later}
            columns = {name: np.full(shape, share >= ALWAYS) for name, share in shares.items()}
        else:
            columns = {name: np.array(always, dtype=bool) for name, always in content["columns"].items()}
        channels = tuple(content.get("channels", ()))
        return cls(present, seen, np.array(content["median"], dtype=np.float64), columns, channels)


def gaps_of(frame: pl.DataFrame) -> Bools:
    """Return where features are missing, (n_moments, n_features)."""
    return frame.select(pl.all().is_null()).to_numpy().reshape(frame.shape)


def _median(matrix: Floats) -> Floats:
    medians = np.full(matrix.shape[1], np.nan)
    some = ~np.isnan(matrix).all(axis=0)
    medians[some] = np.nanmedian(matrix[:, some], axis=0)
    return medians
