"""Metrics by stage of the interaction."""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from forestall.evaluation.metrics.bootstrap import weights
from forestall.evaluation.metrics.risk_metrics import risk_metrics
from forestall.moment_features.stage import STAGES

MIN_CELL = 100
"""A cell of fewer rows, or of one class, is too few to say more than its counts."""

UNKNOWN, OTHER = "unknown", "all others"


@dataclass(frozen=True)
class Cell:
    """The metrics of some of the rows.

    Parameters
    ----------
    name
        The stage.
    n, n_dissatisfied
        Rows, and those of them whose interaction ended dissatisfied.
    base_rate, mean_risk
        Share of dissatisfied, mean of the risks.
    auc, log_loss, calibration_error, calibration_error_perfect_high
        See `metrics`; NaN where the cell is too few.
    is_small
        Whether it has fewer than `MIN_CELL` rows, or one class only.
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


def by_stage(frame: pl.DataFrame) -> list[Cell]:
    """Return the metrics of the moments at each stage, in the order of the stages, each with its cell."""
    found = frame["stage"].drop_nulls().unique().sort().to_list()
    names = [*STAGES, *(name for name in found if name not in STAGES)]
    return [cell(name, frame.filter(pl.col("stage") == name)) for name in names]


def cell(name: str, rows: pl.DataFrame) -> Cell:
    """Return the metrics of `rows` (label, risk, perhaps weight)."""
    values = risk_metrics(rows["label"], rows["risk"], weights(rows))
    is_small = values["n"] < MIN_CELL or math.isnan(values["auc"])
    judged = ("auc", "log_loss", "calibration_error", "calibration_error_perfect_high")
    return Cell(
        name=name,
        n=int(values["n"]),
        n_dissatisfied=int(values["n_dissatisfied"]),
        base_rate=values["base_rate"],
        mean_risk=values["mean_risk"],
        is_small=is_small,
        **{one: math.nan if is_small else values[one] for one in judged},
    )
