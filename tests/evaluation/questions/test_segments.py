"""Segments: those with wrong risks are found, and exact risks seldom cause a false finding."""

import math

import numpy as np
import polars as pl
import pytest

from forestall.evaluation.questions.segments import segments, worst_first


def rows(n: int, seed: int = 0, **columns) -> pl.DataFrame:
    """Return interactions with exact risks."""
    rng = np.random.default_rng(seed)
    risk = rng.beta(1.2, 4, n)
    frame = pl.DataFrame(
        {
            "interaction_id": [f"i{i}" for i in range(n)],
            "customer_id": [f"c{i // 2}" for i in range(n)],
            "risk": risk,
            "label": (rng.random(n) < risk).astype(int),
        }
    )
    return frame.with_columns(**columns)


def team(n_teams: int) -> pl.Expr:
    return pl.concat_str(pl.lit("t"), pl.int_range(pl.len()) % n_teams)


@pytest.mark.slow
def test_exact_risks_are_wrong_for_no_segment_in_nearly_all_seeds():
    named = [
        any(
            one.is_wrong
            for one in worst_first(segments(rows(3000, seed, team=team(10)), ["team"], n_resamples=40))
        )
        for seed in range(20)
    ]
    assert sum(named) <= 3


def test_the_segment_with_wrong_risks_comes_first():
    spoilt = rows(4000, team=team(8)).with_columns(
        risk=pl.when(pl.col("team") == "t3").then(pl.col("risk") * 0.4).otherwise("risk")
    )
    found = segments(spoilt, ["team"], n_resamples=40)["team"]
    assert found[0].name == "t3"
    assert [one.name for one in found if one.is_wrong] == ["t3"]
    assert found[0].gap_high < 0  # the risks are too low
    assert found[0].gap == pytest.approx(found[0].mean_risk - found[0].base_rate)


def test_a_segment_with_a_bad_ranking_is_found():
    rng = np.random.default_rng(1)
    frame = rows(6000, team=team(4))
    shuffled = frame.with_columns(shuffled=pl.Series(rng.permutation(frame["risk"].to_numpy())))
    spoilt = shuffled.with_columns(risk=pl.when(pl.col("team") == "t0").then("shuffled").otherwise("risk"))
    (worst, *others) = segments(spoilt, ["team"], n_resamples=80)["team"]
    assert (worst.name, worst.is_wrong) == ("t0", True)
    assert worst.auc_high < min(one.auc for one in others)
    assert worst.is_misranked
    assert worst.auc_promised > worst.auc_high


def test_small_segments_come_last_and_are_not_tested():
    frame = rows(1000).with_columns(
        team=pl.when(pl.int_range(pl.len()) < 40).then(pl.lit("few")).otherwise(pl.lit("many"))
    )
    many, few = segments(frame, ["team"], n_resamples=20)["team"]
    assert (many.name, few.name, few.is_small) == ("many", "few", True)
    assert math.isnan(few.p_adjusted)
    assert not few.is_wrong


def test_segments_that_were_never_learnt_from_are_marked():
    frame = rows(900, team=team(3), empty=pl.lit(None, pl.String))
    found = segments(frame, ["team", "empty"], seen={"team": ["t0", "t1"]}, n_resamples=10)
    assert {one.name for one in found["team"] if one.is_unseen} == {"t2"}
    assert "empty" not in found


def test_a_segment_of_similar_customers_is_not_wrong():
    """Exact risks have a lower AUC in such a segment, but no lower than expected."""
    named = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        alike = rng.beta(6, 30, 2000)
        risk = pl.Series(np.concatenate([alike, rng.beta(0.6, 3, 2000)]))
        frame = rows(4000, seed).with_columns(
            risk=risk, label=pl.Series((rng.random(4000) < risk.to_numpy()).astype(int)),
            group=pl.Series(["alike"] * 2000 + ["unlike"] * 2000),
        )  # fmt: skip
        found = {one.name: one for one in segments(frame, ["group"], n_resamples=80)["group"]}
        assert found["unlike"].auc > found["alike"].auc + 0.1
        assert found["alike"].auc_promised == pytest.approx(found["alike"].auc, abs=0.06)
        named.append(any(one.is_wrong for one in found.values()))
    assert sum(named) <= 2


@pytest.mark.slow
def test_a_small_segment_without_dissatisfied_customers_proves_nothing():
    """With exact risks of 6 %, sometimes none of 22 customers is dissatisfied."""
    held = []
    for seed in range(200):
        label = np.random.default_rng(seed).random(22) < 0.06
        frame = rows(22, seed).with_columns(
            risk=pl.lit(0.06), label=pl.Series(label.astype(int)), team=pl.lit("t")
        )
        (one,) = segments(frame, ["team"])["team"]
        held.append(one.gap_low <= 0 <= one.gap_high)
    assert np.mean(held) > 0.9
