"""The result of monitoring a model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from forestall.evaluation.check import MonitoringCheck
from forestall.evaluation.metrics.binning import Points
from forestall.evaluation.metrics.expected import ExpectedFigure
from forestall.evaluation.questions.drift import Drift


@dataclass(frozen=True)
class DataSummary:
    """The interactions of a data folder, as the model scores them.

    Parameters
    ----------
    n
        The number of interactions compared.
    begins, ends
        The first and the last start; empty if there is none.
    mean_risk
        The mean risk of the scored interactions.
    promised
        The figures that perfectly calibrated risks would show: the expected figures.
    bands, quality
        Shares of the interactions by risk band and by `data_quality`.
    """

    n: int
    begins: str
    ends: str
    mean_risk: float
    promised: dict[str, ExpectedFigure]
    bands: dict[str, float]
    quality: dict[str, float]


@dataclass(frozen=True)
class Outcome:
    """The observed outcomes of current interactions, beside the expected ones.

    Parameters
    ----------
    metrics
        Metrics of the interactions with a known label: see `evaluation.metrics.risk_metrics`.
    intervals
        95 % intervals of some metrics, from a bootstrap over customers.
    promised
        The expected figures of the same interactions.
    reliability
        The points of the calibration curve: see `curves.reliability_points`.
    """

    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    promised: dict[str, ExpectedFigure]
    reliability: Points


@dataclass(frozen=True)
class Listed:
    """The interactions on a contact list: their number `n`, their mean `risk`, and the observed `rate`."""

    n: int
    risk: float
    rate: float


@dataclass(frozen=True)
class Monitoring:
    """The result of monitoring a model.

    Parameters
    ----------
    model_name, model_version
        The monitored model.
    label
        The definition of dissatisfied, in words.
    reference, current
        The interactions compared.
    outcome
        The outcomes of the current interactions with a known label.
    listed
        Those of them that were on a contact list; None if no list is known. `outcome` does not include them.
    is_decided_by_ratings
        Whether there are enough labels to decide; otherwise drift decides.
    checks
        The checks, each with its figure and threshold.
    drift
        The drift of the features.
    spread
        The distribution of the risk: `start` and `stop` of each bin, and the shares `before` and `now`.
    unknown
        By column, the share of the interactions with a value that was not in the training data.
    notes
        Notes for the reader, in sentences.
    """

    model_name: str
    model_version: str
    label: str
    reference: DataSummary
    current: DataSummary
    outcome: Outcome
    listed: Listed | None
    is_decided_by_ratings: bool
    checks: Sequence[MonitoringCheck]
    drift: Drift
    spread: Points
    unknown: dict[str, float]
    notes: list[str]

    @property
    def failed(self) -> list[MonitoringCheck]:
        """The failed checks."""
        return [check for check in self.checks if not check.passed]

    @property
    def retraining_due(self) -> bool:
        """Whether a failed check calls for retraining."""
        return any(check.calls_for == "retraining" for check in self.failed)

    @property
    def repair_due(self) -> bool:
        """Whether a failed check calls for a repair of the data."""
        return any(check.calls_for == "repair" for check in self.failed)

    @property
    def reasons(self) -> list[str]:
        """The reason of each failed check, in a sentence."""
        return [check.why for check in self.failed]

    @property
    def verdict(self) -> str:
        """The verdict in a few words."""
        if self.retraining_due:
            return "retraining is due"
        return "a repair of the data is due" if self.repair_due else "nothing is due"

    def metrics(self) -> dict[str, float]:
        """Return the figures as flat names and numbers; undefined figures are left out.

        Examples of names: `realised/auc`, `promised/auc` (of the labelled interactions), `current/promised_auc` (of
        all), `reference/mean_risk`, `drift/service`, `unknown/venue`.
        """
        flat = {f"realised/{name}": value for name, value in self.outcome.metrics.items()}
        for name, (low, high) in self.outcome.intervals.items():
            flat |= {f"realised/{name}_low": low, f"realised/{name}_high": high}
        flat |= {f"promised/{name}": one.mean for name, one in self.outcome.promised.items()}
        for name, part in (("reference", self.reference), ("current", self.current)):
            flat |= {f"{name}/n": float(part.n), f"{name}/mean_risk": part.mean_risk}
            flat |= {f"{name}/promised_{of}": one.mean for of, one in part.promised.items()}
            flat |= {f"{name}/{quality}": share for quality, share in part.quality.items()}
        flat |= self.drift.metrics() | {f"unknown/{name}": share for name, share in self.unknown.items()}
        return {name: float(value) for name, value in flat.items() if math.isfinite(value)}

    def to_dict(self) -> dict[str, Any]:
        """Return all fields and the verdict."""
        return {
            "retraining_due": self.retraining_due,
            "repair_due": self.repair_due,
            "reasons": self.reasons,
        } | asdict(self)
