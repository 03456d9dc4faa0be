"""The monitoring page: verdict, reasons, charts and tables in one file."""

import html

from forestall.monitoring.page import write_page
from made_monitoring import check, result, without_outcomes


def page_of(found, folder):
    return html.unescape(write_page(found, folder / "page.html").read_text(encoding="utf-8"))


def test_a_failed_check_is_named_with_what_to_do(tmp_path):
    found = result(check("mean_risk_off", passed=False), check("unknown_share"))
    page = page_of(found, tmp_path)
    assert "<h1>The model should be retrained.</h1>" in page
    assert 'id="reasons"' in page
    assert "FAILED" in page
    assert "There are enough outcomes to decide" in page


def test_without_a_failed_check_there_is_no_list_of_reasons(tmp_path):
    page = page_of(result(check("unknown_share")), tmp_path)
    assert 'id="reasons"' not in page
    assert "FAILED" not in page


def test_reference_and_current_data_are_compared_in_a_table(tmp_path):
    page = page_of(result(), tmp_path)
    assert '<th scope="row">interactions</th><td>5\u2009000</td><td>1\u2009000</td>' in page
    assert '<th scope="row">first start</th>' in page
    assert '<th scope="row">risk band high</th><td>30.0\u00a0%</td><td>30.0\u00a0%</td>' in page
    assert '<th scope="row">venue not in training</th><td></td><td>10.0\u00a0%</td>' in page


def test_a_page_without_outcomes_has_no_calibration_curve(tmp_path):
    page = page_of(result(**without_outcomes()), tmp_path)
    assert 'data-chart="calibration"' not in page
    assert 'data-chart="distribution"' in page
    assert "There are too few outcomes to decide" in page
    assert "nan" not in page.split("<script")[0]
