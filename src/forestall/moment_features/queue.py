"""The queue at a moment: customers waiting at the same venue and channel, and the waits of the last seven days."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from forestall.moment_features.row_aggregates import places_in_runs
from forestall.moments.timeline import NEVER, Ints, Timeline, is_known

RECENT_US = 7 * 86_400_000_000
LAST_SERVED = 50  # only the last 50 served are searched for those served first
COLUMNS = ("n_waiting", "n_served_first", "mean_wait_s")


@dataclass(frozen=True)
class Queues:
    """Arrivals and ends of waiting at each queue (a venue and channel).

    Parameters
    ----------
    owner
        The number of each interaction's queue, shape (n_interactions,).
    started_at, wait_end, served_at
        When each customer arrived, stopped waiting (was served or left) and was served, microseconds; `NEVER`: not
        yet.
    arrivals, ended, served
        The same times as timelines of the queues.
    """

    owner: Ints
    started_at: Ints
    wait_end: Ints
    served_at: Ints
    arrivals: Timeline
    ended: Timeline
    served: Timeline

    @classmethod
    def of(cls, owner: Ints, started_at: Ints, wait_end: Ints, served_at: Ints) -> Queues:
        """Return the queues of all interactions."""
        n_queues = int(owner.max(initial=-1)) + 1
        arrivals, ended, served = (
            Timeline.of(owner, at, n_queues) for at in (started_at, wait_end, served_at)
        )
        return cls(owner, started_at, wait_end, served_at, arrivals, ended, served)

    def state(self, place: Ints, as_of: Ints) -> dict[str, npt.NDArray[Any]]:
        """Return the facts of the queue at moments; the interaction itself is not counted."""
        owner, start, end = self.owner[place], self.started_at[place], self.wait_end[place]
        has_arrived, is_served = is_known(start, as_of), is_known(end, as_of)
        n_arrived = self.arrivals.known(owner, as_of) - self.arrivals.begin(owner)
        ended = self.ended.known(owner, as_of)
        n_served = ended - self.ended.begin(owner)
        n_waiting = (n_arrived - has_arrived) - (n_served - is_served)
        recent = self.ended.known(owner, as_of - RECENT_US)
        n_recent, total = ended - recent, self._wait_sums[ended] - self._wait_sums[recent]
        own = is_served & ~is_known(end, as_of - RECENT_US)
        n_recent, total = n_recent - own, total - np.where(own, end - start, 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean_wait_s = np.where(n_recent > 0, total / n_recent / 1e6, np.nan)
        return {
            "n_waiting": n_waiting,
            "n_served_first": self._served_first(owner, start, np.where(is_served, end - 1, as_of)),
            "mean_wait_s": mean_wait_s,
        }

    @cached_property
    def _wait_sums(self) -> Ints:
        """The sums of the waits before each of those that ended, in the order of their timeline, microseconds."""
        places = self.ended.order
        waits = np.where(self.wait_end[places] == NEVER, 0, self.wait_end[places] - self.started_at[places])
        return np.concatenate([[0], waits.cumsum()])

    def _served_first(self, owner: Ints, start: Ints, until: Ints) -> Ints:
        """Return how many of the last customers served by `until` had arrived after `start`."""
        end = self.served.known(owner, until)
        begin = np.maximum(self.served.known(owner, start), end - LAST_SERVED)
        places, which = places_in_runs(np.minimum(begin, end), end)
        is_later = self.started_at[self.served.order[places]] > start[which]
        return np.bincount(which[is_later], minlength=len(owner)).astype(np.int64)
