"""The estimators of the risk, and how each is read from a model's folder."""

from __future__ import annotations

from pathlib import Path

from forestall.model.chosen_classifier import ChosenClassifier
from forestall.model.classifier_file import FILE
from forestall.model.estimator import RiskClassifier

RiskEstimator = RiskClassifier | ChosenClassifier


def load_estimator(folder: str | Path) -> RiskEstimator:
    """Return the estimator in a folder: the files say which one wrote them."""
    return (ChosenClassifier if (Path(folder) / FILE).is_file() else RiskClassifier).load(folder)
