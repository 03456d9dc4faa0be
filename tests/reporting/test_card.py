"""The model card."""

import pytest

from forestall.evaluation import Evaluation
from forestall.model.spec import Spec
from forestall.reporting.card import card, plain

SPEC = Spec(name="plain-risk", label={"scale": [1, 5], "dissatisfied_at_or_below": 2})
INFO = {"trained_until": "2026-06-30T00:00:00+00:00"}


def card_of(evaluation: Evaluation, **info: object) -> str:
    context = {"model_name": "plain-risk", "label": "a rating of 2 or less", "run_id": "run-7"}
    return card(evaluation, context, SPEC, INFO | info)


def test_the_card_has_the_metrics_with_their_intervals_and_the_review_date(evaluation):
    text = card_of(evaluation)
    low, high = evaluation.intervals["auc"]
    assert f"| {evaluation.overall['auc']:.3f} | {low:.3f} to {high:.3f} |" in text
    assert "Review the model by 2026-12-27 (180 days after the end of its training data)" in text
    assert "nan" not in text


def test_without_a_clock_the_card_has_no_dates(evaluation):
    text = card_of(evaluation, has_clock=False)
    assert "Trained on data until: unknown, because the data have no clock." in text
    assert "180 days after its training at the latest" in text
    assert "2026" not in text


def test_without_a_policy_the_thresholds_are_set_by_hand(evaluation):
    assert "The thresholds were set by hand in model.yaml." in card_of(evaluation)


def test_an_experimental_model_is_marked(evaluation):
    assert "**Experimental**" in card_of(evaluation, experimental=True)
    assert "Experimental" not in card_of(evaluation)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a|b\n# <i>_c_</i>", "a\\|b \\# &lt;i&gt;\\_c\\_&lt;/i&gt;"),
        (3, "3"),
        ("[x](y) `z`", "\\[x\\](y) \\`z\\`"),
    ],
)
def test_no_value_becomes_markup(value, text):
    assert plain(value) == text
