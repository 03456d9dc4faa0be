"""Open time: how long a place was open between two times.

The *open clock* of a calendar runs while its place is open and stands still while it is closed. The open time between
two times is the difference of the open clock's readings. A place is open at an instant if the local wall clock shows
one of the weekday's opening hours, and the local date is no holiday. So a change of the clocks needs no rule of its
own: an hour that the wall clock leaves out is not counted, an hour that it shows twice is counted twice.

All times are whole microseconds since 1970, UTC, and so are readings: they are exact, and their order of computation
cannot change them. Inside `BEGIN` to `END` the edges of opening hours are computed once for each calendar. Before and
after, the weekly hours go on without holidays and at the zone's first and last offset, so that any time has a reading.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from forestall.moments.timeline import Ints

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
WEEK_US = 7 * DAY_US
BEGIN = 0
"""1970-01-01, UTC: from here on holidays and changes of the clocks are known."""
END = 47_482 * DAY_US
"""2100-01-01, UTC: up to here holidays and changes of the clocks are known."""
_MONDAY = 3
"""1970-01-01 was the third day after a Monday."""

Span = tuple[int, int]


@dataclass(frozen=True, eq=False)
class OpenClock:
    """The open clock of one calendar.

    Parameters
    ----------
    week
        The opening hours of a week: (begin, end) in microseconds of the wall clock since Monday 00:00, ascending, none
        reaching into another or over midnight.
    offsets
        The zone's offsets: (from when on, what the wall clock is ahead of UTC), both in microseconds, ascending; the
        first holds from the beginning.
    holidays
        The days without opening hours, as days since 1970-01-01.
    """

    week: Sequence[Span]
    offsets: Sequence[Span]
    holidays: Collection[int] = ()

    def at(self, times: Ints) -> Ints:
        """Return the clock's readings at times, both of shape (n,)."""
        begin, end, before = self._edges
        inside = np.clip(times, BEGIN, END)
        place = np.searchsorted(begin, inside, side="right") - 1
        readings = np.asarray(before[place] + np.minimum(inside, end[place]) - begin[place], dtype=np.int64)
        for is_beyond, edge, offset in ((times < BEGIN, BEGIN, 0), (times > END, END, -1)):
            if is_beyond.any():
                local = times[is_beyond] + self.offsets[offset][1]
                since = self._by_week(local) - self._by_week(np.array([edge + self.offsets[offset][1]]))
                readings[is_beyond] += since
        return readings

    def at_one(self, time: int) -> int:
        """Return the clock's reading at one time."""
        if not BEGIN <= time <= END:
            return int(self.at(np.array([time], dtype=np.int64))[0])
        begin, end, before = self._views
        place = bisect_right(begin, time) - 1
        return before[place] + min(time, end[place]) - begin[place]

    @cached_property
    def _edges(self) -> tuple[Ints, Ints, Ints]:
        """When it opens and closes, and the readings when it opens; the first opening, at `BEGIN`, has no length."""
        opens, closes = self._local_hours()
        begins, ends = [np.array([BEGIN])], [np.array([BEGIN])]
        changes = [BEGIN, *(at for at, _ in self.offsets[1:] if BEGIN < at < END), END]
        for first, last in pairwise(changes):
            offset = self._offset_at(first)
            low, high = first + offset, last + offset
            part = slice(np.searchsorted(closes, low, side="right"), np.searchsorted(opens, high))
            begins.append(np.maximum(opens[part], low) - offset)
            ends.append(np.minimum(closes[part], high) - offset)
        begin, end = np.concatenate(begins), np.concatenate(ends)
        return begin, end, np.cumsum(end - begin) - (end - begin)

    @cached_property
    def _views(self) -> tuple[memoryview[int], memoryview[int], memoryview[int]]:
        """The edges as Python reads them fastest, one at a time."""
        begin, end, before = (column.data.cast("B").cast("q") for column in self._edges)
        return begin, end, before

    def _offset_at(self, time: int) -> int:
        return next((offset for at, offset in reversed(self.offsets) if at <= time), self.offsets[0][1])

    def _local_hours(self) -> tuple[Ints, Ints]:
        """Return when it opens and closes by the wall clock, ascending, also a day before `BEGIN` and after `END`."""
        days = np.arange(BEGIN // DAY_US - 1, END // DAY_US + 2, dtype=np.int64)
        days = days[~np.isin(days, np.array(sorted(self.holidays), dtype=np.int64))]
        weekday = (days + _MONDAY) % 7
        opens, closes = [], []
        for begin, end in self.week:
            midnight = days[weekday == begin // DAY_US] * DAY_US
            opens.append(midnight + begin % DAY_US)
            closes.append(midnight + begin % DAY_US + (end - begin))
        opening = np.concatenate([np.empty(0, dtype=np.int64), *opens])
        order = np.argsort(opening)
        return opening[order], np.concatenate([np.empty(0, dtype=np.int64), *closes])[order]

    def _by_week(self, local: Ints) -> Ints:
        """Return the open time since 1970 at times of the wall clock, if every week were like every other."""
        since = local + _MONDAY * DAY_US  # a Monday
        within = since % WEEK_US
        spent = sum(np.clip(within - begin, 0, end - begin) for begin, end in self.week)
        return np.asarray(since // WEEK_US * sum(end - begin for begin, end in self.week) + spent)
