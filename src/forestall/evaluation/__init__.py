"""How good a model is, on rows that it has not seen: figures, how sure they are, pictures and a report."""

from forestall.evaluation.baselines import baselines
from forestall.evaluation.bootstrap import Gain, bootstrap_intervals, paired_gain
from forestall.evaluation.evaluation import Baseline, Evaluation, evaluate
from forestall.evaluation.metrics import calibration_error, metrics, perfect_calibration_errors
from forestall.evaluation.plots import plots
from forestall.evaluation.report import Context, write_report
from forestall.evaluation.segments import Segment, segments
from forestall.evaluation.stages import Cell, by_stage

__all__ = [
    "Baseline",
    "Cell",
    "Context",
    "Evaluation",
    "Gain",
    "Segment",
    "baselines",
    "bootstrap_intervals",
    "by_stage",
    "calibration_error",
    "evaluate",
    "metrics",
    "paired_gain",
    "perfect_calibration_errors",
    "plots",
    "segments",
    "write_report",
]
