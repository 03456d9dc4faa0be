"""Sentences on segments."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from forestall.reporting.text import segments


@pytest.fixture
def phone(evaluation):
    return next(one for one in evaluation.segments["channel"] if one.name == "phone")


def test_segments_that_do_not_deviate_are_counted(evaluation):
    assert segments.deviating_segments(evaluation).startswith(
        "None of the 1 segments that are large enough deviates"
    )


def test_a_segment_with_risks_too_high_is_named_with_its_gap(evaluation, phone):
    wrong = replace(phone, p_adjusted=0.001, gap=0.051, is_misranked=False)
    found = replace(evaluation, segments={"channel": [wrong]})
    assert "1 of 1 segments deviates significantly" in segments.deviating_segments(found)
    assert "channel phone (risk 5 points too high)" in segments.deviating_segments(found)


def test_a_segment_that_is_ranked_badly_is_named_with_its_auc(evaluation, phone):
    wrong = replace(phone, p_adjusted=0.001, is_misranked=True, auc=0.61, auc_promised=0.7)
    found = replace(evaluation, segments={"channel": [wrong] * 7})
    text = segments.deviating_segments(found)
    assert "channel phone (AUC 0.61, expected 0.70)" in text
    assert text.endswith("and 2 more.")


def test_small_segments_are_not_tested(evaluation, phone):
    found = replace(evaluation, segments={"channel": [replace(phone, is_small=True)]})
    assert segments.deviating_segments(found) == "No segment is large enough to be tested separately."


def test_segments_that_were_not_in_the_training_data_are_named(evaluation, phone):
    assert segments.unseen_segments(evaluation) == ""
    found = replace(evaluation, segments={"channel": [replace(phone, is_unseen=True)]})
    assert (
        segments.unseen_segments(found) == "The evaluated model was not trained on any row of channel phone."
    )


def test_a_venue_with_reversed_greetings_is_named_once():
    figures = {"name": "The Snug Toad", "here": -0.3, "here_low": -0.4, "here_high": -0.2, "elsewhere": 0.25}
    reversals = [SimpleNamespace(feature=name, **figures) for name in ("greeting_manner", "greeting_rude_n")]
    found = SimpleNamespace(reversals=reversals)
    assert segments.reversed_greetings(found) == (
        "At The Snug Toad, the association of “greeting manner” with dissatisfaction is reversed (also: “greeting "
        "rude”): -0.30 (-0.40 to -0.20), elsewhere +0.25."
    )
