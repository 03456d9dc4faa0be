"""Which columns of `interactions` training moments always had, by stage and, where it matters, by channel."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import hypergeom

from forestall.data.common_names import common_names
from forestall.moment_features.name_columns import NULL, has_gaps, is_there, places_in, take
from forestall.moment_features.stage import STAGES
from forestall.moment_features.state_columns import EventField, Input, of_interactions
from forestall.moments.timeline import Ints

Bools = npt.NDArray[np.bool_]

ALWAYS = 0.99  # the share of comparable training moments from which on a value counts as always present
MIN_MOMENTS = 50  # with fewer training moments a stage or channel says nothing about what is always present
NOISE = 0.001  # a difference in shares counts if sampling noise makes it with a smaller probability than this


@dataclass(frozen=True)
class InputColumns:
    """The columns and fields of a record that a model reads.

    Parameters
    ----------
    reads
        By column or field (see `moment_features.columns_read`), which features read it, (n_features,).
    known_later
        Columns that are known only from some event on. Whether a moment has them is told by the features that read
        nothing else, which are null before that event.
    """

    reads: Mapping[Input, Bools]
    known_later: Collection[str]

    def missing(self, name: str, column: Any, place: Ints, gaps: Bools) -> Bools | None:
        """Return which moments lack a column, (n_moments,); None if none does.

        Parameters
        ----------
        name
            The column's name.
        column
            Its values, one per interaction; None if there is no such column.
        place
            (n_moments,) the interaction of each moment.
        gaps
            (n_moments, n_features) where features are missing.
        """
        is_missing: Bools
        if name in self.known_later:
            own = self._only_readers.get(name)
            if own is None:
                return None
            is_missing = np.all(gaps[:, own], axis=1)
        elif column is None:
            is_missing = np.ones(len(place), dtype=bool)
        elif has_gaps(column):
            is_missing = ~is_there(take(column, place))
        else:
            return None
        return is_missing if is_missing.any() else None

    @cached_property
    def attributes(self) -> list[EventField]:
        """The further columns of events that are read."""
        return [one for one in self.reads if isinstance(one, EventField)]

    @cached_property
    def _only_readers(self) -> dict[str, Bools]:
        """For columns known later, which features read that column and no other, if any do."""
        n_read = np.sum(list(self.reads.values()), axis=0)
        readers = {name: self.reads[name] & (n_read == 1) for name in self.known_later if name in self.reads}
        return {name: own for name, own in readers.items() if own.any()}


def columns_always_present(
    stages: Ints, interactions: pl.DataFrame, inputs: InputColumns, gaps: Bools, least_customers: int = 1
) -> tuple[dict[str, Bools], tuple[str, ...]]:
    """Return for each column whether it is always present, (n_stages, n_channels + 1), and the channels."""
    channels = _common_channels(interactions, least_customers)
    shape = (len(STAGES), len(channels) + 1)
    cells = stages * shape[1] + channel_places(interactions["channel"], channels)
    n = _counts(cells, shape)
    columns, everything = {}, np.arange(len(stages))
    for name in of_interactions(inputs.reads):
        column = interactions[name] if name in interactions.columns else None
        is_missing = inputs.missing(name, column, everything, gaps)
        n_missing = np.zeros_like(n) if is_missing is None else _counts(cells[is_missing], shape)
        columns[name] = _always_by_cell(n - n_missing, n, is_known_later=name in inputs.known_later)
    return columns, channels


def _common_channels(interactions: pl.DataFrame, least_customers: int) -> tuple[str, ...]:
    """Return the channels with enough moments and customers, in alphabetical order."""
    counts = interactions.drop_nulls("channel").group_by("channel").agg(count=pl.len())
    channels = counts.filter(pl.col("count") >= MIN_MOMENTS)["channel"].sort()
    if least_customers > 1:
        common = common_names(interactions, "channel", least_customers)
        channels = channels.filter(channels.is_in(common.implode()))
    return tuple(channels)


def _counts(cells: Ints, shape: tuple[int, int]) -> Ints:
    return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)


def _always_by_cell(had: Ints, n: Ints, *, is_known_later: bool) -> Bools:
    """Return for each stage and channel whether a column is always present, (n_stages, n_channels + 1).

    A group of moments (a stage, a channel, or both together) counts with its own share if it has enough moments and
    its share differs from that of the larger group by more than sampling noise. Otherwise it counts as the larger
    group does: a stage or a channel as all moments; both together as the channel if only that differs, else as the
    stage.

    Parameters
    ----------
    had, n
        (n_stages, n_channels + 1) the training moments that had the column, and all of them.
    is_known_later
        Whether the column may not be known yet, which only the stage can tell.
    """
    stage_had, stage_n = had.sum(axis=1, keepdims=True), n.sum(axis=1, keepdims=True)
    channel_had, channel_n = had.sum(axis=0), n.sum(axis=0)
    all_had, all_n = had.sum(), n.sum()
    overall = all_had >= ALWAYS * all_n
    if is_known_later:
        by_stage = (stage_n >= MIN_MOMENTS) & (stage_had >= ALWAYS * stage_n)
        by_channel = np.full(channel_n.shape, overall)
    else:
        by_stage = _own_or(overall, stage_had, stage_n, all_had, all_n)
        by_channel = _own_or(overall, channel_had, channel_n, all_had, all_n)
    is_by_channel = (by_stage == overall) & (by_channel != overall)
    always = _own_or(
        np.where(is_by_channel, by_channel, by_stage),
        had,
        n,
        np.where(is_by_channel, channel_had, stage_had),
        np.where(is_by_channel, channel_n, stage_n),
    )
    always[:, -1] = by_stage[:, 0]
    return always


def _own_or(inherited: Any, had: Ints, n: Ints, larger_had: Any, larger_n: Any) -> Bools:
    """Return whether groups of moments always have a value, by their own share only if it differs beyond noise."""
    own = had >= ALWAYS * n
    noise = np.minimum(
        hypergeom.cdf(had, larger_n, larger_had, n), hypergeom.sf(had - 1, larger_n, larger_had, n)
    )
    return np.where((n >= MIN_MOMENTS) & (noise < NOISE), own, inherited)


def channel_places(channel: Any, channels: Iterable[str]) -> Ints:
    """Return the place of each moment's channel; a missing or unknown one has the last place."""
    known = {name: place for place, name in enumerate(channels)}
    places = places_in(channel, known)
    return np.where(places <= NULL, len(known), places)
