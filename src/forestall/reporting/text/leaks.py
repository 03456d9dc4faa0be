"""Sentences on possible target leakage."""

from __future__ import annotations

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.questions.row_order import SOURCE
from forestall.reporting.text.formats import plain_name


def leak_warnings(evaluation: Evaluation) -> list[str]:
    """Return one caution for each column or kind of event that may be known only together with the outcome."""
    return [
        f"Possible target leakage: {one.why}."
        if one.kind == SOURCE
        else f"Possible target leakage: the {one.kind} “{plain_name(one.name.removeprefix('event '))}” "
        f"({'used' if one.is_used else 'not used'} by the model) may be known only together with the outcome: {one.why}"
        for one in evaluation.leaks
    ]
