"""The result of monitoring: its verdict and its figures."""

import pytest

from made_monitoring import check, result, without_outcomes

RETRAIN = check("auc_short", passed=False, finding="it fell")
REPAIR = check("facts_vanished", passed=False, calls_for="repair")


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        ([], "nothing is due"),
        ([check("auc_short")], "nothing is due"),
        ([RETRAIN, REPAIR], "retraining is due"),
        ([REPAIR], "a repair of the data is due"),
    ],
)
def test_the_verdict_follows_from_the_failed_checks(checks, verdict):
    assert result(*checks).verdict == verdict


def test_reasons_name_check_threshold_and_finding():
    assert result(RETRAIN, check("unknown_share")).reasons == ["auc_short must be at most 0.05: it fell"]


def test_metrics_are_finite_numbers():
    metrics = result().metrics()
    assert metrics["realised/auc"] == 0.78
    assert metrics["promised/auc"] == 0.79
    assert metrics["current/mean_risk"] == 0.15
    assert metrics["unknown/venue"] == 0.1
    assert "realised/auc" not in result(**without_outcomes()).metrics()


def test_the_dictionary_has_the_verdict_and_all_fields():
    content = result(REPAIR).to_dict()
    assert (content["retraining_due"], content["repair_due"]) == (False, True)
    assert content["checks"][0]["calls_for"] == "repair"
    assert content["reference"]["n"] == 5000
