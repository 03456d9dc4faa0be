"""For whom a risk is wrong: by segment, the worst first, corrected for looking many times."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import false_discovery_control, norm, rankdata

from forestall.evaluation.metrics.bootstrap import bootstrap_intervals, customers, group_codes
from forestall.evaluation.metrics.expected import promised
from forestall.evaluation.metrics.risk_metrics import Floats, risk_metrics
from forestall.evaluation.questions.stages import MIN_CELL, OTHER, UNKNOWN

MAX_SEGMENTS = 15
LEVEL = 0.05
"""The share of false findings that is put up with among all that are named."""

_Z = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Segment:
    """How good the risks are for one group.

    Parameters
    ----------
    column, name
        What divides, and the group's value.
    n, n_dissatisfied, base_rate, mean_risk
        See `metrics`.
    gap, gap_low, gap_high
        Mean risk less base rate, above 0 where the risks are too high, with its 95 % interval over customers.
    auc, auc_low, auc_high, auc_promised, log_loss, calibration_error, calibration_error_perfect_high
        NaN where the group is too small. `auc_promised` is what the risks would show in it if they were exactly right:
        customers who are alike cannot be told apart as others can.
    p
        The chance of a gap as large, or a ranking as far below what the risks promise, if they were right; the smaller
        of the two, doubled.
    is_misranked
        Whether the ranking is the surer of the two.
    p_adjusted
        The same after the correction for all groups looked at (Benjamini and Hochberg).
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
        """Whether chance is no good explanation of what is found."""
        return self.p_adjusted < LEVEL


@dataclass(frozen=True)
class Reversal:
    """A venue where a fact goes with the opposite of what it goes with elsewhere.

    Parameters
    ----------
    name, n
        The venue and its rows.
    feature
        What is compared.
    here, here_low, here_high
        Of two customers of the venue, an unhappy and another, how much more often the first has the higher value
        (-1 to 1), with its 95 % interval.
    elsewhere
        The same at all other places.
    p_adjusted
        The chance of so large a difference if there were none, corrected for all that were compared.
    """

    name: str
    n: int
    feature: str
    here: float
    here_low: float
    here_high: float
    elsewhere: float
    p_adjusted: float


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
        A row an interaction: interaction_id, customer_id, label, risk and the columns.
    columns
        By which the rows are divided; those that are empty are left out. The values beyond the 15 most frequent are
        taken together.
    seen
        The values of each column that the model has learnt from; a column that is left out counts as seen.
    seed, n_resamples
        Of the intervals of the AUC.
    """
    found = []
    for column in (one for one in columns if frame[one].count()):
        values = frame[column].cast(pl.String).fill_null(UNKNOWN)
        known = set((seen or {}).get(column, values.unique())) | {UNKNOWN}
        counts = values.value_counts().sort(["count", column], descending=[True, False])
        named = counts[column].to_list()[:MAX_SEGMENTS]
        groups = [(str(name), frame.filter(values == name), name not in known) for name in named]
        if counts.height > MAX_SEGMENTS:
            others = ~values.is_in(named)
            groups.append(
                (OTHER, frame.filter(others), bool((~values.filter(others).is_in(list(known))).all()))
            )
        found += [_segment(column, *group, seed, n_resamples) for group in groups]
    corrected = _corrected([one.p for one in found])
    judged = [Segment(**{**one.__dict__, "p_adjusted": p}) for one, p in zip(found, corrected, strict=True)]
    ordered = sorted(judged, key=_badness)
    return {
        column: [one for one in ordered if one.column == column]
        for column in dict.fromkeys(one.column for one in found)
    }


def worst_first(found: Mapping[str, Sequence[Segment]]) -> list[Segment]:
    """Return the segments of all columns, the worst first; those too small last."""
    return sorted((one for some in found.values() for one in some), key=_badness)


def _badness(one: Segment) -> tuple[bool, float, float, str]:
    gap = 0.0 if math.isnan(one.gap) else abs(one.gap)
    return one.is_small, 1.0 if math.isnan(one.p_adjusted) else one.p_adjusted, -gap, one.name


def _segment(
    column: str,
    name: str,
    rows: pl.DataFrame,
    is_unseen: bool,
    seed: int,
    n_resamples: int,
) -> Segment:
    found = risk_metrics(rows["label"], rows["risk"], seed=seed)
    is_small = found["n"] < MIN_CELL or math.isnan(found["auc"])
    gap, error = _gap(rows)
    auc_low = auc_high = auc_promised = p = math.nan
    is_misranked = False
    if not is_small:
        plain = rows.drop("weight", strict=False)
        auc_low, auc_high = bootstrap_intervals(plain, n_resamples, seed, names=("auc",))["auc"]
        word = promised(rows["risk"], level=0.95, seed=seed, n=n_resamples)["auc"]
        auc_promised = word.mean
        # rows of one customer are alike, and draws by row do not know it
        spread = max(auc_high - auc_low, word.high - word.low) / 2 / _Z
        worse = float(norm.cdf((found["auc"] - auc_promised) / spread)) if spread > 0 else 1.0
        off = float(2 * norm.sf(abs(gap) / max(error, 1e-12)))
        is_misranked = worse < off
        p = min(1.0, 2 * min(off, worse))
    judged = ("auc", "log_loss", "calibration_error", "calibration_error_perfect_high")
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
        auc_promised=auc_promised,
        p=p,
        p_adjusted=math.nan,
        is_misranked=is_misranked,
        is_small=is_small,
        is_unseen=is_unseen,
        **{one: math.nan if is_small else found[one] for one in judged},
    )


def _gap(rows: pl.DataFrame) -> tuple[float, float]:
    """Return mean risk less base rate, and its standard error, rows of one customer being alike.

    The error is no less than risks that are right would show: where few end unhappy, labels alone know no doubt.
    """
    if not rows.height:
        return math.nan, math.nan
    off = rows["risk"].to_numpy() - rows["label"].cast(pl.Float64).to_numpy()
    gap = float(off.mean())
    sums = np.bincount(group_codes(customers(rows), rows.height), off - gap)
    if len(sums) < 2:
        return gap, math.nan
    seen = math.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)) / rows.height
    right = math.sqrt(float((rows["risk"] * (1 - rows["risk"])).sum())) / rows.height
    return gap, float(max(seen, right))


def _corrected(p: Sequence[float]) -> list[float]:
    tested = [one for one in p if not math.isnan(one)]
    adjusted = iter(false_discovery_control(tested).tolist() if tested else [])
    return [one if math.isnan(one) else float(next(adjusted)) for one in p]


def reversals(frame: pl.DataFrame, features: Sequence[str], by: str = "venue") -> list[Reversal]:
    """Return where a feature goes with the opposite of what it goes with elsewhere, the surest first.

    It is a place where something works the other way round: where people come for rudeness, say. What is said
    is that two things go together, not that one brings the other.

    Parameters
    ----------
    frame
        A row an interaction: `by`, label and the features, numbers with gaps.
    features
        Those that are compared.
    by
        What divides the places.
    """
    found = []
    places = frame[by].cast(pl.String)
    for feature in features:
        known = frame[feature].is_not_null() & frame[feature].is_not_nan() & places.is_not_null()
        value, label, at = frame[feature].filter(known), frame["label"].filter(known), places.filter(known)
        for name in at.unique(maintain_order=True).to_list():
            is_here = (at == name).to_numpy()
            if is_here.sum() < MIN_CELL or (~is_here).sum() < MIN_CELL:
                continue
            x, y = value.cast(pl.Float64).to_numpy(), label.cast(pl.Float64).to_numpy()
            here, error = association(x[is_here], y[is_here])
            elsewhere, other = association(x[~is_here], y[~is_here])
            if math.isnan(error + other) or not error + other:
                continue
            p = float(2 * norm.sf(abs(here - elsewhere) / math.hypot(error, other)))
            is_opposite = here * elsewhere < 0 and abs(here) > _Z * error and abs(elsewhere) > _Z * other
            one = Reversal(
                str(name),
                int(is_here.sum()),
                feature,
                here,
                here - _Z * error,
                here + _Z * error,
                elsewhere,
                p,
            )
            found.append((one, is_opposite))
    corrected = _corrected([one.p_adjusted for one, _ in found])
    named = [
        Reversal(**{**one.__dict__, "p_adjusted": p})
        for (one, is_opposite), p in zip(found, corrected, strict=True)
        if is_opposite and p < LEVEL
    ]
    return sorted(named, key=lambda one: (one.p_adjusted, one.name))


def association(x: Floats, y: Floats) -> tuple[float, float]:
    """Return Somers' D of numbers x with labels y, 2 AUC - 1, and its standard error (Hanley and McNeil 1982).

    NaN where there is one class only.
    """
    n, bad = len(y), float(y.sum())
    good = n - bad
    if not bad or not good:
        return math.nan, math.nan
    auc = float((rankdata(x)[y > 0].sum() - bad * (bad + 1) / 2) / (bad * good))
    both, same = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (bad - 1) * (both - auc**2) + (good - 1) * (same - auc**2)
    return 2 * auc - 1, 2 * math.sqrt(max(spread, 0.0) / (bad * good))
