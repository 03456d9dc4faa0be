"""Whether a model is slower than another, on a machine that may be busy."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

N_REPEATS = 9


class Latency(NamedTuple):
    """How long two models take for the same rows, in seconds, and by how many times the new one is slower."""

    new_s: float
    old_s: float
    ratio: float


def side_by_side(new: Callable[[], object], old: Callable[[], object], n_repeats: int = N_REPEATS) -> Latency:
    """Return how long two calls take, in turns, so that what slows the machine down slows both.

    The ratio is the smallest of three: of the medians, of the shortest times, and the median of the turns' own. A
    busy moment moves one or the other, a slower model all three.

    Parameters
    ----------
    new, old
        What is timed; each is called once before.
    n_repeats
        How many turns.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for call in (new, old):
        call()
    for turn in range(n_repeats):
        both = ((new, times[0]), (old, times[1]))
        for call, into in both if turn % 2 else both[::-1]:
            begin = time.perf_counter()
            call()
            into.append(max(time.perf_counter() - begin, 1e-9))
    of_turns = median(one / other for one, other in zip(*times, strict=True))
    ratio = min(median(times[0]) / median(times[1]), min(times[0]) / min(times[1]), of_turns)
    return Latency(median(times[0]), median(times[1]), ratio)
