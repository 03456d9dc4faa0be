"""What monitoring a model has found."""

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
class Part:
    """The interactions of one data folder as the model sees them.

    Parameters
    ----------
    n
        How many are compared.
    begins, ends
        When the first and the last of them started; empty without any.
    mean_risk
        Of those scored.
    promised
        The figures that their risks promise.
    bands, quality
        Shares by band and by `data_quality`.
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
    """What came true of risks.

    Parameters
    ----------
    metrics
        Of the interactions whose label has come: see `evaluation.metrics.risk_metrics`.
    intervals
        95 % intervals of some, over customers.
    promised
        What the risks promised of these very interactions.
    reliability
        The points of the picture, see `curves.reliability_points`.
    """

    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    promised: dict[str, ExpectedFigure]
    reliability: Points


@dataclass(frozen=True)
class Listed:
    """What became of those who were on a contact list: `n` of them, the mean `risk`, and the `rate` that came true."""

    n: int
    risk: float
    rate: float


@dataclass(frozen=True)
class Monitoring:
    """What monitoring a model has found.

    Parameters
    ----------
    model_name, model_version
        Of the model.
    label
        What counts as dissatisfied, in words.
    reference, current
        The interactions compared.
    outcome
        Of the current interactions whose label has come.
    listed
        Of those among them who were on a contact list; None where no list is known. `outcome` leaves them out.
    is_decided_by_ratings
        Whether enough labels have come to decide; else drift does.
    checks
        Each with its figure and bound.
    drift
        What has moved.
    spread
        By bin of the risk: `start`, `stop`, and the shares `before` and `now`.
    unknown
        By column, the share of the interactions whose group was never learnt from.
    notes
        What a reader must know, in sentences.
    """

    model_name: str
    model_version: str
    label: str
    reference: Part
    current: Part
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
        """The checks that failed."""
        return [one for one in self.checks if not one.passed]

    @property
    def retraining_due(self) -> bool:
        """Whether a check failed that calls for learning anew."""
        return any(one.calls_for == "retraining" for one in self.failed)

    @property
    def repair_due(self) -> bool:
        """Whether a check failed that calls for repairing the data."""
        return any(one.calls_for == "repair" for one in self.failed)

    @property
    def reasons(self) -> list[str]:
        """Why something is due, a sentence for each check that failed."""
        return [one.why for one in self.failed]

    @property
    def verdict(self) -> str:
        """What is due, in a few words."""
        if self.retraining_due:
            return "retraining is due"
        return "the data are to be repaired" if self.repair_due else "nothing is due"

    def metrics(self) -> dict[str, float]:
        """Return the figures as flat names and numbers; what is not defined is left out.

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
        """Return everything, with the verdict."""
        return {
            "retraining_due": self.retraining_due,
            "repair_due": self.repair_due,
            "reasons": self.reasons,
        } | asdict(self)
