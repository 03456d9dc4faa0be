"""How sure a risk is: reliability by group, what the intervals hold, and how much of the error is noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import binomtest

from forestall.evaluation.metrics.curves import Points, reliability_points
from forestall.evaluation.metrics.risk_metrics import bins
from forestall.evaluation.questions.stages import MIN_CELL
from forestall.moment_features.stage import STAGES

N_BINS = 10
MATCHED_BY = (
    "channel",
    "service_wait_breached",
    "resolution_resolved",
    "quality_defect_n",
    "resolution_reopened_n",
)


@dataclass(frozen=True)
class Coverage:
    """What the intervals hold.

    Parameters
    ----------
    share
        Of the true risks, the share between risk_low and risk_high; NaN where they are not known.
    bins
        By bin of the risk: `risk`, mean `low` and `high`, the `rate` that came true with its 95 % interval
        `rate_low` and `rate_high`, `n`, and where the truth is known the share of it that is `held`.
    bin_share
        The share of the bins whose interval overlaps that of the rate.
    """

    share: float
    bin_share: float
    bins: Points


@dataclass(frozen=True)
class Noise:
    """How much of the remaining error no model could avoid.

    Parameters
    ----------
    n_pairs
        Pairs of successive ratings by one customer of the same service.
    differ, differ_low, differ_high
        The share of the pairs of which one is dissatisfied and one is not, with its 95 % interval over customers.
    unexplained
        What repeats leave unexplained of the variance of the label: half of `differ` over that variance.
    of_model
        What the model leaves unexplained of it: its Brier score over the variance.
    share, share_low, share_high
        `unexplained` over `of_model`: the part of the model's error that would be noise. What differs between two
        services that are taken for the same counts as noise though it is none, so from 1 on the repeats set the
        model no limit: it sees more than they share. A customer's lasting ways, in both visits, count as none.
    true_share
        The part that is noise according to the true risk, where it is known.
    """

    n_pairs: int
    differ: float
    differ_low: float
    differ_high: float
    unexplained: float
    of_model: float
    share: float
    share_low: float
    share_high: float
    true_share: float


@dataclass(frozen=True)
class Certainty:
    """How sure the risks are: reliability by stage and by segment, intervals, noise."""

    by_stage: dict[str, Points]
    by_segment: dict[str, Points]
    coverage: Coverage | None
    noise: Noise | None = None

    def metrics(self) -> dict[str, float]:
        """Return flat names and numbers, such as `noise/share`."""
        flat: dict[str, float] = {}
        if self.coverage is not None:
            flat |= {"coverage/share": self.coverage.share, "coverage/bin_share": self.coverage.bin_share}
        if self.noise is not None:
            names = ("n_pairs", "differ", "share", "share_low", "share_high", "true_share")
            flat |= {f"noise/{name}": float(getattr(self.noise, name)) for name in names}
        return flat


def certainty(frame: pl.DataFrame, columns: Sequence[str] = (), seed: int = 7) -> Certainty:
    """Return how sure the risks are.

    Parameters
    ----------
    frame
        In the form of `evaluate`; `risk_low`, `risk_high` and `true_risk` may be missing.
    columns
        Of the segments; of each the three most frequent values are shown.
    seed
        Of the bands of a perfect model.
    """
    scored = frame.filter(pl.col("risk").is_not_null())
    last = scored.filter("is_last")
    stages = {name: scored.filter(pl.col("stage") == name) for name in STAGES}
    groups = {}
    for column in columns:
        counts = last[column].cast(pl.String).drop_nulls().value_counts(sort=True)
        for name in counts[column].to_list()[:3]:
            groups[f"{column}: {name}"] = last.filter(pl.col(column).cast(pl.String) == name)
    return Certainty(
        by_stage=_reliable(stages, seed), by_segment=_reliable(groups, seed), coverage=_coverage(last)
    )


def _reliable(groups: dict[str, pl.DataFrame], seed: int) -> dict[str, Points]:
    return {
        name: reliability_points(
            rows["label"].cast(pl.Float64).to_numpy(),
            rows["risk"].to_numpy(),
            np.ones(rows.height),
            n_bins=max(2, min(N_BINS, rows.height // 40)),
            seed=seed,
        )
        for name, rows in groups.items()
        if rows.height >= MIN_CELL
    }


def _coverage(last: pl.DataFrame) -> Coverage | None:
    if not {"risk_low", "risk_high"} <= set(last.columns) or last.height < MIN_CELL:
        return None
    rows = last.filter(pl.col("risk_low").is_not_null(), pl.col("risk_low").is_not_nan())
    if rows.height < MIN_CELL:
        return None
    is_true = "true_risk" in rows.columns and not rows["true_risk"].has_nulls()
    held = (
        pl.col("true_risk").is_between("risk_low", "risk_high").cast(pl.Float64) if is_true else pl.lit(None)
    )
    by_bin = (
        rows.with_columns(bin=pl.Series(bins(rows["risk"].to_numpy(), N_BINS)), held=held)
        .group_by("bin", maintain_order=True)
        .agg(
            pl.col("risk").mean(), low=pl.col("risk_low").mean(), high=pl.col("risk_high").mean(),
            rate=pl.col("label").mean(), hits=pl.col("label").sum(), n=pl.len(), held=pl.col("held").mean(),
        )
        .sort("bin")
    )  # fmt: skip
    sure = [
        binomtest(int(hits), int(n)).proportion_ci(method="wilson")
        for hits, n in by_bin.select("hits", "n").iter_rows()
    ]
    points = {name: by_bin[name].cast(pl.Float64).to_list() for name in ("risk", "low", "high", "rate", "n")}
    points |= {"rate_low": [float(one.low) for one in sure], "rate_high": [float(one.high) for one in sure]}
    if is_true:
        points["held"] = by_bin["held"].to_list()
    meets = [
        low <= rate_high and rate_low <= high
        for low, high, rate_low, rate_high in zip(
            *(points[name] for name in ("low", "high", "rate_low", "rate_high")), strict=True
        )
    ]
    share = float(rows.select(held.mean()).item()) if is_true else math.nan
    return Coverage(share, sum(meets) / len(meets), points)


def noise(
    labelled: pl.DataFrame, judged: pl.DataFrame, seed: int = 7, n_resamples: int = 500
) -> Noise | None:
    """Return how much of the error is noise: by repeats, and by the truth where it is known.

    Parameters
    ----------
    labelled
        All labelled interactions at their last moment: customer_id, as_of, label, and what makes a service the
        same: those of `MATCHED_BY` that are there.
    judged
        Rows that the model had not seen: label, risk and perhaps true_risk.
    seed, n_resamples
        Of the interval.

    Returns
    -------
    Noise or None
        None where fewer than 100 pairs are found, or labels are of one kind.
    """
    matched = [name for name in MATCHED_BY if name in labelled.columns]
    both = pl.col("label").shift().over("customer_id", *matched, order_by="as_of")
    pairs = (
        labelled.filter(pl.col("customer_id").is_not_null())
        .with_columns(before=both)
        .filter(pl.col("before").is_not_null())
        .select(
            "customer_id", "label", "before", differs=(pl.col("label") != pl.col("before")).cast(pl.Float64)
        )
    )
    rows = judged.filter(pl.col("risk").is_not_null())
    if pairs.height < MIN_CELL or rows["label"].n_unique() < 2:
        return None
    y, p = rows["label"].cast(pl.Float64).to_numpy(), rows["risk"].to_numpy()
    variance = float(y.mean() * (1 - y.mean()))
    of_model = float(((y - p) ** 2).mean()) / variance
    draws = _resampled(pairs, seed, n_resamples)
    differ, unexplained = draws[0]
    ends = np.nanquantile(draws[1:], [0.025, 0.975], axis=0)
    true = math.nan
    if "true_risk" in rows.columns and not rows["true_risk"].has_nulls():
        t = rows["true_risk"].to_numpy()
        true = float((t * (1 - t)).mean()) / variance / of_model
    low, middle, high = (float(one) / of_model for one in (ends[0, 1], unexplained, ends[1, 1]))
    return Noise(
        n_pairs=pairs.height,
        differ=float(differ),
        differ_low=float(ends[0, 0]),
        differ_high=float(ends[1, 0]),
        unexplained=float(unexplained),
        of_model=of_model,
        share=middle,
        share_low=low,
        share_high=high,
        true_share=true,
    )


def _resampled(pairs: pl.DataFrame, seed: int, n: int) -> np.ndarray:
    """Return the share of pairs that differ, and half of it over the variance: as they are, then resampled."""
    sums = pairs.group_by("customer_id", maintain_order=True).agg(
        pl.len(), pl.col("differs").sum(), bad=(pl.col("label") + pl.col("before")).sum()
    )
    table = sums.select(pl.exclude("customer_id").cast(pl.Float64)).to_numpy()
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(table), np.full(len(table), 1 / len(table)), size=n)
    n_pairs, differ, bad = np.vstack([table.sum(axis=0), drawn @ table]).T
    rate = bad / (2 * n_pairs)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.column_stack([differ / n_pairs, differ / n_pairs / 2 / (rate * (1 - rate))])
