"""Sentences on the customers who rate."""

import math
from types import SimpleNamespace

from forestall.reporting.text.raters import response


def raters(weighted):
    overall = SimpleNamespace(share=0.327, n=1723)
    found = SimpleNamespace(
        overall=overall, mean_risk_raters=0.15, mean_risk_others=0.16, weighted=weighted, effective_n=533.4
    )
    return SimpleNamespace(raters=found)


def test_response_is_given_with_the_weighted_auc():
    text = response(raters({"auc": {"plain": 0.815, "weighted": 0.822}}))
    assert text.startswith("32.7\u00a0% of 1\u2009723 interactions were rated within the label horizon.")
    assert "the AUC is 0.822 instead of 0.815 (effective sample size 533)" in text


def test_an_undefined_weighted_auc_is_left_out():
    assert "AUC" not in response(raters({"auc": {"plain": 0.8, "weighted": math.nan}}))
    assert response(SimpleNamespace(raters=None)) == ""
