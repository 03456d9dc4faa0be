"""The effect by segment: shrunk towards the common effect, and corrected for the number of segments.

Effects of small segments scatter widely by chance. Each is moved towards the common effect by as much as its own
uncertainty calls for (empirical Bayes, normal model); the spread of the true effects is estimated by the method of
Paule and Mandel (1982), as in statsmodels' meta-analysis.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from statsmodels.stats.meta_analysis import combine_effects

from forestall.evaluation.effects.arm_means import arm_means
from forestall.evaluation.effects.estimates import Estimate, intention_to_treat
from forestall.evaluation.effects.trial import Trial
from forestall.evaluation.metrics.binning import Bools
from forestall.evaluation.metrics.multiple_testing import adjusted_p_values

FEWEST = 30
"""The fewest customers in each arm of a segment that is shown."""
LEVEL = 0.05
_Z = float(norm.ppf(0.975))


@dataclass(frozen=True)
class SegmentEffect:
    """The effect in one segment.

    Parameters
    ----------
    segment
        Its name, such as `channel: phone`.
    n
        The number of rows.
    own
        The effect from the rows of the segment alone.
    value, low, high
        The shrunk effect with its 95 % interval.
    p, p_adjusted
        The probability of so large a difference from the common effect by chance, alone and adjusted for the number of
        segments (Benjamini and Hochberg).
    is_different
        Whether the adjusted p-value is below 0.05.
    """

    segment: str
    n: int
    own: Estimate
    value: float
    low: float
    high: float
    p: float
    p_adjusted: float
    is_different: bool


def segment_effects(trial: Trial, segments: Mapping[str, Mapping[str, Bools]]) -> list[SegmentEffect]:
    """Return the effect in each segment, by column in the order given; columns with one usable segment are left out.

    Parameters
    ----------
    trial
        The experiment.
    segments
        By column and value: which rows are in the segment, shape (n,).
    """
    found: list[tuple[str, int, Estimate, tuple[float, float, float], float]] = []
    for column, values in segments.items():
        parts = {f"{column}: {value}": trial.some(rows) for value, rows in values.items() if rows.any()}
        usable = {
            name: part
            for name, part in parts.items()
            if min(part.n_customers(True), part.n_customers(False)) >= FEWEST
        }
        own = {name: intention_to_treat(arm_means(part)) for name, part in usable.items()}
        own = {name: one for name, one in own.items() if one.error > 0}
        if len(own) > 1:
            shrunk, p = _shrunk(list(own.values()))
            found += [
                (name, usable[name].n, own[name], *more)
                for name, more in zip(own, zip(shrunk, p, strict=True), strict=True)
            ]
    adjusted = adjusted_p_values([one[4] for one in found])
    return [
        SegmentEffect(name, n, own, *shrunk, p, q, bool(q < LEVEL))
        for (name, n, own, shrunk, p), q in zip(found, adjusted, strict=True)
    ]


def _shrunk(own: list[Estimate]) -> tuple[list[tuple[float, float, float]], list[float]]:
    """Return the shrunk effects with their intervals, and the p-values of the difference from the other segments."""
    values, variances = np.array([one.value for one in own]), np.array([one.error for one in own]) ** 2
    tau2 = max(float(combine_effects(values, variances, method_re="pm").tau2), 0.0)
    weight = 1 / (tau2 + variances)
    common, error = float(weight @ values / weight.sum()), 1 / math.sqrt(float(weight.sum()))
    keep = tau2 / (tau2 + variances)
    middle = keep * values + (1 - keep) * common
    # the common effect is itself estimated
    spread = np.sqrt(keep * variances + ((1 - keep) * error) ** 2)
    p = []
    for i, (value, variance) in enumerate(zip(values, variances, strict=True)):
        rest = np.delete(np.arange(len(values)), i)
        w = 1 / variances[rest]
        distance = value - w @ values[rest] / w.sum()
        p.append(float(2 * norm.sf(abs(distance) / math.sqrt(variance + 1 / w.sum()))))
    ends = zip(middle, middle - _Z * spread, middle + _Z * spread, strict=True)
    return [(float(a), float(b), float(c)) for a, b, c in ends], p
