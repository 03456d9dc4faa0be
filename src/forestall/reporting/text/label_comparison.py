"""Sentences that compare models of different labels."""

from __future__ import annotations

import math

from forestall.evaluation.evaluation import Evaluation
from forestall.reporting.text.formats import enumeration, number


def auc_by_label(evaluation: Evaluation) -> str:
    """Return the AUC of each model for each outcome; empty if no labels were compared."""
    sentences = []
    for outcome in dict.fromkeys(one.outcome for one in evaluation.labels):
        known = [one for one in evaluation.labels if one.outcome == outcome and not math.isnan(one.auc)]
        models = [f"{number(one.auc, 2)} with the model trained on {one.model}" for one in known]
        sentences += [f"AUC for the outcome {outcome}: {enumeration(models)}."] if models else []
    return " ".join(sentences)
