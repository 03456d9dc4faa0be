"""Possible leaks: columns that predict too well alone, are filled mostly for rated rows, or come with the rating."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import norm
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from forestall.evaluation.metrics.binning import Bools
from forestall.evaluation.metrics.rank_association import somers_d
from forestall.evaluation.questions.groups import MIN_ROWS
from forestall.statistics import Floats

MAX_ROWS = 10_000
MIN_SHARE, FILL_RATIO = 0.05, 3.0
NEAR_ALL = 0.9
_LEAST_AUC = 0.6
_NEAR_CERTAIN = 0.98
_MAX_LEVELS = 50
_N_FOLDS = 4
_Z = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Leak:
    """Something that may be known only with the rating.

    Parameters
    ----------
    name
        The column, the feature, or the kind of event.
    kind
        `column`, `feature`, `event`, or `source`: the order of its rows.
    is_used
        Whether the model learns from it.
    reasons
        `alone` (it predicts too well alone), `filled` (it is filled mostly for rated rows), `late` (it comes with
        the rating), `order` (see `row_order`).
    auc, auc_low, auc_high
        The AUC of this column alone, where it is filled, with its 95 % interval; NaN if it was not measured.
    how
        What the AUC is of: its `value`, `name`, `words`, `length`, or whether it is `filled`.
    filled_rated, filled_others
        The shares of rated and of other rows in which it is filled; NaN if there are no others.
    why
        All this in words.
    """

    name: str
    kind: str
    is_used: bool
    reasons: tuple[str, ...]
    auc: float
    auc_low: float
    auc_high: float
    how: str
    filled_rated: float
    filled_others: float
    why: str

    @property
    def is_near_label(self) -> bool:
        """Whether the model learns from it, and it alone tells the label nearly for certain, beyond sampling noise.

        When a fact of a `feature` is known, Forestall itself sees to.
        """
        return self.is_used and self.kind in ("column", "event") and self.auc_low >= _NEAR_CERTAIN


def leaks(
    columns: pl.DataFrame,
    is_rated: Any,
    label: Any,
    *,
    kinds: Mapping[str, str],
    used: Sequence[str] = (),
    auc_of_model: float = math.nan,
    late: Mapping[str, float] | None = None,
    seed: int = 7,
) -> list[Leak]:
    """Return what may be known only with the rating, first what the model uses.

    Parameters
    ----------
    columns
        A row an interaction: the columns to check. Of rows without a rating it only matters whether they are filled.
    is_rated, label
        Whether there is a rating, and the label, NaN without one; shape (n,).
    kinds
        `column`, `feature` or `event`, by name.
    used
        The columns that the model learns from.
    auc_of_model
        The AUC of the model; a single column with nearly the same AUC is suspicious.
    late
        By name, the share of its rows in which it came with the rating or after it.
    seed
        Seed of the samples and folds.
    """
    rated, y = np.asarray(is_rated, dtype=bool), np.asarray(label, dtype=np.float64)
    found = []
    for name in columns.columns:
        one = _check_column(
            name, columns[name], rated, y, kind=kinds[name], is_used=name in used,
            auc_of_model=auc_of_model, late=(late or {}).get(name, math.nan), seed=seed,
        )  # fmt: skip
        if one.reasons:
            found.append(one)
    return sorted(
        found, key=lambda one: (not one.is_used, -len(one.reasons), -np.nan_to_num(one.auc), one.name)
    )


def _check_column(
    name: str,
    values: pl.Series,
    rated: Bools,
    y: Floats,
    *,
    kind: str,
    is_used: bool,
    auc_of_model: float,
    late: float,
    seed: int,
) -> Leak:
    filled = _filled(values)
    shares = [float(filled[of].mean()) if of.any() else math.nan for of in (rated, ~rated)]
    is_labelled = rated & ~np.isnan(y)
    auc, low, high, how = single_column_auc(values.filter(pl.Series(is_labelled)), y[is_labelled], seed)
    reasons = []
    if _too_good(auc, low, auc_of_model):
        reasons.append("alone")
    if _mostly_rated(filled, rated):
        reasons.append("filled")
    if late >= NEAR_ALL:
        reasons.append("late")
    why = _in_words(reasons, auc, how, shares, late)
    return Leak(name, kind, is_used, tuple(reasons), auc, low, high, how, shares[0], shares[1], why)


def _too_good(auc: float, low: float, auc_of_model: float) -> bool:
    """Return whether one column has nearly the AUC of the whole model, beyond sampling noise."""
    if math.isnan(auc) or low <= 0.5 or auc < _LEAST_AUC:
        return False
    return auc >= 0.95 if math.isnan(auc_of_model) else auc - 0.5 >= NEAR_ALL * max(auc_of_model - 0.5, 0.1)


def _mostly_rated(filled: Bools, rated: Bools) -> bool:
    """Return whether a column is filled far more often for rated rows, beyond sampling noise."""
    n, m = int(rated.sum()), int((~rated).sum())
    if min(n, m) < MIN_ROWS:
        return False
    here, there = float(filled[rated].mean()), float(filled[~rated].mean())
    error = math.sqrt(here * (1 - here) / n + there * (1 - there) / m)
    return here >= MIN_SHARE and here >= FILL_RATIO * there and here - there > 4 * error


def _filled(values: pl.Series) -> Bools:
    is_filled = values.is_not_null()
    if values.dtype.is_float():
        is_filled &= values.is_not_nan().fill_null(False)
    if values.dtype == pl.String:
        is_filled &= (values.str.strip_chars() != "").fill_null(False)
    return np.asarray(is_filled.to_numpy())


def single_column_auc(values: pl.Series, y: Floats, seed: int = 7) -> tuple[float, float, float, str]:
    """Return the best AUC of one column alone, the ends of its 95 % interval, and what it is of.

    Numbers are tried as they are; strings of few values by the share of dissatisfied of each value, other strings by
    their words and their length, cross-fitted. If many rows are empty, whether the column is filled is tried too.

    Parameters
    ----------
    values
        The column, shape (n,).
    y
        Labels, shape (n,).
    seed
        Seed of the sample and of the folds.
    """
    filled = _filled(values)
    tried: list[tuple[str, Floats, Floats]] = []
    if filled.sum() >= MIN_ROWS and 0 < y[filled].sum() < filled.sum():
        some, labels = values.filter(pl.Series(filled)), y[filled]
        if len(labels) > MAX_ROWS:
            chosen = np.sort(np.random.default_rng(seed).choice(len(labels), MAX_ROWS, replace=False))
            some, labels = some[chosen], labels[chosen]
        tried += [(how, x, labels) for how, x in _readings(some, labels, seed)]
    if MIN_ROWS <= filled.sum() <= len(y) - MIN_ROWS:
        tried.append(("filled", filled.astype(np.float64), y))
    best = (math.nan, math.nan, math.nan, "")
    for how, x, labels in tried:
        d, error = somers_d(x, labels)
        if math.isnan(d):
            continue
        auc, spread = 0.5 + abs(d) / 2, _Z * error / 2
        if math.isnan(best[0]) or auc > best[0]:
            best = (auc, max(auc - spread, 0.0), min(auc + spread, 1.0), how)
    return best


def _readings(values: pl.Series, y: Floats, seed: int) -> list[tuple[str, Floats]]:
    if values.dtype.is_temporal():
        values = values.to_physical()
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        return [("value", values.cast(pl.Float64).to_numpy())]
    if values.dtype != pl.String:
        return []
    folds = (
        list(StratifiedKFold(_N_FOLDS, shuffle=True, random_state=seed).split(y, y))
        if y.sum() >= 2 * _N_FOLDS
        else []
    )
    if not folds or y.sum() > len(y) - 2 * _N_FOLDS:
        return []
    if values.n_unique() <= _MAX_LEVELS:
        return [("name", _by_name(values, y, folds))]
    lengths = values.str.len_chars().cast(pl.Float64).to_numpy()
    return [("length", lengths), ("words", _by_words(values.to_list(), y, folds))]


def _by_name(values: pl.Series, y: Floats, folds: Any) -> Floats:
    codes = values.rank("dense").cast(pl.Int64).to_numpy()
    risk = np.empty(len(y))
    for train, test in folds:
        hits, n = (np.bincount(codes[train], w, codes.max() + 1) for w in (y[train], np.ones(len(train))))
        risk[test] = ((hits + 10 * y[train].mean()) / (n + 10))[codes[test]]
    return risk


def _by_words(texts: list[str], y: Floats, folds: Any) -> Floats:
    words = CountVectorizer(binary=True, max_features=1000, token_pattern=r"(?u)\b\w+\b")
    model = make_pipeline(words, LogisticRegression(C=0.3, max_iter=300, solver="liblinear"))
    found = cross_val_predict(model, texts, y, cv=folds, method="predict_proba")
    return np.asarray(found[:, 1], dtype=np.float64)


def _in_words(reasons: Sequence[str], auc: float, how: str, shares: Sequence[float], late: float) -> str:
    parts = []
    if "alone" in reasons:
        read = {"filled": " (whether it is filled)", "words": " (its words)", "length": " (its length)"}.get(
            how, ""
        )
        parts.append(f"AUC alone {auc:.2f}{read}")
    if not math.isnan(shares[1]):
        rated, others = (f"{100 * share:.0f}\u00a0%" for share in shares)
        parts.append(f"filled in {rated} of rated, {others} of other rows")
    if "late" in reasons:
        parts.append(f"in {100 * late:.0f}\u00a0% of its rows it comes with the rating or later")
    return "; ".join(parts) + ": check when it is known"
