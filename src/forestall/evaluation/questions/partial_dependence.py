"""Partial dependence: how the mean risk changes with one feature, all other features as they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from forestall.statistics import Floats

N_POINTS = 16
_MAX_ROWS = 300


@dataclass(frozen=True)
class Curve:
    """The mean risk as a function of one feature (partial dependence, Friedman 2001).

    Parameters
    ----------
    feature, family, description
        The feature.
    values, risks
        The values that the feature is set to, and the mean risk at each.
    observed
        The mean risk of the tenth of the rows nearest to each value, where the other features differ too.
    low, high
        The 10 % and 90 % quantiles of the risks of the rows at each value.
    mark, mark_text
        The standard of the feature, and its name; NaN if it has none.
    """

    feature: str
    family: str
    description: str
    values: list[float]
    risks: list[float]
    observed: list[float]
    low: list[float]
    high: list[float]
    mark: float = math.nan
    mark_text: str = ""


def partial_dependence(
    matrix: Floats, place: int, predict: Callable[[Floats], Floats], **named: Any
) -> Curve | None:
    """Return how the mean risk changes with one column; None if the column has fewer than two values.

    Parameters
    ----------
    matrix
        Rows as the model takes them, shape (n, p). If there are many, about 300 at equal distances are used.
    place
        The column that is set.
    predict
        Takes such rows and returns their risks.
    named
        The other fields of `Curve`: feature, family, description, mark, mark_text.
    """
    rows = matrix[:: max(1, -(-len(matrix) // _MAX_ROWS))]
    is_known = np.isfinite(matrix[:, place])
    known = matrix[:, place][is_known]
    values = np.unique(np.quantile(known, np.linspace(0.02, 0.98, N_POINTS))) if len(known) else known
    mark = named.get("mark", math.nan)
    if len(values) > 2 and values[0] < mark < values[-1]:
        values = np.unique(np.append(values, mark))
    if len(values) < 2:
        return None
    changed = np.repeat(rows[None], len(values), axis=0)
    changed[:, :, place] = values[:, None]
    risks = predict(changed.reshape(-1, matrix.shape[1])).reshape(len(values), len(rows))
    low, high = np.quantile(risks, [0.1, 0.9], axis=1)
    observed = _mean_of_nearest(known, predict(matrix[is_known]), values)
    return Curve(
        values=values.tolist(),
        risks=risks.mean(axis=1).tolist(),
        observed=observed.tolist(),
        low=low.tolist(),
        high=high.tolist(),
        **named,
    )


def _mean_of_nearest(known: Floats, risk: Floats, values: Floats) -> Floats:
    """Return the mean risk of the tenth of the rows nearest to each value; rows as near as the last all count."""
    distance = np.abs(known[None] - values[:, None])
    last = min(max(10, len(known) // 10), len(known)) - 1
    is_near = distance <= np.partition(distance, last, axis=1)[:, [last]]
    return np.asarray(is_near @ risk / is_near.sum(axis=1), dtype=np.float64)
