"""Facts in time, and the only place with the cutoff condition: which facts are known at a moment.

A timeline holds facts sorted by owner (an interaction, a venue, a customer …) and time. The facts known of an
owner at a moment are a prefix of the owner's facts, and `Timeline.known` returns the end of the prefix. Counts
and sums up to a moment are differences of running sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]

NEVER = np.int64(2**62)
"""The time of a fact that has not happened."""
_LARGEST = 1e15
# Few owners with long timelines are searched owner by owner, all others at once. Only the speed differs.
_FEW_OWNERS, _LONG = 4096, 512


@dataclass(frozen=True)
class Timeline:
    """Facts sorted by owner and time.

    Parameters
    ----------
    at
        Time of each fact in microseconds, ascending within an owner, shape (n_facts,).
    offsets
        Index of each owner's first fact, and the number of facts, shape (n_owners + 1,).
    order
        Index of each fact in the order in which facts were given, shape (n_facts,).
    """

    at: Ints
    offsets: Ints
    order: Ints

    @classmethod
    def of(cls, owner: Ints, at: Ints, n_owners: int) -> Timeline:
        """Return the timeline of facts without those of owner -1, which have no owner."""
        order = _sorted_places(owner, at)
        owner = owner[order]
        order = order[np.searchsorted(owner, 0) :]
        owner = owner[len(owner) - len(order) :]
        offsets = np.searchsorted(owner, np.arange(n_owners + 1))
        return cls(at[order], offsets.astype(np.int64), order.astype(np.int64))

    def begin(self, owner: Ints) -> Ints:
        """Return the index of the first fact of each `owner`; 0 for owner -1, which has none."""
        return np.where(owner < 0, 0, self.offsets[owner])

    def owners(self) -> Ints:
        """Return the owner of each fact."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def known(self, owner: Ints, as_of: Ints) -> Ints:
        """Return the end of the facts of each `owner` that are known at `as_of`.

        A fact is known at a moment if its time is at or before the moment. No other function of Forestall has
        this condition.

        Parameters
        ----------
        owner
            The owner of each moment's facts, shape (n_moments,); -1 has no facts.
        as_of
            The moments in microseconds, shape (n_moments,).

        Returns
        -------
        Ints
            Shape (n_moments,): the known facts are `at[begin(owner):known(owner, as_of)]`.
        """
        if len(self.at) == 0:
            return np.zeros(len(owner), dtype=np.int64)
        longest = self._longest
        if len(self.offsets) <= _FEW_OWNERS and longest > _LONG:
            return self._known_by_owner(owner, as_of)
        low = self.begin(owner)
        if longest == 1 and len(self.at) == len(self.offsets) - 1:  # one fact per owner: no search is needed
            return low + ((self.at[low] <= as_of) & (owner >= 0))
        high = np.where(owner < 0, 0, self.offsets[owner + 1])
        for _ in range(int((high - low).max(initial=0)).bit_length()):
            middle = (low + high) >> 1
            is_open = low < high
            is_known = self.at[np.minimum(middle, len(self.at) - 1)] <= as_of
            low = np.where(is_open & is_known, middle + 1, low)
            high = np.where(is_open & ~is_known, middle, high)
        return low

    @cached_property
    def _longest(self) -> int:
        """The most facts of one owner."""
        return int(np.diff(self.offsets).max(initial=0))

    def _known_by_owner(self, owner: Ints, as_of: Ints) -> Ints:
        end = np.zeros(len(owner), dtype=np.int64)
        places = _sorted_places(owner, None)
        edges = np.searchsorted(owner[places], np.arange(len(self.offsets)))
        for one in np.flatnonzero(np.diff(edges)):
            rows = places[edges[one] : edges[one + 1]]
            first, last = self.offsets[one], self.offsets[one + 1]
            end[rows] = first + np.searchsorted(self.at[first:last], as_of[rows], side="right")
        return end

    def sums(self, values: npt.NDArray[Any], begin: Ints, end: Ints) -> Ints:
        """Return the sums of integers `values`, given in the timeline's order, from `begin` to before `end`."""
        running = np.zeros(len(values) + 1, dtype=np.int64)
        np.cumsum(values, out=running[1:])
        return running[end] - running[begin]


def whole(values: npt.NDArray[Any]) -> Ints:
    """Return numbers rounded to integers, clipped so that sums of a few thousand do not overflow."""
    return np.asarray(np.rint(np.clip(values, -_LARGEST, _LARGEST)), dtype=np.int64)


def is_known(at: Ints, as_of: Ints) -> npt.NDArray[np.bool_]:
    """Return whether each fact is known at its own moment, by `Timeline.known`; a fact at `NEVER` is not."""
    owner = np.arange(len(at), dtype=np.int64)
    return Timeline(at, np.arange(len(at) + 1, dtype=np.int64), owner).known(owner, as_of) > owner


def _sorted_places(owner: Ints, at: Ints | None) -> Ints:
    """Return the indices that sort by owner, then by time, then by index."""
    if at is None or bool(np.all(at[1:] >= at[:-1])):
        # a stable sort by owner is enough; numpy sorts int16 fastest
        is_small = len(owner) == 0 or owner.max() < np.iinfo(np.int16).max
        return np.argsort(owner.astype(np.int16) if is_small else owner, kind="stable")
    if len(owner) < 2 or _is_sorted(owner, at):
        return np.arange(len(owner), dtype=np.int64)
    frame = pl.DataFrame({"owner": owner, "at": at})
    return (
        frame.select(pl.arg_sort_by("owner", "at", maintain_order=True))
        .to_series()
        .to_numpy()
        .astype(np.int64)
    )


def _is_sorted(owner: Ints, at: Ints) -> bool:
    step = np.diff(owner)
    return bool(np.all((step > 0) | ((step == 0) & (np.diff(at) >= 0))))
