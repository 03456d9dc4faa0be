"""The correction of p-values for testing many times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import false_discovery_control


def adjusted_p_values(p: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number (Benjamini and Hochberg 1995), in the order of the input.

    If all p-values below a level are reported, at most that share of the reports is expected to be false.

    Parameters
    ----------
    p
        P-values. NaN: not tested. It does not count and stays NaN.

    Examples
    --------
    >>> adjusted_p_values([0.01, float("nan"), 0.04])
    [0.02, nan, 0.04]
    """
    values = np.asarray(p, dtype=np.float64)
    is_tested = ~np.isnan(values)
    if is_tested.any():
        values[is_tested] = false_discovery_control(values[is_tested])
    return [float(value) for value in values]
