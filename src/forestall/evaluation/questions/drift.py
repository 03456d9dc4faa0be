"""Drift: whether the features still have the distribution of the reference, and what their change does to the risk.

A feature that drifts matters as much as the risk depends on it. So the distance of each feature is shown with the
change of its contribution to the log-odds; these changes add up, over features and families, to the change of the risk.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import ks_2samp

from forestall.evaluation.metrics.bootstrap import resampled_totals
from forestall.evaluation.metrics.customers import customer_codes
from forestall.evaluation.metrics.multiple_testing import adjusted_p_values
from forestall.statistics import Floats

MAX_P = 0.01
"""A feature has drifted if its adjusted p-value is below this …"""

MIN_DISTANCE = 0.1
"""… and its distance is at least this."""


@dataclass(frozen=True)
class FeatureDrift:
    """The drift of one feature.

    Parameters
    ----------
    feature, family, description
        The feature.
    distance
        The distance of Kolmogorov and Smirnov between the two distributions, 0 to 1; a missing value counts as the
        lowest one.
    p
        The probability of such a distance without drift, adjusted for the number of features (Benjamini–Hochberg).
    weight
        Its share of the variation of the risk, in the reference.
    shift
        The mean contribution now less that in the reference, in log-odds before calibration.
    before, now
        Its median; NaN for a category, or if it is always missing.
    missing_before, missing_now
        The share of the moments without a value.
    """

    feature: str
    family: str
    description: str
    distance: float
    p: float
    weight: float
    shift: float
    before: float
    now: float
    missing_before: float
    missing_now: float

    @property
    def has_moved(self) -> bool:
        """Whether the drift is beyond sampling noise, and large enough to matter."""
        return self.p < MAX_P and self.distance >= MIN_DISTANCE


@dataclass(frozen=True)
class FamilyShift:
    """The mean contribution of a family now less that in the reference, log-odds, with its 95 % interval."""

    family: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Drift:
    """The drift of the features, the largest distance first, and of the families, by what they do to the risk."""

    features: list[FeatureDrift]
    families: list[FamilyShift]

    @property
    def moved(self) -> list[FeatureDrift]:
        """The features that have drifted."""
        return [one for one in self.features if one.has_moved]

    @property
    def weight_moved(self) -> float:
        """The share of the variation of the risk that belongs to features that have drifted, 0 to 1."""
        return float(sum(one.weight for one in self.moved))

    def metrics(self) -> dict[str, float]:
        """Return flat names and numbers, such as `drift/service`."""
        counts = {"drift/moved": float(len(self.moved)), "drift/weight_moved": self.weight_moved}
        return counts | {f"drift/{one.family}": one.mean for one in self.families}


def drift(
    before: tuple[Floats, Floats], now: tuple[Floats, Floats], columns: Mapping[str, tuple[str, str, bool]]
) -> list[FeatureDrift]:
    """Return the drift of each feature, the largest distance first.

    Parameters
    ----------
    before, now
        Of the moments of the reference and of those now: the encoded features, shape (n, p), NaN where one is missing;
        and their contributions to the log-odds, shape (n, p).
    columns
        By feature, in the order of the columns: its family, its description, and whether it is a category.
    """
    sizes = np.abs(before[1] - before[1].mean(axis=0)).mean(axis=0)
    total = float(sizes.sum())
    found = []
    for place, (name, (family, description, is_category)) in enumerate(columns.items()):
        old, new = before[0][:, place], now[0][:, place]
        distance, p = _distance(old, new)
        found.append(
            FeatureDrift(
                feature=name,
                family=family,
                description=description,
                distance=distance,
                p=p,
                weight=float(sizes[place]) / total if total else 0.0,
                shift=float(now[1][:, place].mean() - before[1][:, place].mean()),
                before=math.nan if is_category else _median(old),
                now=math.nan if is_category else _median(new),
                missing_before=float(np.isnan(old).mean()),
                missing_now=float(np.isnan(new).mean()),
            )
        )
    adjusted = adjusted_p_values([one.p for one in found])
    found = [replace(one, p=p) for one, p in zip(found, adjusted, strict=True)]
    return sorted(found, key=lambda one: (-one.distance, one.feature))


def family_shifts(before: pl.DataFrame, now: pl.DataFrame, seed: int = 7, n: int = 1000) -> list[FamilyShift]:
    """Return the change of the mean contribution of each family, the largest first.

    Parameters
    ----------
    before, now
        A row a moment: interaction_id, customer_id and, for each family, `contribution_<family>`.
    seed, n
        Seed and number of the resamples of the customers.
    """
    names = [name for name in before.columns if name.startswith("contribution_")]
    rng = np.random.default_rng(seed)
    old, new = (_resampled_means(frame, names, rng, n) for frame in (before, now))
    moved = new - old
    low, high = np.quantile(moved[1:], [0.025, 0.975], axis=0)
    shifts = [
        FamilyShift(name.removeprefix("contribution_"), float(moved[0, i]), float(low[i]), float(high[i]))
        for i, name in enumerate(names)
        if (before[name] != 0).any() or (now[name] != 0).any()
    ]
    return sorted(shifts, key=lambda one: -abs(one.mean))


def _distance(old: Floats, new: Floats) -> tuple[float, float]:
    """Return the distance of two samples, and its p-value; NaN counts as the lowest value."""
    found: Any = ks_2samp(np.nan_to_num(old, nan=-np.inf), np.nan_to_num(new, nan=-np.inf), method="asymp")
    return float(found.statistic), float(found.pvalue)


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else math.nan


def _resampled_means(frame: pl.DataFrame, names: list[str], rng: np.random.Generator, n: int) -> Floats:
    """Return the means of columns on the data (first) and on resamples of the customers, shape (n + 1, n_names)."""
    columns = frame.select(*names, n_rows=pl.lit(1.0)).to_numpy()
    totals = resampled_totals(columns, customer_codes(frame), n=n, rng=rng)
    return np.asarray(totals[:, :-1] / totals[:, -1:], dtype=np.float64)
