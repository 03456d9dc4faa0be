"""The charts of the monitoring page."""

from forestall.evaluation.questions.drift import Drift, FamilyShift
from forestall.monitoring.page_charts import monitoring_charts
from made_monitoring import result, without_outcomes


def test_the_calibration_curve_counts_points_within_sampling_noise():
    calibration, distribution, families = monitoring_charts(result())
    assert calibration.text.startswith("1 of 2 points are within sampling noise")
    assert distribution.table.rows[1] == ["50.0\u00a0% to 100.0\u00a0%", "10.0\u00a0%", "20.0\u00a0%"]
    assert families.text.endswith("No family changed significantly.")


def test_significant_changes_are_named_and_coloured():
    shifts = [
        FamilyShift("service", 0.2, 0.1, 0.3),
        FamilyShift("customers_words", -0.3, -0.5, -0.1),
        FamilyShift("quality", 0, -1, 1),
    ]
    *_, families = monitoring_charts(result(drift=Drift([], shifts)))
    assert (
        families.text
        == "The mean log-odds changed by -0.10 in all. Significant: service and customers' words."
    )
    (points,) = families.spec["data"]
    assert dict(zip(points["y"], points["marker"]["color"], strict=True)) == {
        "service": "--alarm",
        "customers' words": "--alarm",
        "quality": "--model",
    }


def test_without_outcomes_the_distribution_takes_the_full_width():
    distribution, _ = monitoring_charts(result(**without_outcomes()))
    assert (distribution.key, distribution.is_wide) == ("distribution", True)
