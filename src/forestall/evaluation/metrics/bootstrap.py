"""How sure a figure is: bootstraps over customers, whose interactions are alike."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.evaluation.metrics.risk_metrics import SHARES, Floats, as_arrays, clipped

Ints = npt.NDArray[np.int64]

METRICS = ("auc", "average_precision", "log_loss", "brier", "base_rate", "capture_at_10")
"""What `bootstrap_intervals` gives intervals of."""

_HIGHER_IS_BETTER = {
    "log_loss": False,
    "brier": False,
    "auc": True,
    "average_precision": True,
    "capture_at_10": True,
}
_BLOCK = 100


class Gain(NamedTuple):
    """By how much the new is better than the old, above 0 where it is, with its interval (of 95 %, unless asked)."""

    mean: float
    low: float
    high: float


def paired_gain(
    y: Any,
    p_new: Any,
    p_old: Any,
    groups: Any = None,
    metric: str = "log_loss",
    n: int = 1000,
    seed: int = 7,
    sample_weight: Any = None,
    level: float = 0.95,
) -> Gain:
    """Return by how much new risks are better than old ones on the same rows, by a bootstrap over customers.

    Both are measured on each resample of the customers, so what makes a resample hard for both cancels out.

    Parameters
    ----------
    y
        Labels, shape (n_rows,). Or a frame in the form of `evaluate`: then `p_new` and `p_old` are names of
        its columns, and customers and weights come from it.
    p_new, p_old
        Risks, shape (n_rows,).
    groups
        The customer of each row; a null is a customer of its own. None: each row is.
    metric
        `log_loss`, `brier`, `auc`, `average_precision` or `capture_at_10`.
    n
        Number of resamples.
    seed
        Of the resamples.
    sample_weight
        Weights of the rows.
    level
        Of the interval.

    Returns
    -------
    Gain
        Mean (on the data as they are), low and high. NaN where it is not defined.
    """
    if metric not in _HIGHER_IS_BETTER:
        raise ValueError(f"metric must be one of {', '.join(_HIGHER_IS_BETTER)}; it is {metric}")
    if isinstance(y, pl.DataFrame):
        frame = y.filter(pl.col(p_new).is_not_null(), pl.col(p_old).is_not_null())
        y, p_new, p_old = frame["label"], frame[p_new], frame[p_old]
        groups, sample_weight = customers(frame), weights(frame)
    codes = group_codes(groups, len(y))
    _, _, w = as_arrays(y, p_new, sample_weight)
    if len(w) < len(y):
        raise ValueError("every row of a paired comparison must have a weight above 0")
    new, old = (_measures(y, p, w, codes, names=(metric,), n=n, seed=seed)[metric] for p in (p_new, p_old))
    gain = new - old if _HIGHER_IS_BETTER[metric] else old - new
    return Gain(float(gain[0]), *_interval(gain[1:], codes, level))


def bootstrap_intervals(
    frame: pl.DataFrame, n: int = 500, seed: int = 7, risk: str = "risk", names: tuple[str, ...] = METRICS
) -> dict[str, tuple[float, float]]:
    """Return the 95 % interval of each of `METRICS`, by a bootstrap over customers.

    Parameters
    ----------
    frame
        Rows in the form of `evaluate`: label, risk, customer_id, interaction_id and, if they differ, weight.
    n
        Number of resamples.
    seed
        Of the resamples.
    risk
        The column of risks.
    names
        Of the metrics, some of `METRICS`.
    """
    codes = group_codes(customers(frame), len(frame))
    found = _measures(frame["label"], frame[risk], weights(frame), codes, names=names, n=n, seed=seed)
    return {name: _interval(values[1:], codes) for name, values in found.items()}


def customers(frame: pl.DataFrame) -> pl.Series:
    """Return whose each row is: the customer, or the interaction where the customer is not known."""
    known = pl.concat_str(pl.lit("c"), pl.col("customer_id"))
    return frame.select(pl.coalesce(known, pl.concat_str(pl.lit("i"), pl.col("interaction_id")))).to_series()


def weights(frame: pl.DataFrame) -> Floats:
    """Return the rows' weights; 1 where the frame has none."""
    if "weight" not in frame.columns:
        return np.ones(len(frame))
    return frame["weight"].cast(pl.Float64).to_numpy()


def group_codes(groups: Any, n_rows: int) -> Ints:
    """Return a number from 0 for each row's group; a null is a group of its own."""
    if groups is None:
        return np.arange(n_rows, dtype=np.int64)
    names = groups if isinstance(groups, pl.Series) else pl.Series(groups)
    codes = names.rank("dense").cast(pl.Int64)
    known = codes.max()
    alone = pl.int_range(len(names), eager=True) + (known if isinstance(known, int) else 0) + 1
    return np.unique(codes.fill_null(alone).to_numpy(), return_inverse=True)[1].astype(np.int64)


def _interval(values: Floats, codes: Ints, level: float = 0.95) -> tuple[float, float]:
    """Return the ends of the interval; NaN for one customer, or where most resamples define nothing."""
    defined = values[~np.isnan(values)]
    if len(codes) == 0 or codes.max() < 1 or len(defined) <= len(values) / 2:
        return math.nan, math.nan
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _measures(
    y: Any, p: Any, w: Floats, codes: Ints, *, names: tuple[str, ...], n: int, seed: int
) -> dict[str, Floats]:
    """Return metrics on the data as they are (first) and on `n` resamples of the groups."""
    y, p = np.asarray(y, dtype=np.float64), np.asarray(p, dtype=np.float64)
    sums, ranks = _Sums(y, p, w, codes), _Ranks(y, p, w, codes)
    ordered = tuple(name for name in names if name not in _Sums.NAMES)
    blocks: list[dict[str, Floats]] = []
    for drawn in _multiplicities(codes, n, seed):
        block = {name: sums.measure(name, drawn) for name in names if name in _Sums.NAMES}
        if ordered:
            rows = np.array([ranks.measure(ordered, times) for times in drawn])
            block |= {name: rows[:, place] for place, name in enumerate(ordered)}
        blocks.append(block)
    return {name: np.concatenate([block[name] for block in blocks]) for name in names}


def _multiplicities(codes: Ints, n: int, seed: int) -> Iterator[Floats]:
    """Yield how often each group is in a resample, in blocks; the first resample is the data as they are."""
    n_groups = int(codes.max()) + 1 if len(codes) else 0
    yield np.ones((1, n_groups))
    rng = np.random.default_rng(seed)
    for start in range(0, n, _BLOCK):
        size = min(_BLOCK, n - start)
        drawn = rng.integers(0, max(n_groups, 1), size=(size, n_groups))
        places = drawn + np.arange(size)[:, None] * n_groups
        counts = np.bincount(places.ravel(), minlength=size * n_groups)
        yield counts.reshape(size, n_groups).astype(np.float64)


class _Sums:
    """Metrics that are means over rows: summed once per group, then by resample."""

    NAMES = ("log_loss", "brier", "base_rate")

    def __init__(self, y: Floats, p: Floats, w: Floats, codes: Ints) -> None:
        safe = clipped(p)
        rows = {
            "log_loss": -(y * np.log(safe) + (1 - y) * np.log1p(-safe)),
            "brier": (p - y) ** 2,
            "base_rate": y,
        }
        self._sums = {name: np.bincount(codes, w * values) for name, values in rows.items()}
        self._weight = np.bincount(codes, w)

    def measure(self, name: str, drawn: Floats) -> Floats:
        weight = drawn @ self._weight
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(drawn @ self._sums[name] / weight, dtype=np.float64)


class _Ranks:
    """Metrics of the order of risks: sorted once, then weighed anew by resample."""

    def __init__(self, y: Floats, p: Floats, w: Floats, codes: Ints) -> None:
        order = np.argsort(-p, kind="stable")
        falling = p[order]
        self._y, self._w, self._codes = y[order], w[order], codes[order]
        is_end = np.append(falling[1:] != falling[:-1], True) if len(p) else np.empty(0, dtype=bool)
        self._ends = np.flatnonzero(is_end)

    def measure(self, names: tuple[str, ...], times: Floats) -> list[float]:
        """Return the metrics where each customer comes `times`; rows of equal risk count as one step."""
        w = self._w * times[self._codes]
        caught = np.cumsum(w * self._y)[self._ends]
        reached = np.cumsum(w)[self._ends]
        if not len(caught) or caught[-1] <= 0:
            return [math.nan] * len(names)
        return [_of_order(name, caught, reached) for name in names]


def _of_order(name: str, caught: Floats, reached: Floats) -> float:
    """Return a metric from the weight of the dissatisfied and of all rows down to each risk."""
    if name == "capture_at_10":
        return float(
            np.interp(SHARES[2] * reached[-1], np.append(0.0, reached), np.append(0.0, caught)) / caught[-1]
        )
    gained = np.diff(caught, prepend=0.0)
    if name == "average_precision":
        return float(np.sum(gained * caught / np.where(reached > 0, reached, 1)) / caught[-1])
    missed = reached - caught
    if missed[-1] <= 0:
        return math.nan
    # each pair in the right order counts, half of it where both risks are equal
    below = missed[-1] - missed + np.diff(missed, prepend=0.0) / 2
    return float(np.sum(gained * below) / (caught[-1] * missed[-1]))
