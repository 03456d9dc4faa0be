"""The gate lets nothing pass that is noise, too small, or worse than the champion."""

import numpy as np
import polars as pl
import pytest

from forestall.model.spec import Gate
from forestall.registry.gate import Check, GateResult, comparison_checks, data_checks

SEEDS = range(10)


def rows(seed: int, n: int = 1500, skill: float = 1.0) -> pl.DataFrame:
    """Give rows of a model with so much skill: 0 is noise that believes in itself."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=n)
    truth = 1 / (1 + np.exp(1.8 - skill * signal))
    return pl.DataFrame(
        {
            "interaction_id": [f"i{k}" for k in range(n)],
            "customer_id": [f"c{k // 2}" for k in range(n)],
            "label": (rng.uniform(size=n) < truth).astype(int),
            "risk": 1 / (1 + np.exp(1.8 - max(skill, 0.3) * signal)),
            "risk_base_rate": np.full(n, truth.mean()),
            "noise": 1 / (1 + np.exp(1.8 - rng.normal(size=n))),
        }
    )


def verdicts(checks: list[Check]) -> dict[str, bool]:
    return {check.check: check.passed for check in checks}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_model_with_skill_passes_and_noise_does_not(seed: int) -> None:
    assert all(check.passed for check in comparison_checks(rows(seed), None, seed))
    assert not all(check.passed for check in comparison_checks(rows(seed, skill=0), None, seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_worse_than_the_champion_fails_and_as_good_passes(seed: int) -> None:
    frame = rows(seed)
    worse = frame.with_columns(risk=(pl.col("risk") + pl.col("noise")) / 2)
    as_good = frame.with_columns(risk=(pl.col("risk") * 1.02).clip(0, 1))
    assert not verdicts(comparison_checks(worse, frame["risk"], seed))["gain_over_champion_high"]
    assert verdicts(comparison_checks(as_good, frame["risk"], seed))["gain_over_champion_high"]


def test_too_few_rows_are_not_compared() -> None:
    assert verdicts(comparison_checks(rows(1, n=60), None, 1)) == {
        "n_compared": False,
        "n_compared_dissatisfied": False,
    }


def test_rows_from_which_a_model_abstains_do_not_count() -> None:
    frame = rows(1).with_columns(risk=pl.when(pl.int_range(pl.len()) < 90).then("risk"))
    assert verdicts(comparison_checks(frame, None, 1))["n_compared"] is False


def test_small_and_experimental_versions_fail() -> None:
    gate = Gate(min_labelled=500, min_dissatisfied=200)
    assert verdicts(data_checks(gate, 500, 200, False)) == dict.fromkeys(
        ("is_experimental", "n_labelled", "n_dissatisfied"), True
    )
    assert verdicts(data_checks(gate, 499, 199, True)) == dict.fromkeys(
        ("is_experimental", "n_labelled", "n_dissatisfied"), False
    )


def test_a_result_says_each_check_with_figure_bound_and_verdict() -> None:
    result = GateResult("risk", "2", "1", tuple(data_checks(Gate(), 400, 300, False)), "rows")
    said = result.to_dict()
    assert (said["passed"], said["moved"], said["champion"]) == (False, False, "1")
    assert said["checks"][1] == {
        "check": "n_labelled",
        "figure": 400,
        "must": "be at least",
        "bound": 500,
        "passed": False,
    }
