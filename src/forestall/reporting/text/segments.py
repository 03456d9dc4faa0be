"""Sentences on segments: where the risks deviate, what is new to the model, and where greetings work differently."""

from __future__ import annotations

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.questions.reversals import Reversal
from forestall.evaluation.questions.segments import Segment, worst_first
from forestall.reporting.text.formats import enumeration, number, plain_name

_MAX_NAMED = 5


def deviating_segments(evaluation: Evaluation) -> str:
    """Return which segments deviate significantly from the expected rate or the expected AUC."""
    tested = [one for one in worst_first(evaluation.segments) if not one.is_small]
    if not tested:
        return "No segment is large enough to be tested separately."
    deviating = [one for one in tested if one.is_wrong]
    if not deviating:
        return (
            f"None of the {len(tested)} segments that are large enough deviates significantly (corrected for multiple "
            "testing)."
        )
    named = enumeration(
        [f"{plain_name(one.column)} {one.name} ({_deviation(one)})" for one in deviating[:_MAX_NAMED]]
    )
    more = f" and {len(deviating) - _MAX_NAMED} more" if len(deviating) > _MAX_NAMED else ""
    verb = "deviates" if len(deviating) == 1 else "deviate"
    return (
        f"{len(deviating)} of {len(tested)} segments {verb} significantly (corrected for multiple testing): "
        f"{named}{more}."
    )


def _deviation(one: Segment) -> str:
    if one.is_misranked:
        return f"AUC {number(one.auc, 2)}, expected {number(one.auc_promised, 2)}"
    return f"risk {abs(100 * one.gap):.0f} points too {'high' if one.gap > 0 else 'low'}"


def unseen_segments(evaluation: Evaluation) -> str:
    """Return which segments the model was not trained on; empty if there are none."""
    names = [
        f"{plain_name(column)} {one.name}"
        for column, some in evaluation.segments.items()
        for one in some
        if one.is_unseen
    ]
    return f"The evaluated model was not trained on any row of {enumeration(names)}." if names else ""


def reversed_greetings(evaluation: Evaluation) -> str:
    """Return the venues at which a greeting has the opposite association with dissatisfaction."""
    venues: dict[str, list[Reversal]] = {}
    for one in evaluation.reversals:
        venues.setdefault(one.name, []).append(one)
    sentences = []
    for name, found in venues.items():
        first, *others = found
        also = f" (also: {enumeration([_fact(one.feature) for one in others])})" if others else ""
        sentences.append(
            f"At {name}, the association of {_fact(first.feature)} with dissatisfaction is reversed{also}: "
            f"{first.here:+.2f} ({first.here_low:+.2f} to {first.here_high:+.2f}), elsewhere {first.elsewhere:+.2f}."
        )
    return " ".join(sentences)


def _fact(feature: str) -> str:
    return f"“{plain_name(feature.removesuffix('_n'))}”"
