"""Sentences on what drives the risk."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from forestall.evaluation.questions.drivers import Claim
from forestall.reporting.text import drivers

CLAIM = Claim("resolution", "service", 0.14, 0.12, 0.16, "holds")


@pytest.mark.parametrize(
    ("verdict", "words"), [("holds", "is confirmed"), ("fails", "is refuted"), ("open", "is undecided")]
)
def test_the_hypothesis_is_confirmed_refuted_or_undecided(verdict, words):
    text = drivers.hypothesis(replace(CLAIM, verdict=verdict), "the share", 100, " percentage points")
    assert text == (
        f"The hypothesis that resolution matters most {words} by the share: difference from service +14 percentage "
        "points (95\u00a0% interval +12 to +16)."
    )


def test_both_measures_are_given_and_nothing_is_called_a_cause():
    loss = Claim("resolution", "service", -0.0012, -0.002, -0.0004, "fails")
    found = SimpleNamespace(drivers=SimpleNamespace(claim=CLAIM, claim_by_loss=loss))
    text = drivers.main_driver(found)
    assert "is refuted by the log-loss lost without the family: difference from service -0.0012" in text
    assert text.endswith("not proof of a cause.")
    assert drivers.main_driver(SimpleNamespace(drivers=None)) == ""
