"""Segments for which the risks are wrong, the worst first, corrected for testing many segments."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl
from scipy.stats import norm

from forestall.evaluation.metrics.bootstrap import bootstrap_intervals
from forestall.evaluation.metrics.customers import clustered_mean, customer_codes, weights_of
from forestall.evaluation.metrics.expected import error_of_exact_mean, expected_figures
from forestall.evaluation.metrics.multiple_testing import adjusted_p_values
from forestall.evaluation.metrics.risk_metrics import risk_metrics
from forestall.evaluation.questions.groups import MIN_ROWS, OTHER, UNKNOWN

MAX_SEGMENTS = 15
LEVEL = 0.05
"""The accepted share of false findings among those reported."""

_Z = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Segment:
    """How good the risks are for one segment.

    Parameters
    ----------
    column, name
        The column, and the value that the rows of the segment have in it.
    n, n_dissatisfied, base_rate, mean_risk
        See `risk_metrics`.
    gap, gap_low, gap_high
        Mean risk less base rate, above 0 if the risks are too high, with its 95 % interval over customers.
    auc, auc_low, auc_high, auc_promised, log_loss, calibration_error, calibration_error_perfect_high
        NaN if the segment is too small. `auc_promised` is the AUC that exact risks would show in this segment: it is
        low if the customers of the segment are alike.
    p
        The probability of so large a gap, or of an AUC so far below the expected one, if the risks were exact: the
        smaller of the two, doubled.
    is_misranked
        Whether the AUC has the smaller of the two.
    p_adjusted
        `p` adjusted for all segments tested (Benjamini and Hochberg).
    is_small
        Whether it has fewer than 100 rows, or one class only: then it is not tested.
    is_unseen
        Whether the model has learnt from no row of it.
    """

    column: str
    name: str
    n: int
    n_dissatisfied: int
    base_rate: float
    mean_risk: float
    gap: float
    gap_low: float
    gap_high: float
    auc: float
    auc_low: float
    auc_high: float
    auc_promised: float
    log_loss: float
    calibration_error: float
    calibration_error_perfect_high: float
    p: float
    p_adjusted: float
    is_misranked: bool
    is_small: bool
    is_unseen: bool

    @property
    def is_wrong(self) -> bool:
        """Whether the risks are wrong for it beyond sampling noise."""
        return self.p_adjusted < LEVEL


def segments(
    frame: pl.DataFrame,
    columns: Iterable[str],
    *,
    seen: Mapping[str, Iterable[str]] | None = None,
    seed: int = 7,
    n_resamples: int = 200,
) -> dict[str, list[Segment]]:
    """Return how good the risks are for each value of each column, the worst first.

    Parameters
    ----------
    frame
        A row an interaction: interaction_id, customer_id, label, risk, the columns and, if they differ, weight.
    columns
        The columns that divide the rows; empty ones are left out. The values beyond the 15 most frequent ones are
        one segment.
    seen
        The values of each column that the model has learnt from; all values of a column that is not a key.
    seed, n_resamples
        Seed and number of the resamples behind the intervals of the AUC.
    """
    found = [
        _segment(column, *group, seed, n_resamples)
        for column in columns
        if frame[column].count()
        for group in _groups(frame, column, (seen or {}).get(column))
    ]
    adjusted = adjusted_p_values([one.p for one in found])
    ordered = sorted(
        (replace(one, p_adjusted=p) for one, p in zip(found, adjusted, strict=True)), key=_badness
    )
    return {
        column: [one for one in ordered if one.column == column]
        for column in dict.fromkeys(one.column for one in found)
    }


def worst_first(found: Mapping[str, Sequence[Segment]]) -> list[Segment]:
    """Return the segments of all columns in one list, the worst first and the small ones last."""
    return sorted((one for some in found.values() for one in some), key=_badness)


def _badness(one: Segment) -> tuple[bool, float, float, str]:
    gap = 0.0 if math.isnan(one.gap) else abs(one.gap)
    return one.is_small, 1.0 if math.isnan(one.p_adjusted) else one.p_adjusted, -gap, one.name


def _groups(
    frame: pl.DataFrame, column: str, seen: Iterable[str] | None
) -> list[tuple[str, pl.DataFrame, bool]]:
    """Return the segments of a column: name, rows, and whether the model has learnt from no row of it."""
    values = frame[column].cast(pl.String).fill_null(UNKNOWN)
    known = set(values.unique() if seen is None else seen) | {UNKNOWN}
    counts = values.value_counts().sort(["count", column], descending=[True, False])
    frequent = counts[column].to_list()[:MAX_SEGMENTS]
    groups = [(str(name), frame.filter(values == name), name not in known) for name in frequent]
    if counts.height > MAX_SEGMENTS:
        is_other = ~values.is_in(frequent)
        is_unseen = bool((~values.filter(is_other).is_in(list(known))).all())
        groups.append((OTHER, frame.filter(is_other), is_unseen))
    return groups


def _segment(
    column: str, name: str, rows: pl.DataFrame, is_unseen: bool, seed: int, n_resamples: int
) -> Segment:
    weight = weights_of(rows)
    found = risk_metrics(rows["label"], rows["risk"], weight, seed=seed)
    is_small = found["n"] < MIN_ROWS or math.isnan(found["auc"])
    gap, error = _gap(rows)
    auc_low = auc_high = auc_expected = p = math.nan
    is_misranked = False
    if not is_small:
        auc_low, auc_high = bootstrap_intervals(rows, n_resamples, seed, names=("auc",))["auc"]
        expected = expected_figures(rows["risk"], weight, level=0.95, seed=seed, n=n_resamples)["auc"]
        auc_expected = expected.mean
        # the draws take the rows of one customer for independent, so the wider of the two intervals counts
        spread = max(auc_high - auc_low, expected.high - expected.low) / 2 / _Z
        p_auc = float(norm.cdf((found["auc"] - auc_expected) / spread)) if spread > 0 else 1.0
        p_gap = float(2 * norm.sf(abs(gap) / max(error, 1e-12)))
        is_misranked = p_auc < p_gap
        p = min(1.0, 2 * min(p_gap, p_auc))
    shown = ("auc", "log_loss", "calibration_error", "calibration_error_perfect_high")
    return Segment(
        column=column,
        name=name,
        n=int(found["n"]),
        n_dissatisfied=int(found["n_dissatisfied"]),
        base_rate=found["base_rate"],
        mean_risk=found["mean_risk"],
        gap=gap,
        gap_low=gap - _Z * error,
        gap_high=gap + _Z * error,
        auc_low=auc_low,
        auc_high=auc_high,
        auc_promised=auc_expected,
        p=p,
        p_adjusted=math.nan,
        is_misranked=is_misranked,
        is_small=is_small,
        is_unseen=is_unseen,
        **{one: math.nan if is_small else found[one] for one in shown},
    )


def _gap(rows: pl.DataFrame) -> tuple[float, float]:
    """Return mean risk less base rate, and its standard error; the rows of one customer may be alike.

    The error is at least that of exact risks: with few dissatisfied the observed deviations are too small.
    """
    if not rows.height:
        return math.nan, math.nan
    off = rows["risk"].to_numpy() - rows["label"].cast(pl.Float64).to_numpy()
    weight = weights_of(rows)
    gap, observed = clustered_mean(off, customer_codes(rows), weight)
    if math.isnan(observed):
        return gap, math.nan
    exact = error_of_exact_mean(rows["risk"].to_numpy(), weight)
    return gap, float(max(observed, exact))
