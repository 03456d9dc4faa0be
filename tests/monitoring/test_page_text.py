"""The sentences of the monitoring page."""

from dataclasses import replace

import pytest

from forestall.evaluation.questions.drift import Drift
from forestall.monitoring import page_text
from made_monitoring import LISTED, check, feature, result, without_outcomes

RETRAIN = check("auc_short", passed=False)
REPAIR = check("facts_vanished", passed=False, calls_for="repair", finding="no longer recorded: x (9% of it)")


@pytest.mark.parametrize(
    ("found", "headline"),
    [
        (result(RETRAIN, REPAIR), "The model should be retrained."),
        (result(REPAIR), "Facts are missing from the data: repair the data before using the risks."),
        (result(), "The observed outcomes agree with the expected ones: keep the model."),
        (result(**without_outcomes()), "No check failed, but there are too few outcomes to be certain."),
    ],
)
def test_the_headline_is_the_verdict(found, headline):
    assert page_text.headline(found) == headline


def test_the_basis_counts_interactions_and_known_outcomes():
    text = page_text.basis(result())
    assert text.startswith(
        "1\u2009000 new interactions (2026\u201101\u201101 to 2026\u201106\u201130) compared with"
    )
    assert "The outcome of 400 new interactions is known; 60 of them" in text
    assert "No outcome of a new interaction is known yet." in page_text.basis(result(**without_outcomes()))
    one = result(current=replace(result().current, n=1, begins="", ends=""))
    assert page_text.basis(one).startswith("1 new interaction compared with")


def test_what_to_do_follows_from_the_failed_checks():
    assert page_text.to_do(result()) == ""
    assert page_text.to_do(result(REPAIR)).startswith("Find out when and why the facts were lost")
    assert page_text.to_do(result(RETRAIN)).startswith("Train on newer data.")
    assert "Repair the data first" not in page_text.to_do(result(RETRAIN))
    assert "Repair the data first" in page_text.to_do(result(RETRAIN, REPAIR))
    assert page_text.to_do(result(RETRAIN, **without_outcomes())).startswith("Do not rely on the risks")


@pytest.mark.parametrize(
    ("failed", "words"),
    [
        ("calibration_error", "differ by 8.0 percentage points on average; the threshold is 5.0."),
        (
            "mean_risk_off",
            "The risks are too low: the expected rate is 14.0\u00a0%, and the observed rate is 15.0\u00a0%.",
        ),
        ("auc_short", "The risks rank customers worse than expected. The observed AUC is 0.78"),
        ("drift_weight", "Important features have drifted from the reference."),
        ("risk_moved", "The mean risk is 15.0\u00a0%; it was 14.0\u00a0% in the reference."),
        ("promised_auc_lost", "The risks imply an AUC of 0.79; it was 0.80 in the reference."),
    ],
)
def test_the_reason_of_a_failed_check_has_its_figures(failed, words):
    assert words in page_text.reason(result(), check(failed, passed=False))


def test_the_reason_of_other_checks_is_their_finding():
    assert page_text.reason(result(), REPAIR) == "No longer recorded: x (9\u00a0% of it)."


def test_findings_leave_out_reasons_of_failed_checks():
    assert set(page_text.findings(result())) == {
        "Observed rate",
        "Ranking",
        "Feature drift",
        "Mean risk",
        "Expected AUC",
    }
    assert "Ranking" not in page_text.findings(result(RETRAIN))
    assert "Contact list" in page_text.findings(result(listed=LISTED))
    assert {"Observed rate", "Ranking"}.isdisjoint(page_text.findings(result(**without_outcomes())))


def test_the_observed_rate_is_compared_with_sampling_noise():
    assert "within sampling noise" in page_text.findings(result())["Observed rate"]
    outcome = result().outcome
    far = result(outcome=replace(outcome, metrics=outcome.metrics | {"base_rate": 0.2}))
    assert "larger than sampling noise, but below the threshold" in page_text.findings(far)["Observed rate"]


def test_drifted_features_are_named_by_weight():
    names = ("a", "b", "c", "d")
    drifted = [feature(name, 0.3, weight) for name, weight in zip(names, (0.1, 0.4, 0.2, 0.05), strict=True)]
    text = page_text.findings(result(drift=Drift([*drifted, feature("e", 0.05, 0.2)], [])))["Feature drift"]
    assert text == (
        "4 of 5 features have drifted: “b of it”, “c of it” and “a of it” and 1 more. Their share of the contributions "
        "to the risk is 75\u00a0%."
    )
    assert page_text.findings(result())["Feature drift"] == "None of the 1 features has drifted."
