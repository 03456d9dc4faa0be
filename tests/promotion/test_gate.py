"""The gate: a good version passes; noise, and versions trained or compared on too few labels, do not."""

import polars as pl
import pytest

from compared_risks import failed, moments
from forestall.model.spec import Gate
from forestall.promotion.gate import GateResult, comparison_checks, data_checks


@pytest.mark.parametrize("seed", range(10))
def test_a_first_model_with_skill_passes_and_noise_does_not(seed: int) -> None:
    assert all(check.passed for check in comparison_checks(moments(seed), Gate(), seed=seed))
    of_noise = {one.check: one for one in comparison_checks(moments(seed, skill=0), Gate(), seed=seed)}
    assert "gain_over_base_rate_low" in failed(of_noise)


def test_on_too_few_rows_only_the_number_of_rows_is_checked() -> None:
    checks = comparison_checks(moments(1, n=60), Gate())
    assert {check.check: check.passed for check in checks} == {
        "n_compared": False,
        "n_compared_dissatisfied": False,
    }


def test_rows_without_a_risk_do_not_count() -> None:
    rows = moments(1).with_columns(risk=pl.when(pl.int_range(pl.len()) < 90).then("risk"))
    checks = {check.check: check for check in comparison_checks(rows, Gate())}
    assert checks["n_compared"].figure == 90
    assert not checks["n_compared"].passed


def test_the_result_has_all_checks_and_the_reasons_of_the_failed_ones() -> None:
    result = GateResult("risk", "2", "1", tuple(data_checks(Gate(), 400, 300, False)), "rows")
    fields = result.to_dict()
    assert (fields["passed"], fields["moved"], fields["champion"]) == (False, False, "1")
    assert fields["checks"][1] == {
        "check": "n_labelled",
        "figure": 400,
        "must": "be at least",
        "bound": 500,
        "passed": False,
        "says": "400 labelled interactions in training",
    }
    assert fields["reasons"] == ["n_labelled must be at least 500: 400 labelled interactions in training"]
    assert result.summary()["gate"] == "not passed"
    assert [row["passed"] for row in result.summary()["checks"]] == ["yes", "NO", "yes"]
