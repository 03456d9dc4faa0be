"""How early the risks are right: by stage, by time since the start, and before the customer complains."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from forestall.evaluation.metrics.bootstrap import bootstrap_intervals
from forestall.evaluation.metrics.risk_metrics import risk_metrics
from forestall.evaluation.questions.groups import MIN_ROWS
from forestall.evaluation.questions.lead_times import (
    CAPACITY_SHARE,
    OUTCOMES,
    FlaggedOutcome,
    flag_daily,
    flagged_outcome,
)
from forestall.moment_features.stage import STAGES

ELAPSED_S = {
    "1 minute": 60, "5 minutes": 300, "15 minutes": 900, "1 hour": 3600, "4 hours": 14_400,
    "12 hours": 43_200, "1 day": 86_400, "3 days": 259_200,
}  # fmt: skip
"""Times after the start at which the risks of open interactions are measured, seconds."""


@dataclass(frozen=True)
class Point:
    """How good the risks are at one stage, or at one time after the start.

    Parameters
    ----------
    name
        The stage, or the time elapsed.
    n, n_dissatisfied
        Interactions that reached it and have a label.
    auc, auc_low, auc_high
        With its 95 % interval over customers. NaN with too few rows, like all figures below but the base rate.
    log_loss, average_precision, base_rate, calibration_error, calibration_error_perfect_high
        See `risk_metrics`.
    bound_auc, bound_log_loss
        Those of the true risk at these moments, which no model can beat; NaN if it is not known.
    lift_share
        (AUC - 0.5) / (bound_auc - 0.5).
    """

    name: str
    n: int
    n_dissatisfied: int
    auc: float
    auc_low: float
    auc_high: float
    log_loss: float
    average_precision: float
    base_rate: float
    calibration_error: float
    calibration_error_perfect_high: float
    bound_auc: float
    bound_log_loss: float
    lift_share: float


@dataclass(frozen=True)
class Steadiness:
    """How steady successive risks of one interaction are.

    Parameters
    ----------
    n_steps
        Pairs of successive moments.
    change
        The mean absolute change of the risk.
    flip_share
        The share of the steps that cross the threshold `alarm`, up or down.
    back_share
        The share of the interactions whose risk falls below the threshold after it was above.
    alarm
        The threshold: a tenth of the moments have a higher risk.
    """

    n_steps: int
    change: float
    flip_share: float
    back_share: float
    alarm: float


@dataclass(frozen=True)
class Earliness:
    """How early the risks are right.

    Parameters
    ----------
    n_interactions, n_moments
        Interactions, and all their moments.
    stages, elapsed
        At the first moment of each stage; at some times after the start, of the interactions still open.
    foreseen
        Outcomes flagged before they happened.
    steadiness
        Of successive risks.
    capacity_share, contacts_per_day
        The assumed share of a day's interactions that can be contacted, and the number of contacts.
    notes
        What a reader of the lead times must know.
    """

    n_interactions: int
    n_moments: int
    stages: list[Point]
    elapsed: list[Point]
    foreseen: list[FlaggedOutcome]
    steadiness: Steadiness
    capacity_share: float = CAPACITY_SHARE
    contacts_per_day: float = math.nan
    notes: list[str] = field(default_factory=list)

    def metrics(self) -> dict[str, float]:
        """Return flat names and numbers, such as `early/served/auc` and `foreseen/complaint/hour_share`."""
        flat = {"early/change": self.steadiness.change, "early/flip_share": self.steadiness.flip_share}
        for point in (*self.stages, *self.elapsed):
            place = f"early/{point.name.replace(' ', '_')}"
            for name in ("auc", "log_loss", "average_precision", "bound_auc", "lift_share"):
                flat[f"{place}/{name}"] = getattr(point, name)
        for one in self.foreseen:
            place = f"foreseen/{one.outcome.replace(' ', '_')}"
            flat[f"{place}/n"] = float(one.n)
            for name in ("share", "hour_share", "lead_median_s", "bound_share", "bound_hour_share"):
                flat[f"{place}/{name}"] = getattr(one, name)
        return flat


def earliness(
    walk: pl.DataFrame, *, capacity_share: float = CAPACITY_SHARE, seed: int = 7, n_resamples: int = 200
) -> Earliness:
    """Return how early the risks are right, from all moments of some interactions.

    Parameters
    ----------
    walk
        A row a moment: interaction_id, customer_id, started_at, as_of, stage, risk (null where the model
        abstains), label (null if there is none), complained_at and bad_at (when the customer complained, or
        gave a bad rating; null if never), and if it is known true_now, the true risk at the moment. It must hold all
        interactions of a period, rated or not, because they compete for the contacts of the day.
    capacity_share
        The share of a day's interactions that can be contacted.
    seed, n_resamples
        Seed and number of the resamples behind the intervals.
    """
    scored = walk.filter(pl.col("risk").is_not_null()).sort("interaction_id", "as_of")
    known = scored.filter(pl.col("label").is_not_null())
    firsts = known.unique(["interaction_id", "stage"], keep="first", maintain_order=True)
    after_s = (known["as_of"] - known["started_at"]).dt.total_microseconds() / 1e6
    stages = [_point(name, firsts.filter(pl.col("stage") == name), seed, n_resamples) for name in STAGES]
    elapsed = [
        _point(name, known.filter(after_s == seconds, pl.col("stage") != "closed"), seed, n_resamples)
        for name, seconds in ELAPSED_S.items()
    ]
    flagged = flag_daily(scored, "risk", capacity_share)
    bound = flag_daily(scored, "true_now", capacity_share) if "true_now" in scored.columns else None
    n_days = scored["as_of"].dt.date().n_unique()
    return Earliness(
        n_interactions=scored["interaction_id"].n_unique(),
        n_moments=scored.height,
        stages=[point for point in stages if point.n],
        elapsed=[point for point in elapsed if point.n >= MIN_ROWS],
        foreseen=[
            flagged_outcome(scored, column, flagged, bound, seed, n_resamples)
            for column in OUTCOMES
            if column in scored.columns and scored[column].count()
        ],
        steadiness=_steadiness(scored),
        capacity_share=capacity_share,
        contacts_per_day=flagged.height / n_days if n_days else math.nan,
        notes=_notes(scored),
    )


def _notes(walk: pl.DataFrame) -> list[str]:
    """Return notes on the lead times."""
    bad = walk["bad_at"].drop_nulls() if "bad_at" in walk.columns else pl.Series(dtype=pl.Datetime)
    if bad.dt.time().n_unique() == 1 < bad.n_unique():
        return ["Ratings have a day and no time of day: lead times to them may be up to a day too long."]
    return []


def _point(name: str, rows: pl.DataFrame, seed: int, n_resamples: int) -> Point:
    found = risk_metrics(rows["label"], rows["risk"], seed=seed)
    is_small = found["n"] < MIN_ROWS or math.isnan(found["auc"])
    low, high = (math.nan, math.nan)
    bound: dict[str, float] = {}
    if not is_small:
        plain = rows.drop("weight", strict=False)
        low, high = bootstrap_intervals(plain, n_resamples, seed, names=("auc",))["auc"]
        if "true_now" in rows.columns:
            bound = risk_metrics(rows["label"], rows["true_now"], seed=seed)
    shown = ("auc", "log_loss", "average_precision", "calibration_error", "calibration_error_perfect_high")
    best = bound.get("auc", math.nan)
    return Point(
        name=name,
        n=int(found["n"]),
        n_dissatisfied=int(found["n_dissatisfied"]),
        base_rate=found["base_rate"],
        auc_low=low,
        auc_high=high,
        bound_auc=best,
        bound_log_loss=bound.get("log_loss", math.nan),
        lift_share=(found["auc"] - 0.5) / (best - 0.5) if best > 0.5 else math.nan,
        **{one: math.nan if is_small else found[one] for one in shown},
    )


def _steadiness(walk: pl.DataFrame) -> Steadiness:
    if not walk.height:
        return Steadiness(0, math.nan, math.nan, math.nan, math.nan)
    risk = walk["risk"].to_numpy()
    threshold = float(np.quantile(risk, 1 - CAPACITY_SHARE))
    same = (walk["interaction_id"] == walk["interaction_id"].shift()).fill_null(False).to_numpy()
    step = np.diff(risk, prepend=risk[0])[same]
    is_above = risk >= threshold
    flips = is_above != np.roll(is_above, 1)
    fell = walk.select("interaction_id").with_columns(fell=pl.Series(same & flips & ~is_above))
    back = fell.group_by("interaction_id").agg(pl.col("fell").any())["fell"]
    return Steadiness(
        n_steps=int(same.sum()),
        change=float(np.abs(step).mean()) if len(step) else math.nan,
        flip_share=float(flips[same].mean()) if same.any() else math.nan,
        back_share=float(back.mean()),  # type: ignore[arg-type]
        alarm=threshold,
    )
