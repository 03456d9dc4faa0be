"""An evaluation: all figures, and none that the rows do not define."""

import json
import math
import re

import numpy as np
import polars as pl
import pytest

from forestall.errors import InputError
from forestall.evaluation import evaluate
from forestall.evaluation.metrics import risk_metrics
from forestall.moment_features.stage import STAGES

N = 60  # resamples


@pytest.fixture(scope="module")
def evaluation(frame):
    return evaluate(frame, segments=["channel"], n_resamples=N)


def test_the_overall_figures_are_those_of_the_last_moments(evaluation, frame):
    last = frame.filter("is_last")
    assert evaluation.overall == risk_metrics(last["label"], last["risk"])
    assert evaluation.moments["n"] == 4 * evaluation.overall["n"]
    assert evaluation.moments["auc"] < evaluation.overall["auc"]


def test_stages_are_in_their_order_and_the_auc_rises(evaluation):
    assert [cell.name for cell in evaluation.stages] == list(STAGES)
    known = {cell.name: cell for cell in evaluation.stages}
    assert known["arrived"].auc == 0.5
    assert known["served"].auc <= known["closed"].auc
    assert known["greeted"].n == 0
    assert known["greeted"].is_small
    assert math.isnan(known["greeted"].auc)


def test_a_small_segment_has_no_figures(evaluation):
    phone, letter = evaluation.segments["channel"]
    assert (phone.name, letter.name) == ("phone", "letter")
    assert letter.n == 40
    assert letter.is_small
    assert math.isnan(letter.log_loss)
    assert not phone.is_small


def test_rare_segments_are_one_segment(frame):
    rare = frame.with_columns(team=pl.col("interaction_id").str.slice(-2))
    cells = evaluate(rare, segments=["team"], n_resamples=2).segments["team"]
    assert sum(cell.name == "all others" for cell in cells) == 1
    assert sum(cell.n for cell in cells) == frame["is_last"].sum()


def test_the_true_risk_is_exact(evaluation):
    assert evaluation.truth["auc_share"] == pytest.approx(1)
    assert evaluation.truth["calibration_error"] == 0
    assert evaluation.truth["interval_coverage"] == 1


def test_the_true_risk_is_better_than_all_baselines(evaluation):
    assert list(evaluation.baselines) == ["base_rate", "logistic", "rule"]
    for name in ("base_rate", "rule"):
        assert evaluation.baselines[name].gains["log_loss"].low > 0
    assert "Not compared with: raw, wait" in " ".join(evaluation.notes)


def test_metrics_have_flat_names_that_mlflow_accepts(evaluation):
    flat = evaluation.metrics()
    assert {"auc", "auc_low", "moments/auc", "baseline/rule/log_loss", "gain/rule/log_loss_low"} <= set(flat)
    assert {"stage/closed/auc", "truth/auc_share", "capture_at_10", "lift_at_01"} <= set(flat)
    assert all(re.fullmatch(r"[a-z0-9_./]+", name) for name in flat)
    assert all(isinstance(value, float) and math.isfinite(value) for value in flat.values())


def test_all_fields_are_json(evaluation):
    content = json.loads(evaluation.to_json())
    assert content["overall"]["auc"] == evaluation.overall["auc"]
    assert content["stages"][1]["auc"] is None
    assert content["baselines"]["rule"]["gains"]["log_loss"][0] > 0


def one_class(frame):
    return frame.with_columns(label=pl.lit(0))


def no_baselines(frame):
    return frame.select("interaction_id", "customer_id", "as_of", "stage", "is_last", "label", "risk")


def unrated_truth(frame):
    return frame.with_columns(true_risk=pl.lit(None, dtype=pl.Float64))


def abstained(frame):
    return frame.with_columns(risk=pl.lit(None, dtype=pl.Float64))


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.head(0),
        lambda f: f.tail(1),
        lambda f: f.head(1),
        one_class,
        no_baselines,
        unrated_truth,
        abstained,
    ],
)
def test_degenerate_rows_are_evaluated(frame, change):
    evaluation = evaluate(
        change(frame.head(4 * 50).vstack(frame.tail(50))), segments=["stage"], n_resamples=5
    )
    assert "NaN" not in evaluation.to_json()
    assert all(math.isfinite(value) for value in evaluation.metrics().values())
    assert evaluation.notes


def test_abstentions_are_counted_and_no_figure_includes_them(frame):
    is_first = pl.col("interaction_id").is_in(["i0", "i1", "i2"])
    rows = frame.with_columns(risk=pl.when(is_first).then(None).otherwise("risk"))
    evaluation = evaluate(rows, n_resamples=2)
    assert evaluation.overall["n"] == frame["is_last"].sum() - 3
    assert "The model abstained from 3 interactions; no figure includes them." in evaluation.notes


def test_a_missing_column_is_named(frame):
    with pytest.raises(InputError, match="must have the column risk; it is missing, did you mean"):
        evaluate(frame.rename({"risk": "risks"}))
    with pytest.raises(InputError, match="column label must be 0 or 1"):
        evaluate(frame.with_columns(label=pl.lit(2)))


def test_a_note_says_if_the_model_is_not_better_than_raw_columns(frame):
    worse = frame.with_columns(risk_raw=0.5 * pl.col("risk") + 0.5 * pl.col("risk").mean())
    same = frame.with_columns(risk_raw="risk")
    notes = [" ".join(evaluate(one, n_resamples=50).notes) for one in (worse, same)]
    assert ["defaults on the raw columns" in one for one in notes] == [False, True]
    assert "the gain in log-loss is 0.0000" in notes[1]


def test_the_held_out_count_for_those_who_were_contacted():
    """The riskier half is offered; three of four are contacted and unlabelled, so each held-out one counts for four."""
    rng = np.random.default_rng(8)
    n = 4000
    risk = np.where(np.arange(n) < n / 2, 0.6, 0.1)
    label = rng.random(n) < risk
    is_held = (risk > 0.5) & (rng.random(n) < 0.25)
    rows = pl.DataFrame(
        {
            "interaction_id": [f"i{k}" for k in range(n)], "customer_id": [f"c{k}" for k in range(n)],
            "as_of": 0, "stage": "closed", "is_last": True, "label": label.astype(int), "risk": risk,
            "weight": np.where(is_held, 2.0, 0.5), "holdout_weight": np.where(is_held, 4.0, 1.0),
            "channel": "phone",
        }
    )  # fmt: skip
    seen = rows.filter(pl.Series((risk < 0.5) | is_held))
    every, honest, naive = (
        evaluate(one, ["channel"], n_resamples=N)
        for one in (rows.drop("holdout_weight"), seen, seen.drop("holdout_weight"))
    )
    assert honest.overall["base_rate"] == pytest.approx(every.overall["base_rate"], abs=0.02)
    assert honest.overall["auc"] == pytest.approx(every.overall["auc"], abs=0.02)
    assert naive.overall["base_rate"] < every.overall["base_rate"] - 0.1
    low, high = honest.intervals["base_rate"]
    assert low < honest.overall["base_rate"] < high
    (segment,) = honest.segments["channel"]
    assert segment.base_rate == pytest.approx(honest.overall["base_rate"])
    assert not segment.is_wrong
