"""Sentences on the customers who rate, and on those who do not."""

from __future__ import annotations

import math

from forestall.evaluation.evaluation import Evaluation
from forestall.reporting.text.formats import number, percent


def response(evaluation: Evaluation) -> str:
    """Return the response rate, the risks of raters and others, and the AUC corrected for response; or nothing."""
    found = evaluation.raters
    if found is None:
        return ""
    text = (
        f"{percent(found.overall.share, 1)} of {number(found.overall.n)} interactions were rated within the label "
        f"horizon. The mean risk is {percent(found.mean_risk_raters, 1)} for raters and "
        f"{percent(found.mean_risk_others, 1)} for the others."
    )
    auc = found.weighted.get("auc")
    if auc is not None and not math.isnan(auc["weighted"]):
        text += (
            f" Weighted by the inverse of the response probability, the AUC is {number(auc['weighted'])} instead of "
            f"{number(auc['plain'])} (effective sample size {number(round(found.effective_n))})."
        )
    return text
