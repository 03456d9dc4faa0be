"""Checks in words."""

from forestall.evaluation.check import Check, MonitoringCheck


def test_a_check_tells_its_threshold_and_its_finding():
    check = Check("slowdown", 2.25, "be at most", 1.5, False, "20 ms, the champion 9 ms")
    assert check.why == "slowdown must be at most 1.5: 20 ms, the champion 9 ms"


def test_a_check_of_monitoring_calls_for_retraining_unless_it_says_otherwise():
    assert MonitoringCheck("auc_short", 0.1, "be at most", 0.05, False).calls_for == "retraining"
