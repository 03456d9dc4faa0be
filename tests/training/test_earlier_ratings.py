"""Models of a company that asks twice know the earlier rating; of one that asks once nothing changes."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from companies import simulated
from forestall.data import Tables
from forestall.model import RiskModel, Spec
from forestall.model.families import ASKS_AGAIN
from forestall.moment_features.records_from_tables import records
from forestall.moment_features.state_columns import RATINGS
from holdouts import training_set

COLUMNS = {"resolution_rated_n", "resolution_rating_last"}
QUICK = {
    "name": "again",
    "label": {"scale": [1, 5], "dissatisfied_at_or_below": 2, "horizon_days": 30},
    "lightgbm": {"learning_rate": 0.2, "max_bin": 31},
    "privacy": {"least_customers": 1, "staff": True},
    "seed": 7,
}


@pytest.fixture(scope="module")
def once() -> Tables:
    return simulated(1500, seed=3)


@pytest.fixture(scope="module")
def twice(once: Tables) -> Tables:
    """Return the company with interactions that stay open, get a call, and are rated again, by most as before."""
    rng = np.random.default_rng(1)
    day = pl.duration(days=1)
    is_same = pl.Series(rng.random(once.feedback.height) < 0.9)
    other = pl.Series(rng.integers(1, 6, once.feedback.height).astype(float))
    rating = pl.when(is_same).then("rating").otherwise(other)
    second = once.feedback.with_columns(rating=rating, rated_at=pl.col("rated_at") + 2 * day)
    calls = once.feedback.select(
        "interaction_id", at=pl.col("rated_at") + day, kind=pl.lit("message"), actor=pl.lit("staff")
    )
    is_open = ~pl.col("kind").is_in(["closed", "abandoned"])
    events = pl.concat([once.events.filter(is_open), calls], how="diagonal")
    return Tables(once.interactions, events, pl.concat([once.feedback, second]), once.about)


@pytest.fixture(scope="module")
def model(twice: Tables) -> RiskModel:
    return training_set(twice, Spec.model_validate(QUICK)).judge(n_refits=0, with_baselines=False)[0]


def test_the_model_learns_from_the_earlier_rating(model: RiskModel, twice: Tables) -> None:
    assert set(model.columns) >= COLUMNS
    moments = twice.feedback.group_by("interaction_id").agg(
        rated=pl.col("rating").first(), as_of=pl.col("rated_at").max() - pl.duration(microseconds=1)
    )
    bad = pl.col("rated") <= 2
    risks = moments.with_columns(risk=model.score(twice, moments=moments)["dissatisfaction_risk"])
    assert risks.filter(bad)["risk"].mean() > risks.filter(~bad)["risk"].mean() + 0.3  # type: ignore[operator]


def test_it_is_saved_and_read_with_these_features(model: RiskModel, twice: Tables, tmp_path) -> None:  # type: ignore[no-untyped-def]
    model.save(tmp_path)
    read = RiskModel.load(tmp_path)
    moments = twice.feedback.select("interaction_id", as_of="rated_at").head(20)
    assert read.score(twice, moments=moments).equals(model.score(twice, moments=moments), null_equal=True)


def test_a_record_scores_as_its_moment(model: RiskModel, twice: Tables) -> None:
    moments = twice.feedback.select("interaction_id", as_of=pl.col("rated_at") + pl.duration(hours=30)).head(
        50
    )
    rows = model.score(records(twice, moments))
    expected = model.score(twice, moments=moments)
    assert np.array_equal(rows["dissatisfaction_risk"], expected["dissatisfaction_risk"])


LOST = "earlier_ratings is missing; the higher of two risks counts"


def days_after(tables: Tables) -> pl.DataFrame:
    """Return moments at which an interaction has a rating, and has been called since."""
    return tables.feedback.select("interaction_id", as_of=pl.col("rated_at") + pl.duration(hours=30)).head(50)


@pytest.mark.parametrize("blank", [None, "", "null", float("nan"), "missing"])
def test_a_record_that_does_not_say_how_it_was_rated_is_partial(
    model: RiskModel, twice: Tables, blank: object
) -> None:
    told = [
        {name: value for name, value in record.items() if name != RATINGS}
        | ({} if blank == "missing" else {RATINGS: blank})
        for record in records(twice, days_after(twice))
    ]
    lost = model.score(told, reasons=True)
    never = model.score([record | {RATINGS: []} for record in told], reasons=True)
    assert set(lost["data_quality"]) == {"partial"}
    assert all(LOST in [one["text"] for one in reasons] for reasons in lost["reasons"].to_list())
    assert (lost["dissatisfaction_risk"] >= never["dissatisfaction_risk"]).all()
    assert (lost["dissatisfaction_risk"] > never["dissatisfaction_risk"]).any()
    # an empty list says that nobody has rated it yet, as tables do
    assert set(never["data_quality"]) == {"ok"}
    # in a frame a record without the field has an empty cell beside one that has it
    mixed = pd.DataFrame([told[0], {**told[1], RATINGS: []}])
    assert model.score(mixed)["data_quality"].to_list() == ["partial", "ok"]


def test_batch_says_how_often_it_was_rated_even_if_nobody_was(model: RiskModel, twice: Tables) -> None:
    starts = twice.interactions.select(
        "interaction_id", as_of=pl.col("started_at") + pl.duration(hours=1)
    ).head(50)
    unrated = twice.replace(feedback=twice.feedback.clear())
    for tables in (twice, unrated):
        batch = model.score(tables, moments=starts)
        assert "partial" not in batch["data_quality"].to_list()
        assert batch.equals(model.score(records(tables, starts)), null_equal=True)


def test_a_model_of_a_company_that_asks_once_does_not_want_the_field(once: Tables) -> None:
    model = training_set(once, Spec.model_validate(QUICK)).judge(n_refits=0, with_baselines=False)[0]
    told = records(once, days_after(once))
    expected = model.score(told, reasons=True)
    assert "partial" not in expected["data_quality"].to_list()
    for ratings in (None, [{"rating": 1.0, "rated_at": told[0]["as_of"]}]):
        same = model.score([record | {RATINGS: ratings} for record in told], reasons=True)
        assert same.equals(expected, null_equal=True)


def test_who_asks_once_has_neither_features_nor_a_mark(once: Tables) -> None:
    work = training_set(once, Spec.model_validate(QUICK))
    assert not COLUMNS & set(work.rows.frame.columns)
    assert ASKS_AGAIN not in work.info


def test_beside_an_event_the_rating_is_an_outcome_too(twice: Tables) -> None:
    label = {"event": "complained", "horizon_days": 30}
    work = training_set(twice, Spec.model_validate({**QUICK, "label": label}))
    assert not COLUMNS & set(work.rows.frame.columns)
