"""Metrics by stage of the interaction."""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from forestall.evaluation.metrics.customers import row_weights
from forestall.evaluation.metrics.risk_metrics import risk_metrics
from forestall.evaluation.questions.groups import MIN_ROWS
from forestall.moment_features.stage import STAGES


@dataclass(frozen=True)
class StageMetrics:
    """The metrics of the moments at one stage.

    Parameters
    ----------
    name
        The stage.
    n, n_dissatisfied
        Moments, and those of interactions that ended dissatisfied.
    base_rate, mean_risk
        Share of dissatisfied, mean of the risks.
    auc, log_loss, calibration_error, calibration_error_perfect_high
        See `risk_metrics`; NaN if `is_small`.
    is_small
        Whether there are fewer than `MIN_ROWS` moments, or one class only.
    """

    name: str
    n: int
    n_dissatisfied: int
    base_rate: float
    mean_risk: float
    auc: float
    log_loss: float
    calibration_error: float
    calibration_error_perfect_high: float
    is_small: bool


def by_stage(frame: pl.DataFrame) -> list[StageMetrics]:
    """Return the metrics of each stage: the known stages in their order, then any others by name.

    Parameters
    ----------
    frame
        A row a moment: stage, label, risk and, if they differ, weight.
    """
    found = frame["stage"].drop_nulls().unique().sort().to_list()
    names = [*STAGES, *(name for name in found if name not in STAGES)]
    return [_stage_metrics(name, frame.filter(pl.col("stage") == name)) for name in names]


def _stage_metrics(name: str, rows: pl.DataFrame) -> StageMetrics:
    values = risk_metrics(rows["label"], rows["risk"], row_weights(rows))
    is_small = values["n"] < MIN_ROWS or math.isnan(values["auc"])
    shown = ("auc", "log_loss", "calibration_error", "calibration_error_perfect_high")
    return StageMetrics(
        name=name,
        n=int(values["n"]),
        n_dissatisfied=int(values["n_dissatisfied"]),
        base_rate=values["base_rate"],
        mean_risk=values["mean_risk"],
        is_small=is_small,
        **{one: math.nan if is_small else values[one] for one in shown},
    )
