"""Learning: what is refused, how it is split, and that noise teaches nothing."""

import numpy as np
import polars as pl
import pytest

import forestall
from forestall.assessment.assess import labelled_features
from forestall.errors import InputError
from forestall.evaluation import evaluate
from forestall.evaluation.metrics import paired_gain, risk_metrics
from forestall.evaluation.questions.label_noise import MATCHED_BY
from forestall.model import Spec
from forestall.model.prepared_tables import PreparedTables
from forestall.reporting.card import card
from forestall.simulation import simulate_tables
from forestall.training import training_set as module
from forestall.training.baseline_features import measured_features
from forestall.training.labelled_moments import labelled_moments
from forestall.training.labelled_rows import Rows
from forestall.training.learn import learn
from holdouts import holdout, training_set
from refits import SHIPPED, refits

QUICK = {
    "name": "quick",
    "label": {"scale": [1, 5], "dissatisfied_at_or_below": 2},
    "moments": {"per_interaction": 2},
    "lightgbm": {"learning_rate": 0.2, "num_leaves": 7, "max_bin": 31},
    "gate": {"min_labelled": 100, "min_dissatisfied": 20},
}
FEW = {**QUICK, "families": ["service", "resolution"]}  # for what does not depend on the features


def company(n: int, seed: int, effect: float = 1.0) -> tuple[forestall.Tables, pl.DataFrame]:
    frames = simulate_tables(n, seed=seed, effect=effect)
    truth = frames.pop("truth")
    return forestall.Tables(**frames), truth


@pytest.fixture(scope="module")
def tables() -> forestall.Tables:
    return company(4_000, 1)[0]


@pytest.fixture(scope="module")
def many() -> forestall.Tables:
    return company(6_000, 1)[0]


@pytest.fixture(scope="module")
def learnt(tables):
    with refits(SHIPPED):
        return learn(tables, Spec(**QUICK))


def test_no_label_of_training_reaches_past_the_first_test_moment(learnt):
    first = learnt.test["as_of"].min()
    assert learnt.work.rows.part("train").moments["decided_at"].max() < first
    assert learnt.twin.info["trained_until"] < first.isoformat()
    assert (
        learnt.counts["train"] + learnt.counts["test"] + learnt.counts["dropped"] == learnt.counts["labelled"]
    )


def test_the_refits_of_the_twin_tell_the_interval_of_the_model(learnt):
    model, twin = learnt.model.estimator.spread_, learnt.twin.estimator.spread_
    share = learnt.work.rows.share_of("train")
    assert 0.7 < share < 0.8
    assert model.booster is twin.booster
    assert model.inflation == pytest.approx(twin.inflation * share**0.15)


def test_with_a_small_training_part_or_without_a_twin_the_model_makes_its_own_refits(learnt, monkeypatch):
    given = []
    monkeypatch.setattr(module, "fit_model", lambda *_, spread, **options: given.append(spread))
    learnt.work.fit()
    learnt.work.fit(learnt.twin)
    monkeypatch.setattr(Rows, "share_of", lambda self, part: 0.4)
    learnt.work.fit(learnt.twin)
    assert [one is None for one in given] == [True, False, True]


def test_a_holdout_without_refits_has_the_same_risks(tables, learnt):
    _, test = holdout(tables, Spec(**QUICK))
    assert test["risk"].equals(learnt.test["risk"])


def test_it_beats_the_base_rate_and_the_rule(learnt):
    last = learnt.test.filter("is_last")
    assert (
        risk_metrics(last["label"], last["risk"])["auc"]
        > risk_metrics(last["label"], last["risk_rule"])["auc"]
    )
    assert paired_gain(last, "risk", "risk_base_rate").mean > 0


def test_a_model_of_few_families_is_measured_as_any_other(tables, learnt):
    """By the same simple methods, and matched by the same facts: they are not its own to leave out."""
    few = learn(tables, Spec(**{**QUICK, "families": ["expectation", "quality"]}))
    for name in ("risk_rule", "risk_wait", "risk_base_rate"):
        assert few.test[name].equals(learnt.test[name])
    assert {"risk_logistic", "risk_raw"} <= set(few.test.columns)
    assert few.test["risk_raw"].equals(learnt.test["risk_raw"])
    assert not set(few.twin.columns) & {"service_wait_s", "resolution_resolved"}
    assert {*MATCHED_BY, "greeting_greeted"} <= {*labelled_features(few.work).columns}
    (rows,) = {few.work.rows.frame.height, few.work.rows.measured.height}
    assert rows == few.work.rows.moments.height


def test_what_the_facts_of_a_model_say_is_said_to_simple_methods_too(tables, learnt):
    moments = learnt.test.select("interaction_id", "as_of")
    found = measured_features(PreparedTables.of(learnt.twin, tables), moments)
    own = learnt.twin.features(tables, moments).drop("interaction_id", "as_of")
    assert found.select(own.columns).equals(own, null_equal=True)


def test_what_the_model_abstains_from_is_in_no_figure(tables):
    silent = pl.col("interaction_id").hash(seed=1) % 3 == 0
    told = tables.replace(events=tables.events.filter(~silent))
    test = holdout(told, Spec(**QUICK))[1]
    assert test["risk"].is_null().any()
    assert test.filter(silent)["risk"].null_count() == test.filter(silent).height
    assert test.filter(~silent)["risk"].null_count() == 0


def skill(tables: forestall.Tables) -> tuple[float, float]:
    """Return how far the ranking is from chance, and the lower end of the gain over the base rate."""
    test = holdout(tables, Spec(**QUICK))[1].filter("is_last")
    gain = paired_gain(test, "risk", "risk_base_rate")
    return abs(risk_metrics(test["label"], test["risk"])["auc"] - 0.5), gain.low


def test_noise_and_shuffled_labels_teach_nothing(many):
    """Over some seeds together, since one small test part can show anything; and the true labels do not pass."""
    noise = [skill(company(4_000, seed, effect=0.0)[0]) for seed in (3, 4)]
    shuffled = [
        skill(many.replace(feedback=many.feedback.with_columns(pl.col("rating").shuffle(seed=seed))))
        for seed in (1, 2)
    ]
    own = skill(many)
    for found in (noise, shuffled):
        assert np.mean([off for off, _ in found]) < 0.09
        assert max(low for _, low in found) < 0.01
    assert own[0] > 0.18
    assert own[1] > 0.03


def test_too_few_labels_are_refused(tables):
    spec = Spec(**{**FEW, "gate": {"min_labelled": 100_000, "min_dissatisfied": 20}})
    with pytest.raises(InputError, match="at least 100000 labelled interactions"):
        learn(tables, spec)
    small = learn(tables, spec, allow_small=True, evaluate=False)
    assert small.model.info["experimental"]


def test_one_class_is_refused(tables):
    content = tables.replace(feedback=tables.feedback.with_columns(rating=pl.lit(5.0)))
    with pytest.raises(InputError, match="labels of both kinds"):
        learn(content, Spec(**QUICK))


def test_a_misspelt_event_of_the_label_is_told_the_nearest_kind(tables):
    label = {"event": "transfered", "horizon_days": 30}
    with pytest.raises(InputError, match="No event is called 'transfered'; did you mean 'transferred'"):
        learn(tables, Spec(**{**QUICK, "label": label}))


def test_a_missing_column_of_the_context_is_named(tables):
    with pytest.raises(InputError, match=r"context; missing: mood"):
        learn(tables, Spec(**{**QUICK, "context": {"categorical": ["mood"]}}))


def test_a_text_among_numbers_of_the_context_is_missing_and_not_told(tables, caplog):
    """It neither stops a job nor shows, in training and in scoring alike."""
    own = pl.Series("own", np.where(np.arange(tables.interactions.height) % 7 == 0, "Mrs Botha", "2.5"))
    tables = tables.replace(interactions=tables.interactions.with_columns(own))
    model = learn(tables, Spec(**{**FEW, "context": {"numeric": ["own"]}}), evaluate=False).model
    known = model.features(tables)["context_own"]
    assert known.null_count() == (own == "Mrs Botha").sum() > 0
    assert known.drop_nulls().unique().to_list() == [2.5]
    assert "interactions.own" in caplog.text
    assert "Botha" not in caplog.text


def test_families_can_be_left_out(tables):
    model = learn(tables, Spec(**FEW), evaluate=False).model
    assert {family for family, _ in model.columns.values()} == {"service", "resolution"}
    assert model.score(tables)["dissatisfaction_risk"].is_between(0, 1).all()


def test_without_a_clock_the_split_is_random_and_says_so(tables):
    no_clock = forestall.Tables(
        tables.interactions, tables.events, tables.feedback.drop("rated_at"), about={"clock": "none"}
    )
    learnt = learn(no_clock, Spec(**{**FEW, "compare_without": ["reopened", "reopend"]}))
    assert any("no clock" in note for note in learnt.notes)
    assert set(learnt.ablations) == {"reopened"}
    assert any("reopend" in note and "did you mean 'reopened'?" in note for note in learnt.notes)
    assert learnt.ablations["reopened"].height == learnt.test.height
    # what has no clock has no dates, in the card neither
    assert learnt.windows == {}
    assert learnt.model.info["has_clock"] is False
    said = card(
        evaluate(learnt.test), {"model_name": "a", "label": "b"}, learnt.model.spec, learnt.model.info
    )
    assert "Trained on data until: unknown, because the data have no clock" in said
    assert "180 days after its training" in said


def test_ratings_without_a_time_can_be_learnt_from(tables):
    no_time = tables.replace(
        feedback=tables.feedback.with_columns(rated_at=pl.lit(None, pl.Datetime("us", "UTC")))
    )
    learnt = learn(no_time, Spec(**FEW), evaluate=False)
    assert learnt.counts["train"] > 500


def test_an_event_can_be_the_label():
    label = {"event": "complained", "horizon_days": 14}
    spec = Spec(**{**QUICK, "label": label, "moments": {"per_interaction": 1}})
    work = training_set(company(2_500, 1)[0], spec)
    assert work.rows.moments["interaction_id"].n_unique() > 2_000
    last = work.judge(n_refits=0)[1].filter("is_last")
    assert risk_metrics(last["label"], last["risk"])["auc"] > 0.55


def test_near_the_truth_on_simulated_data(learnt):
    """A small twin of `benchmarks/quality.py`: 4,000 interactions, 1,300 of them rated."""
    new, truth = company(4_000, 2)
    scores = learnt.model.score(new).join(truth, on="interaction_id").drop_nulls("true_risk")
    rated = scores.join(new.feedback, on="interaction_id")
    bad = (rated["rating"] <= 2).cast(pl.Int8)
    auc, best = (risk_metrics(bad, rated[name])["auc"] for name in ("dissatisfaction_risk", "true_risk"))
    assert (auc - 0.5) / (best - 0.5) > 0.75
    held = (scores["true_risk"] >= scores["risk_low"]) & (scores["true_risk"] <= scores["risk_high"])
    assert 0.55 < held.mean() < 0.99


def test_ratings_that_come_before_the_closing_are_judged_all_the_same(tables, learnt):
    """Nobody who rated is dropped, or counted as silent, since the ticket was closed only later."""
    rated = tables.feedback.select("interaction_id", "rated_at")
    late = tables.events.join(rated, on="interaction_id", how="left", maintain_order="left").with_columns(
        at=pl.when(pl.col("kind") == "closed")
        .then(pl.max_horizontal("at", pl.col("rated_at") + pl.duration(hours=1)))
        .otherwise("at")
    )
    slow = tables.replace(events=late.drop("rated_at"))
    _, counts = labelled_moments(slow, Spec(**QUICK))
    assert counts["past"] == 0
    for what in ("labelled", "dissatisfied"):
        assert counts[what] == learnt.counts[what]
    last = holdout(slow, Spec(**QUICK))[1].filter("is_last")
    assert last.height == learnt.test.filter("is_last").height
    assert risk_metrics(last["label"], last["risk"])["auc"] > 0.6
