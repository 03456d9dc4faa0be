import numpy as np
import polars as pl

from forestall.evaluation.effects.design_checks import STRICT, balance, ledger_checks, sample_ratio
from forestall.evaluation.effects.trial import Trial


def trial_of(treated: np.ndarray, held_out: float = 0.2) -> Trial:
    return Trial.of(np.zeros(len(treated)), treated, probability=np.where(treated, 1 - held_out, held_out))


def test_arms_as_designed_pass_and_a_lost_part_of_an_arm_fails() -> None:
    rng = np.random.default_rng(0)
    treated = rng.random(5000) >= 0.2
    assert sample_ratio(trial_of(treated)).passed
    lost = treated | (rng.random(5000) < 0.7)
    kept = trial_of(treated[lost])
    assert not sample_ratio(kept).passed


def test_false_alarms_are_as_rare_as_the_level_says() -> None:
    rng = np.random.default_rng(1)
    alarms = [not sample_ratio(trial_of(rng.random(400) >= 0.2)).passed for _ in range(1000)]
    assert np.mean(alarms) <= 6 * STRICT


def test_customers_count_once() -> None:
    treated = np.repeat(np.random.default_rng(2).random(100) >= 0.2, 50)
    repeated = Trial.of(
        np.zeros(5000),
        treated,
        probability=np.where(treated, 0.8, 0.2),
        customer=np.repeat(np.arange(100), 50),
    )
    assert sample_ratio(repeated).passed
    assert "of 100 customers" in sample_ratio(repeated).says


def test_an_arm_of_riskier_customers_is_found_and_named() -> None:
    rng = np.random.default_rng(3)
    treated = rng.random(3000) >= 0.2
    risk, channel = rng.random(3000), rng.random(3000) < 0.5
    figures = {"risk": risk, "channel: phone": channel.astype(float)}
    assert balance(trial_of(treated), figures).passed
    figures["risk"] = risk + 0.1 * treated
    found = balance(trial_of(treated), figures)
    assert not found.passed
    assert "risk" in found.says


def test_the_ledger_tells_what_is_missing_and_what_should_not_be() -> None:
    entries = pl.DataFrame(
        {
            "customer": ["a", "b", "c", "c", "d"],
            "is_treated": [True, True, True, False, False],
            "result": ["reached", None, "not_reached", None, "reached"],
            "done_at": [None] * 5,
        }
    )
    found = {one.check: one for one in ledger_checks(entries)}
    assert found["ledger_complete"].figure == 1 / 3
    assert found["no_contact_in_holdout"].figure == 1
    assert found["one_arm_per_customer"].figure == 1
    assert not any(one.passed for one in found.values())
    assert [one.check for one in found.values() if one.invalidates] == ["one_arm_per_customer"]
