"""Sentences that compare models of different labels."""

import math
from types import SimpleNamespace

from forestall.reporting.text.label_comparison import auc_by_label


def test_each_outcome_has_the_auc_of_each_model():
    labels = [
        SimpleNamespace(model="a", outcome="rated 2 or less", auc=0.8),
        SimpleNamespace(model="b", outcome="rated 2 or less", auc=0.7),
        SimpleNamespace(model="a", outcome="complained", auc=math.nan),
    ]
    assert auc_by_label(SimpleNamespace(labels=labels)) == (
        "AUC for the outcome rated 2 or less: 0.80 with the model trained on a and 0.70 with the model trained on b."
    )
