"""Statistics of risks against observed labels.

Intervals come from one bootstrap over customers. The names below are the public ones.
"""

from forestall.evaluation.metrics.binning import equal_count_bins, risk_histogram
from forestall.evaluation.metrics.bootstrap import Gain, bootstrap_intervals, paired_gain
from forestall.evaluation.metrics.calibration import (
    calibration_error,
    perfect_calibration_errors,
    reliability_points,
)
from forestall.evaluation.metrics.expected import ExpectedFigure, expected_auc, expected_figures
from forestall.evaluation.metrics.multiple_testing import adjusted_p_values
from forestall.evaluation.metrics.proportions import wilson_interval
from forestall.evaluation.metrics.risk_metrics import captured, risk_metrics

__all__ = [
    "ExpectedFigure",
    "Gain",
    "adjusted_p_values",
    "bootstrap_intervals",
    "calibration_error",
    "captured",
    "equal_count_bins",
    "expected_auc",
    "expected_figures",
    "paired_gain",
    "perfect_calibration_errors",
    "reliability_points",
    "risk_histogram",
    "risk_metrics",
    "wilson_interval",
]
