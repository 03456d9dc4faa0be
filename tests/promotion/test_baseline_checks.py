"""The checks against simple methods: noise fails them, and who is refused is told how many labels would be needed."""

import math
import re

import numpy as np
import polars as pl
import pytest

from compared_risks import failed, moments
from forestall.evaluation.check import Check
from forestall.model.spec import Gate
from forestall.promotion.baseline_checks import baseline_checks, labels_needed, leak_notes, raw_notes
from forestall.promotion.gate import comparison_checks

SKILL = ("auc_low", "gain_over_base_rate_low", "gain_share")


def checks_of(rows: pl.DataFrame, gate: Gate | None = None, **more: int) -> dict[str, Check]:
    return {one.check: one for one in baseline_checks(rows, gate or Gate(), seed=7, **more)}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_skill_passes_and_noise_does_not(seed):
    assert not failed(checks_of(moments(seed)))
    assert failed(checks_of(moments(seed, skill=0))) & set(SKILL)


@pytest.mark.slow
def test_a_gain_that_is_certain_but_tiny_is_refused():
    """Many rows make a gain of a thousandth certain: it is still not worth having, unless the gate says so."""
    rng = np.random.default_rng(1)
    n = 12_000
    risk = np.where(np.arange(n) % 2 == 0, 0.27, 0.33)
    rows = pl.DataFrame(
        {
            "interaction_id": [f"i{k}" for k in range(n)],
            "customer_id": None,
            "is_last": True,
            "label": (rng.uniform(size=n) < risk).astype(int),
            "risk": risk,
            "risk_base_rate": 0.3,
        },
        schema_overrides={"customer_id": pl.String},
    )
    assert failed(checks_of(rows)) == {"gain_share"}
    assert not failed(checks_of(rows, Gate(min_gain=0.001)))
    assert "of its log-loss of 0.6" in checks_of(rows)["gain_share"].says


def test_a_ranking_that_may_be_chance_is_refused():
    """The lower end of the AUC's interval must be above 0.5, at the last moments."""
    rows = moments(3, n=200)
    noise = moments(3, n=200, skill=0)
    assert checks_of(rows)["auc_low"].figure > 0.5
    chance = checks_of(noise)["auc_low"]
    assert chance.figure < 0.5
    both = pl.concat([noise, rows.with_columns(is_last=pl.lit(False))])
    assert checks_of(both)["auc_low"].figure == chance.figure


def test_who_is_refused_is_told_how_many_more_labels_would_be_needed():
    told = []
    for seed in range(4):
        checks = checks_of(moments(seed, n=150, skill=0), n_labelled=750)
        told += [
            checks[name].why for name in ("auc_low", "gain_over_base_rate_low") if not checks[name].passed
        ]
    assert len(told) > 4
    assert all(
        re.search(r"about [\d,]+ more labels would be needed|no number of labels", why) for why in told
    )


@pytest.mark.parametrize(
    ("figure", "low", "expected"),
    [
        (0.52, 0.48, "; about 3,000 more labels would be needed (an estimate from how the interval narrows)"),
        (0.6, 0.5, "; about 10 more labels would be needed (an estimate from how the interval narrows)"),
        (0.6, 0.51, ""),
        (0.501, 0.45, "; more than 100 times as many labels would be needed (an estimate)"),
        (0.5, 0.45, "; the estimate itself is not above 0.5, so no number of labels can be told"),
        (float("nan"), float("nan"), "; the estimate itself is not above 0.5, so no number of labels can be told"),
    ],
)  # fmt: skip
def test_the_estimate_of_labels(figure, low, expected):
    """Four times the labels halve the interval."""
    assert labels_needed(figure, low, 0.5, 1000) == expected


def test_the_gate_has_these_checks():
    names = [check.check for check in comparison_checks(moments(1), Gate(), n_labelled=15_000)]
    assert [name for name in names if name in SKILL] == list(SKILL)


@pytest.mark.parametrize(("raw", "side"), [("worse_risk", "better by"), ("risk", "worse by")])
def test_the_gain_over_raw_columns_is_shown_and_not_demanded(raw, side):
    rows = moments(1)
    own = "risk" if raw == "worse_risk" else "worse_risk"
    rows = rows.with_columns(risk=own, risk_raw=raw)
    (note,) = raw_notes(rows, seed=7)
    assert side in note
    assert note.endswith("compared with LightGBM's defaults on the raw columns; this is shown, not demanded")
    assert not [name for name in checks_of(rows) if "raw" in name]
    assert raw_notes(rows.drop("risk_raw"), seed=7) == raw_notes(rows.head(0), seed=7) == ()


def test_a_version_as_good_as_a_logistic_regression_passes():
    """Whichever of the two is better by chance."""
    rng = np.random.default_rng(3)
    rows = moments(2)
    noise = pl.Series(rng.normal(0, 0.05, rows.height)).exp()
    other = rows.with_columns(risk_logistic=pl.col("risk") * noise)
    turned = other.with_columns(risk="risk_logistic", risk_logistic="risk")
    gains = [checks_of(one)["gain_over_logistic_high"] for one in (other, turned)]
    assert all(one.passed for one in gains)


def test_rows_of_one_customer_have_no_interval_and_say_so():
    """They do not pass, and nothing is said of figures that are not there."""
    checks = checks_of(moments(3, n=200).with_columns(customer_id=pl.lit("guest")))
    assert {"auc_low", "gain_over_base_rate_low"} <= failed(checks)
    said = [one.says for one in checks.values() if math.isnan(one.figure)]
    assert len(said) >= 2
    assert all("(no interval: the rows are of one customer)" in one for one in said)
    assert not any("nan" in one.says or "estimate itself" in one.says for one in checks.values())


def test_what_may_be_known_only_with_the_label_is_told_at_the_gate():
    assert leak_notes({}) == leak_notes({"forestall.leaks": ""}) == ()
    (note,) = leak_notes({"forestall.leaks": "column nps: AUC alone 1.00"})
    assert note.startswith(
        "possible target leakage, so that all figures may be too good: column nps: AUC alone 1.00;"
    )
