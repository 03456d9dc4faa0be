"""Drift: whether what a model sees is still what it saw, and what that does to the risk.

A feature that drifts matters as much as the risk listens to it. So beside each feature's distance stands what its
drift adds to the risk, in log-odds; these add up, over features and families, to how far the risk has moved.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import false_discovery_control, ks_2samp

from forestall.evaluation.metrics.bootstrap import customers, group_codes
from forestall.evaluation.metrics.risk_metrics import Floats

# A distance that chance can hardly make (corrected for the number of features), and that is no trifle.
SURE = 0.01
FAR = 0.1


@dataclass(frozen=True)
class Moved:
    """How one feature has moved.

    Parameters
    ----------
    feature, family, description
        Which.
    distance
        Of the two distributions, by Kolmogorov and Smirnov: the largest distance between the shares of values up to
        any value; a gap counts as the lowest value.
    p
        The chance of such a distance if nothing had moved, corrected for the number of features (Benjamini–Hochberg).
    weight
        Its share in the movement of the risk, in the reference.
    shift
        What it adds to the mean risk now, less what it added: log-odds before calibration.
    before, now
        Its median; NaN where it is a category or always missing.
    missing_before, missing_now
        The share of moments without it.
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
        """Whether it has moved beyond chance, and by more than a trifle."""
        return self.p < SURE and self.distance >= FAR


@dataclass(frozen=True)
class Shift:
    """What one family adds to the mean log-odds now, less what it added, with its 95 % interval over customers."""

    family: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Drift:
    """What has moved: the features, the farthest first, and the families by what they do to the risk."""

    features: list[Moved]
    families: list[Shift]

    @property
    def moved(self) -> list[Moved]:
        """The features that have moved."""
        return [one for one in self.features if one.has_moved]

    @property
    def weight_moved(self) -> float:
        """How much of the risk's movement lies in features that have moved, 0 to 1."""
        return float(sum(one.weight for one in self.moved))

    def metrics(self) -> dict[str, float]:
        """Return flat names and numbers, such as `drift/service`."""
        counts = {"drift/moved": float(len(self.moved)), "drift/weight_moved": self.weight_moved}
        return counts | {f"drift/{one.family}": one.mean for one in self.families}


def drift(
    before: tuple[Floats, Floats], now: tuple[Floats, Floats], columns: Mapping[str, tuple[str, str, bool]]
) -> list[Moved]:
    """Return how far each feature has moved, the farthest first.

    Parameters
    ----------
    before, now
        Of moments of the reference and of those now: (n, p) the encoded features, NaN where one is missing, and
        (n, p) what each adds to the log-odds.
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
            Moved(
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
    return _corrected(found)


def family_shifts(before: pl.DataFrame, now: pl.DataFrame, seed: int = 7, n: int = 1000) -> list[Shift]:
    """Return what each family does to the mean risk, the strongest first.

    Parameters
    ----------
    before, now
        A row a moment: interaction_id, customer_id and, of each family, `contribution_<family>`.
    seed, n
        Of the resamples of the customers.
    """
    names = [name for name in before.columns if name.startswith("contribution_")]
    rng = np.random.default_rng(seed)
    old, new = (_resampled_means(frame, names, rng, n) for frame in (before, now))
    moved = new - old
    low, high = np.quantile(moved[1:], [0.025, 0.975], axis=0)
    shifts = [
        Shift(name.removeprefix("contribution_"), float(moved[0, i]), float(low[i]), float(high[i]))
        for i, name in enumerate(names)
        if (before[name] != 0).any() or (now[name] != 0).any()
    ]
    return sorted(shifts, key=lambda one: -abs(one.mean))


def _distance(old: Floats, new: Floats) -> tuple[float, float]:
    """Return the distance of two distributions, and how often chance makes it; a gap is the lowest value."""
    found: Any = ks_2samp(np.nan_to_num(old, nan=-np.inf), np.nan_to_num(new, nan=-np.inf), method="asymp")
    return float(found.statistic), float(found.pvalue)


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else math.nan


def _corrected(found: list[Moved]) -> list[Moved]:
    ps = false_discovery_control([one.p for one in found]).tolist() if found else []
    told = [Moved(**{**vars(one), "p": float(p)}) for one, p in zip(found, ps, strict=True)]
    return sorted(told, key=lambda one: (-one.distance, one.feature))


def _resampled_means(frame: pl.DataFrame, names: list[str], rng: np.random.Generator, n: int) -> Floats:
    """Return the means of columns as they are (first), and on `n` resamples of the customers."""
    codes = group_codes(customers(frame), frame.height)
    sums = np.column_stack([np.bincount(codes, frame[name].to_numpy()) for name in names])
    counts = np.bincount(codes)
    drawn = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=n)
    totals = np.vstack([sums.sum(axis=0), drawn @ sums])
    rows = np.append(counts.sum(), drawn @ counts)
    return np.asarray(totals / rows[:, None], dtype=np.float64)
