"""A label by event, from training to scoring: with a policy, compared with ratings, and with its card."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import mlflow
import polars as pl
import pytest

import forestall
from companies import DAY, visit
from companies import company as made_company
from forestall.assessment.assess import assess, labelled_features
from forestall.jobs.promote import promote
from forestall.jobs.score import score
from forestall.jobs.train import train
from forestall.model import Spec
from forestall.model.policy import Policy
from forestall.model.prepared_tables import PreparedTables
from forestall.moment_features.stage import STAGE
from forestall.moment_features.table import features_at, locate, plan_of
from forestall.moments import default_moments, label_events
from forestall.registry import load
from forestall.simulation import simulate_tables
from forestall.training.labelled_moments import event_notes, labelled_moments
from forestall.training.learn import learn
from forestall.training.policy_bands import interactions_per_day, policy_bands, with_bands
from holdouts import training_set

MODEL = """
name: complaint-risk
label: {event: complained, horizon_days: 30}
moments: {per_interaction: 2}
lightgbm: {learning_rate: 0.2, num_leaves: 7, max_bin: 31}
policy:
  {capacity_per_day: 2, cost_per_contact: 2, saved_share: 0.3, customer_value: 300,
   thresholds: {critical: 0.61, set_by: Ann}}
card: {owner: "Ann | <b>service</b>", review_days: 90}
gate: {min_labelled: 300, min_dissatisfied: 50}
compare_labels: [{scale: [1, 5], dissatisfied_at_or_below: 2, horizon_days: 30}]
families: [service, quality, resolution]
"""
HEADINGS = (
    *(
        "Model details",
        "Intended use",
        "Prohibited uses",
        "Factors",
        "Metrics",
        "Training and evaluation data",
    ),
    *("Label and response rate", "Standards", "Exceptions", "Unseen segments", "Missing-data rule"),
    *(
        "Thresholds and who set them",
        "Calibration",
        "Privacy",
        "Ethical considerations",
        "Caveats",
        "Review date",
        "Lineage",
    ),
)


@pytest.fixture(scope="module")
def tables(company):
    return forestall.read_tables(company)


@pytest.fixture(scope="module")
def trained(company, tmp_path_factory):
    """Give the report of a training by complaints, and its store."""
    folder = tmp_path_factory.mktemp("complaints")
    (folder / "model.yaml").write_text(MODEL)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        uri = f"sqlite:///{folder}/mlflow.db"
        return train(company, folder, tracking_uri=uri), uri


def spec(event):
    return Spec(name="a", label={"event": event, "horizon_days": 30}, moments={"per_interaction": 4})


@pytest.fixture(scope="module")
def judged(tables):
    """Give a function that returns the training set of an event, its twin and the test moments; each is made once."""

    @cache
    def make(event):
        one = spec(event).model_copy(
            update={"lightgbm": {"learning_rate": 0.2, "num_leaves": 7, "max_bin": 31}}
        )
        work = training_set(tables, one)
        return work, *work.judge(n_refits=0)

    return make


@pytest.mark.parametrize("event", ["complained", "escalated"])
def test_every_moment_that_counts_lies_before_the_event(tables, event):
    """Also where the event comes before the interaction is over, and then few interactions with it are lost."""
    moments, counts = labelled_moments(tables, spec(event))
    came = label_events(tables, spec(event).label)
    both = moments.join(came.rename({"decided_at": "came_at"}), on="interaction_id")
    assert (both["as_of"] < both["came_at"]).all()
    horizon = pl.duration(days=30)
    assert both.filter((pl.col("came_at") <= pl.col("as_of") + horizon) != (pl.col("label") == 1)).height == 0
    ended = max(tables.events["at"].max(), tables.feedback["rated_at"].max())
    ripe = tables.interactions.filter(pl.col("started_at") + 1.5 * horizon <= ended)
    assert counts["dissatisfied"] >= ripe.join(came, on="interaction_id").height * 0.97
    if event == "complained":  # after their ends, so that each is judged at its end
        assert both["is_last"].sum() == both["interaction_id"].n_unique()
    if event == "complained":
        own = forestall.feature_table(tables, both.select("interaction_id", "as_of"))
        assert own["quality_complaint_n"].max() == 0


def test_the_last_days_hold_no_more_events_than_others(tables):
    """Without the whole horizon only the complaints of the last month would be known."""
    moments, _ = labelled_moments(tables, spec("complained"))
    last = moments.filter("is_last").sort("started_at")
    assert last.tail(400)["label"].mean() < 2.5 * last["label"].mean()


def test_an_event_before_the_end_is_judged_where_chance_has_drawn(tables):
    moments, _ = labelled_moments(tables, spec("escalated"))
    assert (moments.group_by("interaction_id").agg(pl.col("is_last").sum())["is_last"] <= 1).all()
    ends = moments.join(default_moments(tables), on="interaction_id", suffix="_end")
    assert ends.filter(pl.col("is_last") & (pl.col("as_of") == pl.col("as_of_end"))).height == 0
    assert "had it before they ended" in event_notes(tables, spec("escalated").label)[0]
    assert event_notes(tables, spec("complained").label) == []


def test_an_event_at_the_time_of_the_last_other_one_is_told():
    def notes(n_at_once, end=()):
        """Return the notes of 40 visits, each with a complaint, so many of them when the service begins."""
        own = [[(60, "served"), *end, (60 + 30 * (i >= n_at_once), "complained")] for i in range(40)]
        visits = [
            visit(str(i), i * DAY, *((i * DAY + t, kind) for t, kind in events))
            for i, events in enumerate(own)
        ]
        return " ".join(event_notes(made_company(*visits, visit("last", 90 * DAY)), spec("complained").label))

    assert "20% had it at the very time of their last other event" in notes(8)
    assert "very time" not in notes(7)
    assert "very time" not in notes(40, end=[(60, "closed")])


@pytest.mark.parametrize("event", ["complained", "escalated"])
def test_the_risk_of_an_event_is_true_at_every_stage(judged, event):
    """Also while interactions are open, of whom those with the event are seen no longer than it allows."""
    model, label = judged(event)[1], spec(event).label
    others = forestall.Tables(
        **{name: frame for name, frame in simulate_tables(4000, seed=77).items() if name != "truth"}
    )
    came = label_events(others, label)
    moments = (
        others.events.select("interaction_id", as_of="at").unique()
        .join(came, on="interaction_id", how="left")
        .filter(pl.col("decided_at").is_null() | (pl.col("as_of") < pl.col("decided_at")))
    )  # fmt: skip
    found = moments.hstack(
        model.score(others, moments=moments.select("interaction_id", "as_of")).select("dissatisfaction_risk")
    )
    sources = model.sources(others)
    place, as_of = locate(sources, found)
    stages = features_at(sources, place, as_of, plan_of((), {"stage": STAGE}))["stage"]
    horizon = pl.duration(days=label.horizon_days)
    told = found.with_columns(
        stage=stages, has_come=(pl.col("decided_at") <= pl.col("as_of") + horizon).fill_null(False)
    ).unique(["interaction_id", "stage"], keep="any")
    for (stage,), some in told.group_by("stage"):
        if some.height > 1000:
            gap = some["dissatisfaction_risk"].mean() - some["has_come"].mean()
            assert abs(gap) < 0.04, (stage, gap)


def test_learning_draws_the_moments_of_an_event_within():
    frames = simulate_tables(800, seed=3)
    frames.pop("truth")
    small = spec("escalated").model_copy(
        update={"families": ["service"], "lightgbm": {"learning_rate": 0.3, "max_bin": 15}}
    )
    learnt = learn(forestall.Tables(**frames), small, allow_small=True, evaluate=False)
    assert learnt.model.info["is_drawn"]


def test_it_ranks_complaints_and_claims_no_truth_and_no_raters(trained):
    metrics = trained[0].metrics
    assert metrics["auc"] > 0.6
    assert metrics["leaks"] == 0
    assert not [name for name in metrics if name.startswith(("truth/", "raters/")) or "bound" in name]
    assert metrics["foreseen/complaint/n"] > 10
    assert not any("had it before they ended" in note for note in trained[0].notes)


def test_ratings_and_events_are_compared_by_each_others_outcome(trained):
    run = mlflow.artifacts.load_dict(f"runs:/{trained[0].run_id}/evaluation.json")
    found = {(one["outcome"], one["model"]): one for one in run["labels"]}
    rated, complained = "rated 2 or less within 30 days", "“complained” within 30 days"
    assert set(found) == {
        (outcome, model) for outcome in (rated, complained) for model in (rated, complained)
    }
    assert found[complained, complained]["n"] > 2 * found[rated, rated]["n"]
    assert found[rated, rated]["auc"] > 0.6
    assert found[complained, complained]["auc"] == pytest.approx(trained[0].metrics["auc"])
    assert f"AUC for the outcome {rated}: " in trained[0].html
    assert (
        "The calibrated probability that the event “complained” happens after the moment" in trained[0].html
    )


def test_the_gate_and_scoring_take_it_and_write_both_lists(trained, company, tmp_path):
    report, uri = trained
    assert promote(report.name, tracking_uri=uri).checks
    model = load(f"models:/{report.name}/{report.version}", uri)
    bands = model.info["policy"]["bands"]
    summary = score(
        model.uri, company, output=tmp_path, scored_at=datetime(2026, 11, 1, tzinfo=UTC), tracking_uri=uri
    ).figures
    rows = pl.read_parquet(tmp_path / "scores" / "*.parquet")
    alarmed = rows.filter(pl.col("risk_band").is_in(["high", "critical"]))
    assert alarmed["dissatisfaction_risk"].min() >= bands["high"]
    assert rows["expected_loss"].null_count() == 0
    assert (
        summary["contact_list"]["contacts"] == pl.read_parquet(tmp_path / "contact_list.parquet").height == 2
    )
    assert pl.read_parquet(tmp_path / "partings.parquet").height == summary["planned_partings"]["customers"]
    assert "never to act on by itself" in summary["planned_partings"]["note"]


def test_the_alert_reaches_as_many_as_can_be_contacted(trained, tables):
    model = load(f"runs:/{trained[0].run_id}/twin", trained[1]).risk_model
    cheap = Policy(capacity_per_day=1, cost_per_contact=0, saved_share=0.3, customer_value=300)
    cheap_model = replace(model, spec=model.spec.model_copy(update={"policy": cheap}))
    ready = with_bands(cheap_model, policy_bands(PreparedTables.of(cheap_model, tables), None))
    found = ready.info["policy"]
    scores = ready.score(tables)
    high = scores["risk_band"].is_in(["high", "critical"]).mean()
    assert found["interactions_per_day"] == pytest.approx(interactions_per_day(tables, None))
    assert high == pytest.approx(1 / found["interactions_per_day"], abs=0.02)
    assert (scores["risk_band"] == "critical").mean() == pytest.approx(high / 4, abs=0.02)


def test_the_card_has_its_headings_true_figures_and_lies_in_the_run(trained):
    report = trained[0]
    card = report.card
    assert [line[3:] for line in card.splitlines() if line.startswith("## ")] == list(HEADINGS)
    assert mlflow.artifacts.load_text(f"runs:/{report.run_id}/MODEL_CARD.md") == card
    for told in (
        f"{report.metrics['auc']:.3f}",
        report.run_id,
        mlflow.get_run(report.run_id).data.tags["forestall.data_digest"],
        "Evaluating staff",
        "Denying or reducing service",
        "The saved share, 30\u00a0%, is an assumption.",
        "the event “complained” within 30 days",
        "Ann \\| &lt;b&gt;service&lt;/b&gt;",
        "Set by hand: critical, by Ann.",
        "| critical | 61.0\u00a0% |",
        "days after the end of its training data",
    ):
        assert told in card, told
    assert "nan" not in card
    assert "card" not in json.dumps(list(report.to_dict()))


def test_a_usual_day_is_one_on_which_anyone_comes():
    days = [1, 1, 1, 8, 8, 8, 15, 15]
    made = made_company(*(visit(str(place), day * DAY) for place, day in enumerate(days)))
    assert interactions_per_day(made, None) == pytest.approx(8 / 3)


def test_nothing_that_is_told_of_an_event_within_knows_it(judged):
    """The moment before it, and the end of those without it, tell it: no value is counted, and no leak seen, there."""
    work, twin, test = judged("escalated")
    assert twin.info["is_drawn"]
    policy = Policy(capacity_per_day=20, cost_per_contact=2, saved_share=0.3, customer_value=300)
    twin = replace(twin, spec=twin.spec.model_copy(update={"policy": policy}))
    ready = with_bands(twin, policy_bands(work.prepared(twin), test["as_of"].min()))
    found = assess(work.prepared(ready), test, labelled_features(work), most=1500).evaluation
    assert not {"event closed", "event resolved"} & {one.name for one in found.leaks}
    assert found.value.counted_low < 2 * found.value.saving_per_day
    begins = ready.info["policy"]["bands"]
    assert begins["medium"] < begins["high"] < begins["critical"]
