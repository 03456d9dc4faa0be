"""Sentences on how early the risks are right, on lead times, and on the stability of the risk."""

from __future__ import annotations

import math

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.questions.lead_times import FlaggedOutcome
from forestall.reporting.text.formats import (
    duration,
    enumeration,
    number,
    percent,
    percent_range,
    plain_name,
)


def auc_at_stages(evaluation: Evaluation) -> str:
    """Return the AUC at the first moment of the first and of the last stage."""
    found = evaluation.earliness
    known = [point for point in found.stages if not math.isnan(point.auc)] if found else []
    if not known:
        return "No stage has enough interactions to compute an AUC."
    first, last = known[0], known[-1]
    text = f"At the stage “{plain_name(first.name)}” the AUC is {number(first.auc, 2)}"
    if first is not last:
        text += f"; at “{plain_name(last.name)}” it is {number(last.auc, 2)}"
    served = next((point for point in known if point.name == "served"), None)
    if served is not None and not math.isnan(served.lift_share):
        text += (
            f". When service begins, the model achieves {percent(served.lift_share)} of the improvement over random "
            "ranking that is possible at that time"
        )
    return f"{text}."


def upper_bound(evaluation: Evaluation) -> str:
    """Return what the line of the true risk means; empty if the true risk is unknown."""
    found = evaluation.earliness
    if not found or all(math.isnan(point.bound_auc) for point in found.stages):
        return ""
    return (
        "The dashed line is the AUC of the true risk, which is known because the data are simulated. It is an upper "
        "bound: until service begins, the true risk also uses the coming waiting time and who will serve. In a small "
        "sample, a model can exceed it by chance."
    )


def auc_after_time(evaluation: Evaluation) -> str:
    """Return the AUC at the first of the elapsed times."""
    text = "AUC among the interactions that are still open at this time after their start."
    points = evaluation.earliness.elapsed if evaluation.earliness else []
    first = next((point for point in points if not math.isnan(point.auc)), None)
    return text if first is None else f"{text} After {first.name} it is {number(first.auc, 2)}."


def flagged_before(one: FlaggedOutcome) -> str:
    """Return the share of an outcome that was flagged before it came, and the lead time."""
    interval = "" if math.isnan(one.share_low) else f" ({percent_range(one.share_low, one.share_high, 0)})"
    text = (
        f"{percent(one.share)}{interval} of {number(one.n)} {one.outcome}s came from customers who had been flagged "
        "before"
    )
    if not math.isnan(one.lead_median_s):
        text += (
            f"; the median lead time is {duration(one.lead_median_s)}, and {percent(one.hour_share)} of all "
            f"{one.outcome}s were flagged at least an hour before"
        )
    if not math.isnan(one.bound_hour_share):
        text += f" ({percent(one.bound_hour_share)} by the true risk)"
    return f"{text}."


def lead_times(evaluation: Evaluation) -> str:
    """Return the share flagged in advance and the lead time of every outcome."""
    found = evaluation.earliness
    if not found or not found.foreseen:
        return ""
    contacts = number(round(found.contacts_per_day, 1), 1)
    sentences = " ".join(flagged_before(one) for one in found.foreseen)
    return (
        f"With a capacity of {percent(found.capacity_share)} of each day's customers ({contacts} contacts a day): "
        f"{sentences}"
    )


def lead_times_in_short(evaluation: Evaluation) -> str:
    """Return the share flagged in advance and the median lead time of every outcome, in one sentence."""
    found = evaluation.earliness
    known = [one for one in found.foreseen if not math.isnan(one.lead_median_s)] if found else []
    if not found or not known:
        return ""
    parts = [
        f"{percent(one.share)} of the {one.outcome}s (median lead time {duration(one.lead_median_s)})"
        for one in known
    ]
    text = f"Contacting {percent(found.capacity_share)} of each day's customers comes before {enumeration(parts)}."
    return " ".join([text, *found.notes])


def stability(evaluation: Evaluation) -> str:
    """Return how much the risk of one interaction changes from moment to moment."""
    found = evaluation.earliness
    if not found or math.isnan(found.steadiness.change):
        return ""
    steps = found.steadiness
    return (
        f"From one moment to the next, the risk changes by {100 * steps.change:.1f} percentage points on average. "
        f"{percent(steps.flip_share, 1)} of these changes cross the alert threshold (risk {percent(steps.alarm)}); in "
        f"{percent(steps.back_share)} of the interactions, the risk rises above the threshold and falls below it again."
    )
