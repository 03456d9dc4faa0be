"""What is said of the effect of a contact, and of the order that follows from it."""

from dataclasses import replace

import pytest

from forestall.evaluation.effects.contact_order import ContactOrder, SleepingDogs
from forestall.evaluation.effects.estimates import UNDEFINED, Estimate
from forestall.evaluation.effects.ranking import EffectGroup, Ranking
from forestall.reporting.text.contact_order import effect, groups, sleeping_dogs, verdict


@pytest.fixture
def order() -> ContactOrder:
    return ContactOrder(
        n=1500,
        n_contacted=1000,
        n_held_out=500,
        effect=Estimate(-0.08, -0.12, -0.04),
        qini=Ranking(0.01, 0.002, 0.02),
        gain=Ranking(4.2, 1.1, 7.4),
        saved_by_risk=20.0,
        saved_by_effect=24.2,
        groups=[EffectGroup(-0.2, Estimate(-0.18, -0.25, -0.1), 300), EffectGroup(0.02, UNDEFINED, 1)],
        sleeping=SleepingDogs(
            150, 0.1, 0.03, Estimate(0.05, 0.01, 0.09), (("expectation_channel", "phone", 0.9, 0.2),)
        ),
        trust=0.8,
    )


def test_a_passed_gate_says_what_the_order_saves(order):
    text = verdict(order)
    assert text.startswith("Contact lists are ordered by customer value × effect.")
    assert "saves 4.20 more" in text
    assert "1.10 to 7.40" in text
    assert "They are never on a contact list." in sleeping_dogs(order)


def test_a_gate_that_was_not_passed_keeps_the_order(order):
    kept = replace(order, gain=Ranking(4.2, -1.1, 7.4))
    assert verdict(kept).startswith("Contact lists stay ordered by risk × customer value: it is not shown")
    assert "never on a contact list" not in sleeping_dogs(kept)
    refused = replace(order, objections=("A contact changes who rates.",))
    assert verdict(refused).endswith("A contact changes who rates.")


def test_the_effect_and_whom_it_harms_are_said_in_points(order):
    assert "by -8.0 (-12.0 to -4.0) percentage points on average" in effect(order)
    assert "is not shown" in effect(replace(order, trust=0.0))
    text = sleeping_dogs(order)
    assert "10.0\u00a0% of the customers unhappier" in text
    assert "the experiment shows +5.0 (+1.0 to +9.0)" in text
    assert "phone (90\u00a0% of them, 20\u00a0% of the others)" in text


def test_groups_are_compared_with_the_experiment(order):
    table = groups(order)
    assert table.rows[0] == ["1", "300", "-20.0", "-18.0", "-25.0 to -10.0"]
    assert table.rows[1][3:] == ["–", "–"]


def test_without_an_effect_nothing_is_said(order):
    assert (effect(None), verdict(None), sleeping_dogs(None), groups(None)) == ("", "", "", None)
    assert sleeping_dogs(replace(order, sleeping=None)) == ""
