"""The interval of a share."""

from __future__ import annotations

import math

from scipy.stats import binomtest


def wilson_interval(n_hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of `n` independent rows (Wilson 1927); NaN if `n` is 0.

    Examples
    --------
    >>> [round(end, 3) for end in wilson_interval(5, 10)]
    [0.237, 0.763]
    """
    if not n:
        return math.nan, math.nan
    interval = binomtest(n_hits, n).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)
