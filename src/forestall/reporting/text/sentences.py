"""What an evaluation says, in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.reporting.charts.plots import LABELS

UNKNOWN = "–"
_FEW_UNHAPPY = 10  # resamples of fewer show less doubt than there is


def percent(share: Any, digits: int = 0) -> str:
    """Return a share as a percentage; a dash where it is not defined."""
    return UNKNOWN if _is_gap(share) else f"{100 * share:.{digits}f}\u00a0%"


def number(value: Any, digits: int = 3) -> str:
    """Return a number; whole ones with a thin space between the thousands, a dash where it is not defined."""
    if _is_gap(value):
        return UNKNOWN
    if isinstance(value, int) or (float(value).is_integer() and abs(value) >= 1):
        return f"{int(value):,}".replace(",", "\u2009")
    return f"{value:.{digits}f}"


def span(low: Any, high: Any, digits: int = 1) -> str:
    """Return the ends of an interval of shares."""
    return f"{percent(low, digits)} to {percent(high, digits)}"


def headline(evaluation: Evaluation) -> str:
    """Return the one sentence that a manager needs."""
    caught = evaluation.overall["capture_at_10"]
    if _is_gap(caught):
        return "These data cannot say how well the model foresees unhappy customers."
    reached = f"{10 * caught:.1f}".removesuffix(".0")
    return f"Contact the riskiest tenth, and you reach {reached} of every 10 unhappy customers."


def basis(evaluation: Evaluation) -> str:
    """Return on what the headline rests."""
    overall = evaluation.overall
    n, unhappy = int(overall["n"]), int(overall["n_dissatisfied"])
    if not n:
        return "There was no interaction to measure it on."
    share = f", {percent(overall['base_rate'])}" if unhappy else ""
    which = "that the model may have learnt from" if evaluation.may_be_seen else "that the model had not seen"
    return (
        f"Measured on {number(n)} interactions {which}; {number(unhappy)} of them{share} "
        "ended with an unhappy customer."
    )


def surety(evaluation: Evaluation) -> str:
    """Return how sure the headline is."""
    low, high = evaluation.intervals.get("capture_at_10", (math.nan, math.nan))
    if _is_gap(low) or evaluation.overall["n_dissatisfied"] < _FEW_UNHAPPY:
        return "How sure this is cannot be said from so few unhappy customers."
    return (
        f"With other customers of the same kind it would be between {10 * low:.1f} and {10 * high:.1f} of 10 "
        "(19 times of 20). Contacting a tenth at random reaches 1 of 10."
    )


def ranking(evaluation: Evaluation) -> str:
    """Return how well the risks rank."""
    auc = evaluation.overall["auc"]
    if _is_gap(auc):
        why = "of the rows, which are of one class" if evaluation.overall["n"] else "without rows"
        return f"How well the risks rank cannot be said {why}."
    return (
        f"Of a customer who ended unhappy and one who did not, the model gives the first the higher risk "
        f"{100 * auc:.0f} times of 100; a coin would 50 times."
    )


def calibration(evaluation: Evaluation) -> str:
    """Return whether the risks are right."""
    overall = evaluation.overall
    error, perfect = overall["calibration_error"], overall["calibration_error_perfect_high"]
    if _is_gap(error):
        return "Whether the risks are right cannot be said without rows."
    points = f"{100 * error:.1f} percentage points"
    if error <= perfect:
        verdict = "no further than chance would put risks that are exactly right"
    else:
        verdict = f"chance alone would put risks that are exactly right up to {100 * perfect:.1f} away"
    return f"What it says and what comes true differ by {points} on average: {verdict}."


def comparison(evaluation: Evaluation) -> str:
    """Return what the model adds to simple methods, and how sure that is; nothing without rows."""
    if not evaluation.overall["n"]:
        return ""
    better: list[str] = []
    unsure: list[str] = []
    worse: list[str] = []
    for name, baseline in evaluation.baselines.items():
        gain = baseline.gains["log_loss"]
        group = better if gain.low > 0 else worse if gain.high < 0 else unsure
        group.append(LABELS[name])
    parts = [
        f"{start} {listed(group)}"
        for start, group in (
            ("Better beyond chance than:", better),
            ("Not shown to differ from:", unsure),
            ("Worse beyond chance than:", worse),
        )
        if group
    ]
    return ". ".join(parts) + "." if parts else "It was compared with no simple method."


def earliness(evaluation: Evaluation) -> str:
    """Return how the ranking grows over the stages."""
    known = [cell for cell in evaluation.stages if not _is_gap(cell.auc)]
    if not known:
        return "No stage has enough moments to judge it."
    first, last = known[0], known[-1]
    early = f"Of 100 such pairs it orders {100 * first.auc:.0f} rightly at the stage “{spoken(first.name)}”"
    if first is last:
        return f"{early}."
    return f"{early} and {100 * last.auc:.0f} at “{spoken(last.name)}”."


def truth(evaluation: Evaluation) -> str:
    """Return how near the risks come to the true ones; nothing where those are not known."""
    found = evaluation.truth
    if not found:
        return ""
    text = (
        "These data are simulated, so the true risk is known: it ranks with an AUC of "
        f"{number(found['auc'])}, and the model reaches {percent(found['auc_share'])} of what can be "
        "reached. On average its risks are "
        f"{100 * found['calibration_error']:.1f} percentage points from the true ones"
    )
    if "interval_coverage" in found:
        return f"{text}; {percent(found['interval_coverage'])} of the true risks lie in the interval given."
    return f"{text}."


def cautions(evaluation: Evaluation, context: Mapping[str, Any]) -> list[str]:
    """Return what a reader must know before using the figures."""
    return [*dict.fromkeys([*context.get("notes", []), *evaluation.notes])]


def spoken(name: str) -> str:
    """Return a name of the code as words."""
    return name.replace("_", " ")


def listed(names: list[str]) -> str:
    """Return names as a sentence lists them."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _is_gap(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))
