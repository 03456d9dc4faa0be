"""The checks of monitoring: what fails, and what it calls for."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from forestall.evaluation.questions.drift import Drift
from forestall.model.spec import Gate
from forestall.monitoring.missing_facts import Fact
from forestall.monitoring.verdict import Evidence, has_enough_outcomes, lost_fact_checks, monitoring_checks
from made_monitoring import feature

GATE = Gate(min_compared=300, min_compared_dissatisfied=30)
OK = {"ok": 1.0}


def rated(n: int = 2000, *, is_reversed: bool = False, seed: int = 1) -> pl.DataFrame:
    """Return interactions whose labels are drawn by their risks, or by the opposite of them."""
    rng = np.random.default_rng(seed)
    risk = rng.uniform(0.02, 0.5, n)
    label = rng.random(n) < (1 - risk if is_reversed else risk)
    names = [f"i{place}" for place in range(n)]
    return pl.DataFrame(
        {"interaction_id": names, "customer_id": names, "label": label.astype(int), "risk": risk}
    )


def evidence(**changes) -> Evidence:
    figures = {
        "rated": rated(0),
        "n_now": 1000,
        "chance": SimpleNamespace(auc_lost=0.01, moved=0.05),
        "promised_before": 0.8,
        "promised_now": 0.79,
        "drift": Drift([feature("wait", 0.05, 0.4)], []),
        "risk_moved": 0.1,
        "unknown": {"venue": 0.0, "channel": 0.0},
        "quality_before": OK,
        "quality_now": OK,
        "lost_facts": [],
    }
    return Evidence(**(figures | changes))


def failed(found: Evidence) -> dict[str, str]:
    """Return the failed checks, and what each calls for."""
    return {one.check: one.calls_for for one in monitoring_checks(found, GATE, seed=7) if not one.passed}


def names(found: Evidence) -> set[str]:
    return {one.check for one in monitoring_checks(found, GATE, seed=7)}


def test_nothing_fails_while_nothing_changes():
    assert failed(evidence()) == {}
    assert failed(evidence(rated=rated())) == {}


def test_outcomes_decide_if_there_are_enough():
    assert {"calibration_error", "mean_risk_off", "auc_short"} <= names(evidence(rated=rated()))
    assert "drift_weight" not in names(evidence(rated=rated()))
    assert "drift_weight" in names(evidence(rated=rated(100)))


def test_outcomes_that_disagree_call_for_retraining():
    assert failed(evidence(rated=rated(is_reversed=True))) == dict.fromkeys(
        ("calibration_error", "mean_risk_off", "auc_short"), "retraining"
    )


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"drift": Drift([feature("wait", 0.3, 0.4)], [])}, "drift_weight"),
        ({"risk_moved": -0.4}, "risk_moved"),
        ({"promised_now": 0.7}, "promised_auc_lost"),
        ({"unknown": {"venue": 0.5, "channel": 0.0}}, "unknown_share"),
    ],
)
def test_drift_without_outcomes_calls_for_retraining(changes, name):
    assert failed(evidence(**changes)) == {name: "retraining"}


def test_drift_is_not_tested_on_a_few_days():
    moved = Drift([feature("wait", 0.3, 0.4)], [])
    assert failed(evidence(drift=moved, n_now=199)) == {}
    assert failed(evidence(drift=moved, n_now=200)) == {"drift_weight": "retraining"}


def test_risks_that_are_all_equal_have_no_expected_auc_to_lose():
    assert failed(evidence(promised_now=float("nan"))) == {}


def test_while_facts_are_lost_everything_calls_for_repair():
    lost = {"quality_now": {"ok": 0.5, "partial": 0.5}, "risk_moved": 0.9, "promised_now": 0.5}
    assert failed(evidence(**lost)) == dict.fromkeys(
        ("risk_moved", "promised_auc_lost", "partial_share"), "repair"
    )


def test_outcomes_without_missing_facts_call_for_retraining_while_facts_are_lost():
    partial = {"quality_now": {"ok": 0.5, "partial": 0.5}, "rated": rated(is_reversed=True)}
    assert failed(evidence(**partial))["auc_short"] == "retraining"
    # an event that is no longer recorded leaves no gap: any of these risks may be wrong for that reason
    gone = [Fact("events 'greeted'", 0.8, 0.0)]
    assert failed(evidence(**partial, lost_facts=gone))["auc_short"] == "repair"


def test_thresholds_are_never_tighter_than_sampling_noise():
    """One of ten interactions without a fact is sampling noise; one hundred of a thousand is a loss."""
    few, many = (
        {one.check: one for one in lost_fact_checks(n, OK, {"partial": 0.1}, [])} for n in (10, 1000)
    )
    assert few["partial_share"].passed
    assert not many["partial_share"].passed


def test_vanished_facts_are_named_with_their_shares():
    check = lost_fact_checks(1000, OK, OK, [Fact("the column channel", 0.97, 0.01)])[0]
    assert (check.check, check.passed) == ("facts_vanished", False)
    assert check.says == "no longer recorded: the column channel (97% of the interactions, now 1%)"


def test_enough_outcomes_means_enough_expected_in_both_classes():
    assert has_enough_outcomes(rated(), GATE)
    assert not has_enough_outcomes(rated(299), GATE)
    certain = rated().with_columns(risk=pl.lit(0.999))
    assert not has_enough_outcomes(certain, GATE)
    # the observed outcomes do not count: they are what is tested
    assert has_enough_outcomes(rated().with_columns(label=pl.lit(0)), GATE)
