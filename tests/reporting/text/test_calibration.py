"""Sentences on calibration, intervals and label noise."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from forestall.reporting.text import calibration

NOISE = {"n_pairs": 200, "differ": 0.2, "share": 0.9, "share_low": 0.7, "share_high": 1.1, "true_share": 0.95}


def with_noise(evaluation, noise):
    return replace(evaluation, certainty=replace(evaluation.certainty, noise=noise))


@pytest.mark.parametrize(
    ("error", "verdict"), [(0.02, "within sampling noise"), (0.05, "more than sampling noise")]
)
def test_the_calibration_error_is_compared_with_sampling_noise(evaluation, error, verdict):
    overall = evaluation.overall | {"calibration_error": error, "calibration_error_perfect_high": 0.03}
    text = calibration.calibration(replace(evaluation, overall=overall))
    assert verdict in text
    assert f"differ by {100 * error:.1f} percentage points" in text
    assert "up to 3.0 points" in text


def test_points_within_the_band_are_counted():
    curve = {"low": [0.0, 0.2], "rate": [0.1, 0.5], "high": [0.2, 0.4]}
    assert calibration.points_in_noise(curve, curve).startswith("2 of 4 points are within sampling noise")


def test_the_coverage_of_the_intervals_is_given_for_bins_and_true_risks(evaluation):
    found = evaluation.certainty.coverage
    text = calibration.coverage(evaluation)
    assert f"In {round(10 * found.bin_share)} of 10 bins" in text
    assert f"{100 * found.share:.0f}\u00a0% are inside the 90\u00a0% interval" in text
    assert calibration.coverage(replace(evaluation, certainty=None)) == ""


def test_label_noise_is_a_share_of_the_error_of_at_most_all(evaluation):
    text = calibration.label_noise(with_noise(evaluation, SimpleNamespace(**NOISE)))
    assert "90\u00a0% of the remaining error is label noise, which no model can avoid" in text
    assert "(70\u00a0% to 100\u00a0%)" in text
    assert "by the true risks of these simulated data it is 95\u00a0%" in text


def test_pairs_that_differ_more_than_the_model_errs_give_no_limit(evaluation):
    text = calibration.label_noise(with_noise(evaluation, SimpleNamespace(**NOISE | {"share_low": 1.0})))
    assert "gives no lower limit of the error" in text
    assert calibration.label_noise(with_noise(evaluation, None)) == ""
