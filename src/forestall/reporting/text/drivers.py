"""Sentences on what drives the risk."""

from __future__ import annotations

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.questions.drivers import Claim

_VERDICTS = {"holds": "is confirmed", "fails": "is refuted", "open": "is undecided"}


def main_driver(evaluation: Evaluation) -> str:
    """Return whether one family matters most in these data; empty if this was not tested."""
    found = evaluation.drivers
    if found is None or found.claim is None:
        return ""
    text = hypothesis(found.claim, "the share of the contributions", 100, " percentage points")
    if found.claim_by_loss is not None:
        text += " " + hypothesis(found.claim_by_loss, "the log-loss lost without the family", 1, "")
    return f"{text} This is an association in these data, not proof of a cause."


def hypothesis(claim: Claim, measure: str, scale: float, unit: str) -> str:
    """Return the result of the test that one family matters most.

    Parameters
    ----------
    claim
        The family, its strongest rival, and the difference between them.
    measure
        What was compared.
    scale, unit
        100 and a unit for shares; 1 and no unit for log-loss.
    """
    digits = 0 if scale > 1 else 4
    ahead, low, high = (f"{scale * value:+.{digits}f}" for value in (claim.ahead, claim.low, claim.high))
    return (
        f"The hypothesis that {claim.family} matters most {_VERDICTS[claim.verdict]} by {measure}: difference from "
        f"{claim.rival} {ahead}{unit} (95\u00a0% interval {low} to {high})."
    )
