"""Models of different labels on the same interactions: how well each predicts each outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from forestall.evaluation.metrics.bootstrap import bootstrap_intervals
from forestall.evaluation.metrics.risk_metrics import risk_metrics


@dataclass(frozen=True)
class OutcomePrediction:
    """How well a model predicts an outcome, on interactions later than those it learnt from.

    Parameters
    ----------
    model, outcome
        The label that the model learnt, and the outcome that is predicted, in words.
    n_learnt
        Interactions that the model learnt from.
    n, n_positive
        Interactions compared, and those with the outcome.
    auc, auc_low, auc_high
        With its 95 % interval over customers; NaN if there is one class only.
    """

    model: str
    outcome: str
    n_learnt: int
    n: int
    n_positive: int
    auc: float
    auc_low: float
    auc_high: float


def outcome_predictions(
    rows: Mapping[str, pl.DataFrame], n_learnt: Mapping[str, int], seed: int = 7, n_resamples: int = 200
) -> list[OutcomePrediction]:
    """Return how well each model predicts each outcome.

    Parameters
    ----------
    rows
        By outcome: a row an interaction with interaction_id, customer_id, label, and `risk_0`, `risk_1` … of the models
        in the order of `n_learnt`.
    n_learnt
        By model: how many interactions it learnt from.
    seed, n_resamples
        Seed and number of the resamples behind the intervals.
    """
    found = []
    for outcome, some in rows.items():
        for place, (model, n) in enumerate(n_learnt.items()):
            known = some.drop_nulls(f"risk_{place}")
            risk = known[f"risk_{place}"]
            low, high = bootstrap_intervals(known, n_resamples, seed, f"risk_{place}", ("auc",))["auc"]
            auc = risk_metrics(known["label"], risk, seed=seed)["auc"]
            n_positive = int(known["label"].sum())
            found.append(OutcomePrediction(model, outcome, n, known.height, n_positive, auc, low, high))
    return found
