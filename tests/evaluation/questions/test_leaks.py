"""Leaks: columns that predict too well, are filled mostly for rated rows, or come with the rating."""

import math

import numpy as np
import polars as pl
import pytest

from forestall.evaluation.questions.leaks import leaks, single_column_auc

N = 3000


@pytest.fixture(scope="module")
def rows() -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """Return columns, whether each row is rated, and labels; the risk depends on `wait` alone."""
    rng = np.random.default_rng(0)
    wait = rng.normal(size=N)
    bad = rng.random(N) < 1 / (1 + np.exp(1.5 - wait))
    rated = rng.random(N) < 0.5
    said = np.where(
        bad,
        rng.choice(["very bad", "awful", "it was bad"], N),
        rng.choice(["good", "thanks a lot", "fine"], N),
    )
    number = pl.Series(range(N)).cast(pl.String)
    columns = pl.DataFrame(
        {
            "wait": wait,
            "noise": rng.normal(size=N),
            "city": rng.choice(["a", "b", "c"], N),
            "code": np.where(bad, rng.choice([7.0, 8.0], N), rng.choice([1.0, 7.0], N)),
            "remark": pl.Series(said) + " " + number,
            "survey": pl.Series(np.where(rated, 1.0, np.nan)),
            "often": pl.Series(np.where(rng.random(N) < 0.5, 1.0, np.nan)),
        }
    )
    return columns, rated, np.where(rated, bad, np.nan)


def found(rows, *names, **more):
    columns, rated, label = rows
    kinds = dict.fromkeys(names, "column")
    return {
        one.name: one
        for one in leaks(columns.select(names), rated, label, kinds=kinds, auc_of_model=0.73, **more)
    }


def test_each_leak_is_found_with_its_reason(rows):
    named = found(rows, "wait", "noise", "city", "code", "remark", "survey", "often", used=["code", "survey"])
    assert set(named) >= {"code", "survey", "remark"}
    assert named["code"].reasons == ("alone",)
    assert named["code"].auc > 0.8
    assert "AUC alone 0." in named["code"].why
    assert named["remark"].how == "words"
    assert named["survey"].reasons == ("filled",)
    assert (
        "filled in 100\u00a0% of rated, 0\u00a0% of other rows: check when it is known" in named["survey"].why
    )
    assert not {"noise", "city", "often"} & set(named)
    assert next(iter(named)) in ("code", "survey")  # the columns that the model uses come first


def test_only_what_the_model_uses_and_tells_the_label_nearly_for_certain_is_near_it(rows):
    columns, rated, label = rows
    again = pl.Series("again", np.where(np.isnan(label), np.nan, 5 - 4 * label))
    columns = columns.with_columns(again, unused=again)
    named = found((columns, rated, label), "code", "again", "unused", used=["code", "again"])
    assert {name: one.is_near_label for name, one in named.items()} == {
        "again": True, "unused": False, "code": False,
    }  # fmt: skip
    kinds = {"again": "feature"}
    (feature,) = leaks(columns.select("again"), rated, label, kinds=kinds, used=["again"])
    assert not feature.is_near_label


def test_a_strong_cause_is_no_leak(rows):
    columns, rated, label = rows
    auc = single_column_auc(columns["wait"].filter(pl.Series(rated)), label[rated])[0]
    assert 0.6 < auc < 0.9
    # the AUC of the model is higher than that of the column
    assert leaks(columns.select("wait"), rated, label, kinds={"wait": "feature"}, auc_of_model=0.9) == []


def test_a_column_that_comes_with_the_rating_is_late(rows):
    assert found(rows, "often", late={"often": 0.95})["often"].reasons == ("late",)
    assert found(rows, "often", late={"often": 0.2}) == {}


def test_too_few_rows_show_no_leak(rows):
    columns, rated, label = (one[:60] for one in rows)
    assert (
        leaks(columns, rated, label, kinds=dict.fromkeys(columns.columns, "column"), auc_of_model=0.7) == []
    )
    assert math.isnan(single_column_auc(columns["wait"], np.zeros(60))[0])
