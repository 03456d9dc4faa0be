"""What `train` returns."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from forestall.jobs.job_result import JobResult

# Metrics that are shown to a reader; the run and `to_dict` have all of them.
_SHOWN = (
    *("auc", "auc_low", "auc_high", "average_precision", "log_loss", "brier", "base_rate"),
    *("calibration_error", "calibration_error_perfect", "capture_at_10", "lift_at_10"),
    *("baseline/base_rate/log_loss", "baseline/logistic/log_loss", "baseline/raw/log_loss"),
    "baseline/rule/log_loss",
    *("early/served/auc", "foreseen/complaint/hour_share", "segments_wrong", "leaks"),
)


@dataclass(frozen=True, repr=False)
class TrainReport(JobResult):
    """What a training found.

    Parameters
    ----------
    name, version
        The registered model; the version is None if the model was not registered.
    run_id, experiment
        The run that holds everything, and its experiment.
    metrics
        Metrics on the test part of the split.
    ablations
        By what was left out: the metrics without it.
    counts, windows
        Numbers of interactions, and the time spans of the parts.
    notes
        What a reader of the metrics must know, in sentences.
    is_experimental
        Whether the model learnt from less data than the gate requires.
    html, card
        The report (HTML) and the model card (Markdown).
    tuning
        What the trials found; empty without trials.
    contact_order
        What is known of the effect of a contact, and by what contact lists are ordered; empty without `effect`.
    """

    name: str
    version: str | None
    run_id: str
    experiment: str
    metrics: dict[str, float]
    ablations: dict[str, dict[str, float]]
    counts: dict[str, int]
    windows: dict[str, str]
    notes: list[str]
    is_experimental: bool
    html: str
    card: str
    tuning: dict[str, Any] = field(default_factory=dict)
    contact_order: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as the command prints it, without the HTML page and the model card."""
        found = {name: value for name, value in asdict(self).items() if name not in ("html", "card")}
        if not self.contact_order:  # most trainings learn no effect
            del found["contact_order"]
        return found

    def summary(self) -> dict[str, Any]:
        """Return the report for a reader: of the metrics the main ones."""
        shown = {name: self.metrics[name] for name in _SHOWN if name in self.metrics}
        return self.to_dict() | {"metrics": shown}
