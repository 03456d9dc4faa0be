"""How certain the risks are: reliability by stage and segment, and how often their intervals hold the rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from forestall.evaluation.metrics.binning import Points, equal_count_bins
from forestall.evaluation.metrics.calibration import reliability_points
from forestall.evaluation.metrics.customers import row_weights
from forestall.evaluation.metrics.proportions import wilson_interval
from forestall.evaluation.questions.groups import MIN_ROWS
from forestall.evaluation.questions.label_noise import Noise
from forestall.moment_features.stage import STAGES

N_BINS = 10
_N_SEGMENTS = 3
_MIN_ROWS_OF_BIN = 40


@dataclass(frozen=True)
class Coverage:
    """How often the intervals of the risks hold what they should.

    Parameters
    ----------
    share
        The share of the true risks between risk_low and risk_high; NaN if the true risk is not known.
    bin_share
        The share of the bins whose mean interval overlaps the interval of the observed rate.
    bins
        By bin of the risk: mean `risk`, `low` and `high`, the observed `rate` with its 95 % interval `rate_low` and
        `rate_high`, `n`, and if the true risk is known the share `held` by the intervals.
    """

    share: float
    bin_share: float
    bins: Points


@dataclass(frozen=True)
class Certainty:
    """How certain the risks are.

    Parameters
    ----------
    by_stage, by_segment
        The points of a reliability diagram by stage, and by segment (`column: value`).
    coverage
        See `Coverage`; None without intervals.
    noise
        See `Noise`; None if it was not asked for, or cannot be said.
    """

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
    """Return how certain the risks are.

    Parameters
    ----------
    frame
        In the form of `evaluate`; `risk_low`, `risk_high` and `true_risk` may be missing.
    columns
        The columns of segments; the three most frequent values of each are shown.
    seed
        Seed of the bands of exact risks.
    """
    scored = frame.filter(pl.col("risk").is_not_null())
    last = scored.filter("is_last")
    stages = {name: scored.filter(pl.col("stage") == name) for name in STAGES}
    segments = {}
    for column in columns:
        counts = last[column].cast(pl.String).drop_nulls().value_counts(sort=True)
        for name in counts[column].to_list()[:_N_SEGMENTS]:
            segments[f"{column}: {name}"] = last.filter(pl.col(column).cast(pl.String) == name)
    return Certainty(
        by_stage=_reliability(stages, seed), by_segment=_reliability(segments, seed), coverage=_coverage(last)
    )


def _reliability(groups: dict[str, pl.DataFrame], seed: int) -> dict[str, Points]:
    return {
        name: reliability_points(
            rows["label"].cast(pl.Float64).to_numpy(),
            rows["risk"].to_numpy(),
            row_weights(rows),
            n_bins=max(2, min(N_BINS, rows.height // _MIN_ROWS_OF_BIN)),
            seed=seed,
        )
        for name, rows in groups.items()
        if rows.height >= MIN_ROWS
    }


def _coverage(last: pl.DataFrame) -> Coverage | None:
    """Return how often the intervals hold what they should; None if fewer than 100 rows have one."""
    if not {"risk_low", "risk_high"} <= set(last.columns):
        return None
    rows = last.filter(pl.col("risk_low").is_not_null(), pl.col("risk_low").is_not_nan())
    if rows.height < MIN_ROWS:
        return None
    is_known = "true_risk" in rows.columns and not rows["true_risk"].has_nulls()
    held = (
        pl.col("true_risk").is_between("risk_low", "risk_high").cast(pl.Float64) if is_known else pl.lit(None)
    )
    by_bin = _bins_of(rows.with_columns(held=held))
    points = {name: by_bin[name].cast(pl.Float64).to_list() for name in ("risk", "low", "high", "rate", "n")}
    ends = [wilson_interval(int(hits), int(n)) for hits, n in by_bin.select("hits", "n").iter_rows()]
    points |= {"rate_low": [low for low, _ in ends], "rate_high": [high for _, high in ends]}
    if is_known:
        points["held"] = by_bin["held"].to_list()
    overlaps = [
        low <= rate_high and rate_low <= high
        for low, high, rate_low, rate_high in zip(
            *(points[name] for name in ("low", "high", "rate_low", "rate_high")), strict=True
        )
    ]
    share = float(rows.select(held.mean()).item()) if is_known else math.nan
    return Coverage(share, sum(overlaps) / len(overlaps), points)


def _bins_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Return a row a bin of the risk: means of the risk, its interval, the label and `held`, and counts."""
    return (
        rows.with_columns(bin=pl.Series(equal_count_bins(rows["risk"].to_numpy(), N_BINS)))
        .group_by("bin", maintain_order=True)
        .agg(
            pl.col("risk").mean(), low=pl.col("risk_low").mean(), high=pl.col("risk_high").mean(),
            rate=pl.col("label").mean(), hits=pl.col("label").sum(), n=pl.len(), held=pl.col("held").mean(),
        )
        .sort("bin")
    )  # fmt: skip
