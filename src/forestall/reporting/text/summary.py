"""Sentences on the overall quality of a model: the headline, its basis, ranking, baselines and cautions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.reporting.text.formats import (
    METHODS,
    enumeration,
    is_undefined,
    number,
    number_range,
    percent,
    plain_name,
)

_MIN_DISSATISFIED = 10  # resampling fewer customers gives intervals that are too narrow


def headline(evaluation: Evaluation) -> str:
    """Return the main result in one sentence, for a manager."""
    reached = evaluation.overall["capture_at_10"]
    if is_undefined(reached):
        return "These data do not show how well the model finds dissatisfied customers."
    of_ten = f"{10 * reached:.1f}".removesuffix(".0")
    return (
        f"Contacting the riskiest 10\u00a0% of customers reaches {of_ten} of every 10 dissatisfied customers."
    )


def basis(evaluation: Evaluation) -> str:
    """Return how many interactions the headline was measured on."""
    overall = evaluation.overall
    n, n_dissatisfied = int(overall["n"]), int(overall["n_dissatisfied"])
    if not n:
        return "There are no interactions to measure the model on."
    share = f" ({percent(overall['base_rate'])})" if n_dissatisfied else ""
    training = "may have been trained on" if evaluation.may_be_seen else "was not trained on"
    return (
        f"Measured on {number(n)} interactions that the model {training}; {number(n_dissatisfied)} of them{share} "
        "ended with a dissatisfied customer."
    )


def uncertainty(evaluation: Evaluation) -> str:
    """Return the interval of the headline's figure, and what random contacts reach."""
    low, high = evaluation.intervals.get("capture_at_10", (math.nan, math.nan))
    if is_undefined(low) or evaluation.overall["n_dissatisfied"] < _MIN_DISSATISFIED:
        return "There are too few dissatisfied customers to give a 95\u00a0% interval."
    interval = f"{10 * low:.1f} to {10 * high:.1f} of 10"
    return f"95\u00a0% interval: {interval}. Contacting 10\u00a0% at random reaches 1 of 10."


def ranking(evaluation: Evaluation) -> str:
    """Return the AUC and its meaning."""
    auc = evaluation.overall["auc"]
    if is_undefined(auc):
        why = "all rows are of one class" if evaluation.overall["n"] else "there are no rows"
        return f"The AUC is undefined because {why}."
    low, high = evaluation.intervals.get("auc", (math.nan, math.nan))
    interval = "" if is_undefined(low) else f" (95\u00a0% interval {number_range(low, high, 2)})"
    return (
        f"The AUC is {number(auc, 2)}{interval}: in {100 * auc:.0f} of 100 pairs of a dissatisfied and a satisfied "
        "customer, the dissatisfied customer has the higher risk. Random ranking gives 50."
    )


def comparison(evaluation: Evaluation) -> str:
    """Return which baselines the model is significantly better than, in log-loss; empty without rows."""
    if not evaluation.overall["n"]:
        return ""
    better: list[str] = []
    similar: list[str] = []
    worse: list[str] = []
    for name, baseline in evaluation.baselines.items():
        gain = baseline.gains["log_loss"]
        group = better if gain.low > 0 else worse if gain.high < 0 else similar
        group.append(METHODS[name])
    parts = [
        f"{start} {enumeration(group)}"
        for start, group in (
            ("Significantly better log-loss than", better),
            ("No significant difference from", similar),
            ("Significantly worse log-loss than", worse),
        )
        if group
    ]
    return ". ".join(parts) + "." if parts else "The model was not compared with a baseline."


def auc_by_stage(evaluation: Evaluation) -> str:
    """Return the AUC at the first and at the last stage, over all moments."""
    known = [cell for cell in evaluation.stages if not is_undefined(cell.auc)]
    if not known:
        return "No stage has enough moments to compute an AUC."
    first, last = known[0], known[-1]
    text = f"At the stage “{plain_name(first.name)}” the AUC is {number(first.auc, 2)}"
    if first is last:
        return f"{text}."
    return f"{text}; at “{plain_name(last.name)}” it is {number(last.auc, 2)}."


def true_risk(evaluation: Evaluation) -> str:
    """Return how close the risks are to the true risks of simulated data; empty if these are unknown."""
    found = evaluation.truth
    if not found:
        return ""
    text = (
        f"The data are simulated, so the true risk is known. Its AUC is {number(found['auc'], 2)}; the model achieves "
        f"{percent(found['auc_share'])} of the improvement over random ranking that is possible. On average its risks "
        f"differ from the true risks by {100 * found['calibration_error']:.1f} percentage points"
    )
    if "interval_coverage" in found:
        return f"{text}; {percent(found['interval_coverage'])} of the true risks are inside the 90\u00a0% interval."
    return f"{text}."


def cautions(evaluation: Evaluation, context: Mapping[str, Any]) -> list[str]:
    """Return what a reader must know before using the figures, without duplicates."""
    return [*dict.fromkeys([*context.get("notes", []), *evaluation.notes])]
