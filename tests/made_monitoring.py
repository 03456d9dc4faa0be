"""Results of monitoring, made by hand."""

import math
from types import SimpleNamespace
from typing import Any

from forestall.evaluation.check import MonitoringCheck
from forestall.evaluation.questions.drift import Drift, FamilyShift, FeatureDrift
from forestall.monitoring.result import DataSummary, Listed, Monitoring, Outcome


def expected(mean: float, low: float = math.nan, high: float = math.nan) -> Any:
    return SimpleNamespace(mean=mean, low=low, high=high)


def summary(n: int, mean_risk: float, auc: float) -> DataSummary:
    figures = {"auc": expected(auc), "log_loss": expected(0.3)}
    return DataSummary(
        n, "2026-01-01", "2026-06-30", mean_risk, figures, {"low": 0.7, "high": 0.3}, {"ok": 1.0}
    )


def feature(name: str, distance: float, weight: float) -> FeatureDrift:
    return FeatureDrift(name, "service", f"{name} of it.", distance, 0.0001, weight, 0.01, 1.0, 2.0, 0.0, 0.1)


def check(
    name: str, *, passed: bool = True, calls_for: Any = "retraining", finding: str = ""
) -> MonitoringCheck:
    return MonitoringCheck(name, 0.08, "be at most", 0.05, passed, finding, calls_for=calls_for)


def result(*checks: MonitoringCheck, **changes: Any) -> Monitoring:
    """Return a result in which outcomes are as expected, with these checks and changes."""
    metrics = {"n": 400.0, "n_dissatisfied": 60.0, "mean_risk": 0.14, "base_rate": 0.15, "auc": 0.78}
    promised = {"base_rate": expected(0.14, 0.11, 0.17), "auc": expected(0.79, 0.74, 0.84)}
    curve = {"risk": [0.1, 0.3], "rate": [0.1, 0.6], "low": [0.0, 0.2], "high": [0.2, 0.4], "n": [200, 200]}
    outcome = Outcome(metrics, {}, promised, curve)
    made = {
        "model_name": "plain-risk",
        "model_version": "3",
        "label": "a rating of 2 or less",
        "reference": summary(5000, 0.14, 0.8),
        "current": summary(1000, 0.15, 0.79),
        "outcome": outcome,
        "listed": None,
        "is_decided_by_ratings": True,
        "checks": list(checks),
        "drift": Drift([feature("wait", 0.05, 0.4)], [FamilyShift("service", 0.1, -0.1, 0.3)]),
        "spread": {"start": [0.0, 0.5], "stop": [0.5, 1.0], "before": [0.9, 0.1], "now": [0.8, 0.2]},
        "unknown": {"venue": 0.1},
        "notes": ["A note."],
    }
    return Monitoring(**(made | changes))


def without_outcomes() -> dict[str, Any]:
    metrics = {"n": 0.0, "n_dissatisfied": 0.0, "mean_risk": math.nan, "base_rate": math.nan, "auc": math.nan}
    promised = {"base_rate": expected(math.nan), "auc": expected(math.nan)}
    return {"outcome": Outcome(metrics, {}, promised, {}), "is_decided_by_ratings": False}


LISTED = Listed(50, 0.6, 0.4)
