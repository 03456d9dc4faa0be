"""The latency of two models, measured side by side on a machine that may be busy."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

N_REPEATS = 9


class Latency(NamedTuple):
    """The time that two models take for the same rows, in seconds, and its ratio, new to old."""

    new_s: float
    old_s: float
    ratio: float


def measure_latency(
    new: Callable[[], object], old: Callable[[], object], n_repeats: int = N_REPEATS
) -> Latency:
    """Measure two calls in alternation, so that other load on the machine affects both.

    The ratio is the smallest of three: the ratio of the medians, the ratio of the shortest times, and the median of the
    ratios of all rounds. A short load changes one or two of them, a slower model changes all three.

    Parameters
    ----------
    new, old
        The calls to measure; each is called once before, to warm up.
    n_repeats
        The number of rounds.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for call in (new, old):
        call()
    for round_index in range(n_repeats):
        both = ((new, times[0]), (old, times[1]))
        for call, durations in both if round_index % 2 else both[::-1]:
            begin = time.perf_counter()
            call()
            durations.append(max(time.perf_counter() - begin, 1e-9))
    of_rounds = median(one / other for one, other in zip(*times, strict=True))
    ratio = min(median(times[0]) / median(times[1]), min(times[0]) / min(times[1]), of_rounds)
    return Latency(median(times[0]), median(times[1]), ratio)
