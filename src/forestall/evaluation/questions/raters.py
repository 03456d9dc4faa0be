"""Who rates: response by segment, metrics weighted for non-response, and whether silent customers come back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy.stats import ks_2samp
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from forestall.evaluation.metrics.binning import Bools, risk_histogram
from forestall.evaluation.metrics.proportions import wilson_interval
from forestall.evaluation.metrics.risk_metrics import risk_metrics
from forestall.evaluation.questions.groups import MIN_ROWS, UNKNOWN
from forestall.statistics import Floats, logit

BACK_DAYS = 90
MAX_WEIGHT = 10.0
"""No rater weighs more than this many times the mean."""

BANDS = ("low", "medium", "high", "critical")
_WEIGHTED = (
    "base_rate",
    "mean_risk",
    "auc",
    "log_loss",
    "average_precision",
    "calibration_error",
    "capture_at_10",
)
_MAX_GROUPS = 15
_N_BARS = 20
_N_CUTS = 30


@dataclass(frozen=True)
class Share:
    """A share of the rows of a group, with its 95 % interval (Wilson)."""

    column: str
    name: str
    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Raters:
    """Customers who rated, compared with those who did not.

    Parameters
    ----------
    overall, by_segment
        The share that rated; the segments with the lowest share first.
    mean_risk_raters, mean_risk_others
        Mean risk of those who rated and of those who did not.
    distance
        The distance of Kolmogorov and Smirnov between their risks, 0 to 1.
    spread
        By bin of the risk: `start`, `stop`, and the shares of the `raters` and of `others` in it.
    weighted
        By metric: unweighted (`plain`), and `weighted` by the inverse probability of a rating, as if all had rated.
    effective_n
        How many equal rows the weighted ones are worth.
    response_auc
        The AUC of the probability of a rating: 0.5 if raters cannot be told from others.
    back
        By risk band, of raters and of others: the share that came back within 90 days.
    """

    overall: Share
    by_segment: list[Share]
    mean_risk_raters: float
    mean_risk_others: float
    distance: float
    spread: dict[str, list[float]]
    weighted: dict[str, dict[str, float]] = field(default_factory=dict)
    effective_n: float = math.nan
    response_auc: float = math.nan
    back: list[Share] = field(default_factory=list)

    def metrics(self) -> dict[str, float]:
        """Return flat names and numbers, such as `raters/share` and `raters/weighted/auc`."""
        flat = {
            "raters/share": self.overall.share,
            "raters/mean_risk": self.mean_risk_raters,
            "raters/mean_risk_others": self.mean_risk_others,
            "raters/distance": self.distance,
            "raters/effective_n": self.effective_n,
        }
        return flat | {f"raters/weighted/{name}": one["weighted"] for name, one in self.weighted.items()}


def raters(everybody: pl.DataFrame, columns: Sequence[str], seed: int = 7) -> Raters | None:
    """Return how customers who rated differ from those who did not.

    Parameters
    ----------
    everybody
        A row an interaction whose time to rate is over: interaction_id, customer_id, is_rated, label (null without
        a rating), risk, risk_band, came_back (whether the customer came back within 90 days; null if that is
        not known yet, or the customer is unknown) and the columns.
    columns
        The columns of segments. The probability of a rating is learnt from them and from the risk.
    seed
        Seed of the folds.

    Returns
    -------
    Raters or None
        None if everybody rated, or nobody, or there are fewer than 100 interactions.
    """
    rows = everybody.filter(pl.col("risk").is_not_null())
    rated = rows["is_rated"].to_numpy()
    if rows.height < MIN_ROWS or rated.all() or not rated.any():
        return None
    risk = rows["risk"].to_numpy()
    segments = [
        one
        for column in columns
        for one in _shares(rows.with_columns(pl.col(column).cast(pl.String).fill_null(UNKNOWN)), column)
    ]
    weighted, effective_n, response_auc = _weighted(rows, columns, seed)
    return Raters(
        overall=_share("", "all", rated),
        by_segment=sorted(segments, key=lambda one: one.share),
        mean_risk_raters=float(risk[rated].mean()),
        mean_risk_others=float(risk[~rated].mean()),
        distance=float(ks_2samp(risk[rated], risk[~rated]).statistic),
        spread=risk_histogram(risk, {"raters": rated, "others": ~rated}, _N_BARS),
        weighted=weighted,
        effective_n=effective_n,
        response_auc=response_auc,
        back=_back(rows),
    )


def response_weights(rows: pl.DataFrame, columns: Sequence[str], seed: int = 7) -> tuple[Floats, float]:
    """Return weights of inverse probability of a rating, shape (n_rows,), and the AUC of that probability.

    The mean weight of the raters is 1, and no weight is above 10. The probability comes from a logistic regression on
    the columns and the risk, cross-fitted. The weights correct for differences in these columns only: if very
    dissatisfied customers rate more often at the same risk, they do not.

    Parameters
    ----------
    rows
        See `raters`.
    columns
        The categories of the regression.
    seed
        Seed of the folds.
    """
    rated = rows["is_rated"].to_numpy()
    p = np.clip(rows["risk"].to_numpy(), 1e-6, 1 - 1e-6)
    X = rows.select(pl.col(list(columns)).cast(pl.String).fill_null(UNKNOWN)).with_columns(
        log_odds=pl.Series(logit(p)), risk=pl.Series(p)
    )
    levels = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20, sparse_output=False)
    parts = ColumnTransformer(
        [("levels", levels, list(columns)), ("numbers", StandardScaler(), ["log_odds", "risk"])]
    )
    model = make_pipeline(parts, LogisticRegression(max_iter=500))
    n_folds = int(min(5, rated.sum(), (~rated).sum()))
    if n_folds < 2:
        return np.ones(rows.height), 0.5
    shuffled = np.random.default_rng(seed).permutation(rows.height)
    # on so few rows several threads mostly wait for one another
    with threadpool_limits(limits=1, user_api="blas"):
        found = cross_val_predict(model, X[shuffled], rated[shuffled], cv=n_folds, method="predict_proba")[
            :, 1
        ]
    probability = np.empty(rows.height)
    probability[shuffled] = found
    weight = 1 / np.clip(probability, 1e-3, 1)
    # each cut of the largest weights lowers the mean, so it is repeated until nothing changes
    for _ in range(_N_CUTS):
        weight = np.minimum(weight / weight[rated].mean(), MAX_WEIGHT)
    return weight, risk_metrics(rated.astype(float), probability)["auc"]


def effective_size(weight: Floats) -> float:
    """Return how many equal rows the weighted ones are worth: (sum w)² / sum w² (Kish 1965)."""
    return float(weight.sum() ** 2 / (weight**2).sum()) if len(weight) else 0.0


def _weighted(
    rows: pl.DataFrame, columns: Sequence[str], seed: int
) -> tuple[dict[str, dict[str, float]], float, float]:
    weight, auc = response_weights(rows, columns, seed)
    has_label = rows["label"].is_not_null().to_numpy() & rows["is_rated"].to_numpy()
    y, p = rows["label"].cast(pl.Float64).to_numpy()[has_label], rows["risk"].to_numpy()[has_label]
    if not len(y):
        return {}, math.nan, auc
    plain, weighted = risk_metrics(y, p, seed=seed), risk_metrics(y, p, weight[has_label], seed=seed)
    both = {name: {"plain": plain[name], "weighted": weighted[name]} for name in _WEIGHTED}
    return both, effective_size(weight[has_label]), auc


def _shares(rows: pl.DataFrame, column: str) -> list[Share]:
    named = (
        rows[column].value_counts().sort(["count", column], descending=[True, False])[column][:_MAX_GROUPS]
    )
    return [
        _share(column, str(name), rows.filter(pl.col(column) == name)["is_rated"].to_numpy())
        for name in named
    ]


def _share(column: str, name: str, hits: Bools) -> Share:
    n = len(hits)
    return Share(column, name, n, float(hits.mean()) if n else math.nan, *wilson_interval(int(hits.sum()), n))


def _back(rows: pl.DataFrame) -> list[Share]:
    known = rows.filter(pl.col("came_back").is_not_null())
    return [
        _share("rated" if is_rated else "silent", band, some["came_back"].to_numpy())
        for is_rated in (True, False)
        for band in BANDS
        if (some := known.filter(pl.col("is_rated") == is_rated, pl.col("risk_band") == band)).height
    ]
