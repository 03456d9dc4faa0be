"""Venues where a feature is associated with dissatisfaction in the opposite direction to that elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl
from scipy.stats import norm

from forestall.evaluation.metrics.binning import Bools
from forestall.evaluation.metrics.multiple_testing import adjusted_p_values
from forestall.evaluation.metrics.rank_association import somers_d
from forestall.evaluation.questions.groups import MIN_ROWS
from forestall.evaluation.questions.segments import LEVEL
from forestall.statistics import Floats

_Z = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Reversal:
    """A venue where a feature is associated with dissatisfaction in the opposite direction.

    Parameters
    ----------
    name, n
        The venue and its rows.
    feature
        The feature compared.
    here, here_low, here_high
        Somers' D of the feature with the label at the venue, -1 to 1, with its 95 % interval: of a dissatisfied and
        another customer, how much more often the first has the higher value.
    elsewhere
        The same at all other venues.
    p_adjusted
        The probability of so large a difference by chance, adjusted for all comparisons.
    """

    name: str
    n: int
    feature: str
    here: float
    here_low: float
    here_high: float
    elsewhere: float
    p_adjusted: float


def reversals(frame: pl.DataFrame, features: Sequence[str], by: str = "venue") -> list[Reversal]:
    """Return where a feature is associated with the label in the opposite direction, the smallest p-value first.

    An example is a venue that customers choose for its rudeness. The association need not be causal.

    Parameters
    ----------
    frame
        A row an interaction: `by`, label and the features; numbers may be missing.
    features
        The features compared.
    by
        The column that divides the rows.
    """
    compared = []
    for feature in features:
        is_known = pl.col(feature).is_not_null() & pl.col(feature).is_not_nan()
        known = frame.filter(is_known, pl.col(by).is_not_null())
        group = known[by].cast(pl.String)
        x, y = (known[column].cast(pl.Float64).to_numpy() for column in (feature, "label"))
        for name in group.unique(maintain_order=True).to_list():
            found = _compare(x, y, (group == name).to_numpy(), name, feature)
            compared += [found] if found is not None else []
    adjusted = adjusted_p_values([one.p_adjusted for one, _ in compared])
    reported = [
        replace(one, p_adjusted=p)
        for (one, is_opposite), p in zip(compared, adjusted, strict=True)
        if is_opposite and p < LEVEL
    ]
    return sorted(reported, key=lambda one: (one.p_adjusted, one.name))


def _compare(x: Floats, y: Floats, is_here: Bools, name: str, feature: str) -> tuple[Reversal, bool] | None:
    """Return one group compared with all others, its p-value not yet adjusted, and whether the signs are opposite.

    None if one of the two sides has too few rows, or one class only.
    """
    n_here = int(is_here.sum())
    if min(n_here, len(is_here) - n_here) < MIN_ROWS:
        return None
    here, error = somers_d(x[is_here], y[is_here])
    elsewhere, other_error = somers_d(x[~is_here], y[~is_here])
    if math.isnan(error + other_error) or not error + other_error:
        return None
    p = float(2 * norm.sf(abs(here - elsewhere) / math.hypot(error, other_error)))
    is_opposite = here * elsewhere < 0 and abs(here) > _Z * error and abs(elsewhere) > _Z * other_error
    interval = (here, here - _Z * error, here + _Z * error)
    return Reversal(name, n_here, feature, *interval, elsewhere, p), is_opposite
