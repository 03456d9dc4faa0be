"""The risk model: batch, records, saved files, and what must not change a risk."""

import json

import numpy as np
import polars as pl
import pytest

import forestall
from forestall.errors import InputError, UsageError
from forestall.model import RiskModel, Spec
from forestall.model.spec import FAMILY_NAMES
from forestall.simulation import simulate_tables
from forestall.training.learn import TrainingResult, learn

SPEC = Spec(
    name="small",
    label={"scale": [1, 5], "dissatisfied_at_or_below": 2},
    moments={"per_interaction": 2},
    lightgbm={"learning_rate": 0.1, "num_leaves": 7},
    gate={"min_labelled": 100, "min_dissatisfied": 20},
)


def company(n: int, seed: int) -> forestall.Tables:
    frames = simulate_tables(n, seed=seed)
    frames.pop("truth")
    return forestall.Tables(**frames)


@pytest.fixture(scope="module")
def learnt() -> TrainingResult:
    return learn(company(3_000, 1), SPEC, n_jobs=2, evaluate=False)


@pytest.fixture(scope="module")
def model(learnt: TrainingResult) -> RiskModel:
    return learnt.model


@pytest.fixture(scope="module")
def new() -> forestall.Tables:
    return company(1_000, 2)


def moments_of(tables: forestall.Tables, n: int) -> pl.DataFrame:
    """Return moments spread over the lives of interactions, the default ones among them."""
    last = forestall.default_moments(tables)
    starts = tables.interactions.select("interaction_id", "started_at")
    share = pl.Series(np.random.default_rng(0).choice([0.0, 0.3, 0.7, 1.0], last.height))
    return (
        last.join(starts, on="interaction_id", maintain_order="left")
        .select(
            "interaction_id", as_of=pl.col("started_at") + (pl.col("as_of") - pl.col("started_at")) * share
        )
        .head(n)
    )


def test_a_risk_is_a_probability_within_its_interval(model, new):
    scores = model.score(new)
    assert scores.height == new.interactions.height
    assert scores["dissatisfaction_risk"].is_between(0, 1).all()
    assert (scores["risk_low"] <= scores["dissatisfaction_risk"]).all()
    assert (scores["dissatisfaction_risk"] <= scores["risk_high"]).all()
    assert scores["dissatisfaction_risk"].n_unique() > 500


def test_a_record_scores_as_its_moment_does_in_batch(model, new):
    moments = moments_of(new, 1_000)
    batch = model.score(new, moments=moments, reasons=True)
    records = json.loads(json.dumps(forestall.records(new, moments)))
    assert model.features(new, moments).equals(model.features(records), null_equal=True)
    assert batch.equals(model.score(records, reasons=True), null_equal=True)
    assert model.score(records[:1]).equals(
        batch.head(1).with_columns(model.score(records[:1])[:, 9:]), null_equal=True
    )


def test_a_rating_off_the_scale_is_missing_at_scoring_as_in_training(model, new):
    high = pl.when(pl.int_range(pl.len()) % 3 == 0).then(99.0).otherwise("rating")
    odd = new.replace(feedback=new.feedback.with_columns(rating=high))
    clean = odd.replace(feedback=odd.feedback.filter(pl.col("rating") <= 5))
    expected = model.score(clean)
    assert model.score(odd).equals(expected, null_equal=True)
    assert model.score(forestall.records(odd)).equals(expected, null_equal=True)
    assert not expected.equals(model.score(new), null_equal=True)


def test_moments_beside_records_are_refused(model, new):
    with pytest.raises(UsageError, match="its own as_of"):
        model.score(forestall.records(new)[:1], as_of="2026-01-01")


def test_records_of_real_tickets_score_as_their_moments_do(real_data, tmp_path):
    tables = forestall.import_records(
        "pipelines/mappings/deepcsat.yaml", [real_data / "deepcsat" / "tickets.csv"]
    )
    first = tables.interactions.head(6_000)
    tables = tables.replace(
        interactions=first,
        events=tables.events.join(first, on="interaction_id", how="semi"),
        feedback=tables.feedback.join(first, on="interaction_id", how="semi"),
    )
    spec = forestall.read_spec("models/deepcsat").model_copy(
        update={"lightgbm": {"learning_rate": 0.3, "max_bin": 31}}
    )
    model = learn(tables, spec, evaluate=False).model
    moments = forestall.default_moments(tables).sample(1_000, seed=1)
    batch = model.score(tables, moments=moments)
    one_by_one = model.score(forestall.records(tables, moments))
    assert batch["dissatisfaction_risk"].n_unique() > 300
    gap = (batch["dissatisfaction_risk"] - one_by_one["dissatisfaction_risk"]).abs().max()
    assert gap <= 1e-12


def test_contributions_add_up_to_the_log_odds(model, new):
    scores = model.score(new, reasons=True)
    told = scores.select(
        pl.sum_horizontal(f"contribution_{name}" for name in (*FAMILY_NAMES, "context", "base"))
    )
    features = model.features(new).select(list(model.columns))
    assert np.allclose(told.to_series(), model.estimator.decision_function(features), atol=1e-9)
    assert scores["reasons"].list.len().max() == 3
    assert scores["contribution_context"].abs().max() == 0


def test_without_reasons_there_are_none(model, new):
    scores = model.score(new)
    assert scores["reasons"].null_count() == scores["contribution_base"].null_count() == scores.height


def test_a_saved_model_scores_the_same(model, new, tmp_path):
    model.save(tmp_path)
    assert (
        RiskModel.load(tmp_path)
        .score(new, reasons=True)
        .equals(model.score(new, reasons=True), null_equal=True)
    )
    assert {path.suffix for path in tmp_path.iterdir()} == {".txt", ".json"}


def test_learning_twice_gives_the_same_model(learnt):
    again = learn(company(3_000, 1), SPEC, n_jobs=1, evaluate=False).model
    assert again.estimator.booster_.model_to_string() == learnt.model.estimator.booster_.model_to_string()
    assert again.facts == learnt.model.facts


def test_the_order_of_rows_changes_no_risk(model, new):
    shuffled = forestall.Tables(
        new.interactions.sample(fraction=1, shuffle=True, seed=1),
        new.events.sample(fraction=1, shuffle=True, seed=2),
        new.feedback.sample(fraction=1, shuffle=True, seed=3),
    )
    assert model.score(new).sort("interaction_id").equals(model.score(shuffled).sort("interaction_id"))


def test_renaming_customers_changes_no_risk(model, new):
    renamed = new.replace(interactions=new.interactions.with_columns("x" + pl.col("customer_id")))
    risks = "dissatisfaction_risk"
    assert model.score(new)[risks].equals(model.score(renamed)[risks])


@pytest.mark.parametrize("lost", ["customer_id", "venue", "channel", "events", "history", "queue", "locale"])
def test_a_field_left_out_never_lowers_the_risk(model, new, lost):
    records = forestall.records(new, forestall.default_moments(new).head(200))
    whole = model.score(records)
    less = [{key: value for key, value in record.items() if key != lost} for record in records]
    scores = model.score(less)
    if lost == "events":
        assert (scores["data_quality"] == "abstained").all()
        assert scores["dissatisfaction_risk"].null_count() == scores.height
        return
    # a record that is not partial lacks nothing that training always had
    unmarked = (scores["data_quality"] == "ok") & (whole["data_quality"] == "ok")
    assert scores.filter(~unmarked).height > 0 or lost in {"customer_id", "history"}
    both = model.features(less).select(list(model.columns))
    with_gaps, *_ = model.estimator.predict_encoded(model.estimator.encode(both))
    assert (scores["dissatisfaction_risk"].to_numpy() >= with_gaps - 1e-15).all()


def test_a_longer_wait_never_lowers_the_risk(model):
    start = "2026-03-02T09:00:00+00:00"
    arrived = {"at": start, "kind": "arrived", "actor": "customer"}
    waiting = [
        {
            "interaction_id": "w", "started_at": start, "channel": "in_store", "venue": "Leeds", "locale": "en-GB",
            "customer_id": "c", "history": [], "queue": {"n_waiting": 3, "n_served_first": 0, "mean_wait_s": 60.0},
            "events": [arrived], "as_of": f"2026-03-02T09:{minute:02d}:00+00:00",
        }
        for minute in range(0, 60, 5)
    ]  # fmt: skip
    risks = model.score(waiting)["dissatisfaction_risk"].to_list()
    assert risks[-1] > risks[0]


def test_bands_and_losses_follow_the_risk(model, new):
    scores = model.score(new)
    for name, low, high in (
        ("low", 0, 0.2),
        ("medium", 0.2, 0.4),
        ("high", 0.4, 0.7),
        ("critical", 0.7, 1.01),
    ):
        band = scores.filter(pl.col("risk_band") == name)["dissatisfaction_risk"]
        assert ((band >= low) & (band < high)).all()
    value = scores.join(new.interactions.select("interaction_id", "customer_value"), on="interaction_id")
    loss = value["dissatisfaction_risk"] * value["customer_value"]
    assert np.allclose(value["expected_loss"].to_numpy(), loss.to_numpy(), equal_nan=True)


def test_one_moment_for_all_open_interactions(model, new):
    as_of = new.interactions["started_at"].sort()[500]
    scores = model.score(new, as_of=as_of.isoformat())
    everyone = model.score(new, as_of=as_of.isoformat(), closed=True)
    assert (scores["as_of"] == as_of).all()
    assert everyone.height == 501
    assert scores.height < everyone.height


def test_an_unseen_category_is_scored(model, new):
    strange = new.replace(
        interactions=new.interactions.with_columns(venue=pl.lit("nowhere 🙃"), channel=pl.lit("fax"))
    )
    assert model.score(strange)["dissatisfaction_risk"].is_between(0, 1).all()


def test_nothing_to_score_gives_no_rows(model, new):
    scores = model.score(new, moments=forestall.default_moments(new).head(0), reasons=True)
    assert scores.height == 0
    assert scores.columns == model.score(new).columns


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"started_at": "yesterday"}, "record 0: started_at must be a time, such as 2026-11-02T09:00:00Z"),
        ({"started_at": "2026-01-01", "events": "{"}, "record 0: events must be valid JSON"),
        ({"started_at": "2026-01-01", "events": [1]}, "record 0: events must be a list of objects"),
        ({"started_at": "2026-01-01", "price": "dear"}, "record 0: price must be a number"),
        (
            {"started_at": "2026-01-01", "events": [{"at": 5, "kind": "x"}]},
            "record 0: events.at must be a time, such as 2026-11-02T09:00:00Z",
        ),
    ],
)
def test_a_wrong_record_is_named_without_its_value(model, record, said):
    with pytest.raises(InputError) as error:
        model.score([{"interaction_id": "a", **record}])
    assert str(error.value) == said
