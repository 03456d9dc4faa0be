"""Statistics of risks against outcomes, with their intervals."""

from forestall.evaluation.metrics.bootstrap import Gain, bootstrap_intervals, paired_gain
from forestall.evaluation.metrics.risk_metrics import (
    calibration_error,
    perfect_calibration_errors,
    risk_metrics,
)

__all__ = [
    "Gain",
    "bootstrap_intervals",
    "calibration_error",
    "paired_gain",
    "perfect_calibration_errors",
    "risk_metrics",
]
