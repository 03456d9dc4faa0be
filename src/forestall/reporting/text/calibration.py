"""Sentences on calibration, on the intervals of the risk, and on label noise."""

from __future__ import annotations

import math

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.metrics.binning import Points
from forestall.reporting.text.formats import is_undefined, number, percent, percent_range


def calibration(evaluation: Evaluation) -> str:
    """Return the calibration error, compared with sampling noise."""
    overall = evaluation.overall
    error, bound = overall["calibration_error"], overall["calibration_error_perfect_high"]
    if is_undefined(error):
        return "The calibration cannot be measured without rows."
    noise = f"a perfectly calibrated model shows up to {100 * bound:.1f} points (95\u00a0% bound)"
    verdict = "This is within sampling noise" if error <= bound else "This is more than sampling noise"
    return f"Expected and observed rates differ by {100 * error:.1f} percentage points on average. {verdict}: {noise}."


def points_in_noise(*curves: Points) -> str:
    """Return how many points of calibration curves are inside the 95 % band of sampling noise."""
    inside = [
        low <= rate <= high
        for one in curves
        for low, rate, high in zip(one["low"], one["rate"], one["high"], strict=True)
    ]
    return f"{sum(inside)} of {len(inside)} points are within sampling noise (95\u00a0% band of a perfect calibration)."


def coverage(evaluation: Evaluation) -> str:
    """Return how often the 90 % intervals contain the observed rates and the true risks."""
    found = evaluation.certainty.coverage if evaluation.certainty else None
    if found is None:
        return ""
    n_bins = len(found.bins["risk"])
    text = (
        f"In {round(found.bin_share * n_bins)} of {n_bins} bins of the risk, the 90\u00a0% interval of the "
        "model overlaps "
        "the interval of the observed rate."
    )
    if not math.isnan(found.share):
        text += f" Of the true risks of these simulated data, {percent(found.share)} are inside the 90\u00a0% interval."
    return text


def label_noise(evaluation: Evaluation) -> str:
    """Return the share of the remaining error that no model can avoid; empty if it was not estimated."""
    found = evaluation.certainty.noise if evaluation.certainty else None
    if found is None:
        return ""
    text = (
        f"In {percent(found.differ)} of {number(found.n_pairs)} pairs of interactions in which the same customer had "
        "the same service, the outcomes differ. "
    )
    if found.share_low >= 1:
        text += (
            "This is more than the error of the model, which also uses facts that these pairs do not have in "
            "common, so "
            "it gives no lower limit of the error"
        )
    else:
        text += (
            f"By this estimate, {percent(min(1.0, found.share))} of the remaining error is label noise, which no model "
            f"can avoid ({percent_range(found.share_low, min(1.0, found.share_high), 0)})"
        )
    if not math.isnan(found.true_share):
        text += f"; by the true risks of these simulated data it is {percent(found.true_share)}"
    return f"{text}."
