"""All that is asked of a model: on simulated data, where the answers are known."""

import logging
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

import forestall
from forestall.assessment.assess import assess, labelled_by
from forestall.assessment.drivers import drivers, explain_moments
from forestall.assessment.leak_watch import leak_watch, watch_records
from forestall.assessment.predictions import labelled_predictions
from forestall.assessment.trajectories import risk_trajectories
from forestall.data import Tables
from forestall.evaluation.questions.drivers import SAID
from forestall.evaluation.questions.reversals import reversals
from forestall.importing import import_tables
from forestall.model import RiskModel, read_spec
from forestall.model.prepared_tables import PreparedTables
from forestall.moments import default_moments
from forestall.registry import load
from forestall.simulation import simulate_tables
from forestall.training.labelled_moments import labelled_moments

RUDE_VENUE = "The Snug Toad"
_SPEC = forestall.Spec(
    name="plain", label={"scale": [1, 5], "dissatisfied_at_or_below": 2}, moments={"per_interaction": 1}
)


@pytest.fixture(scope="module")
def tables(company) -> Tables:
    return forestall.read_tables(company)


@pytest.fixture(scope="module")
def twin(work) -> RiskModel:
    return load(f"runs:/{work.report.run_id}/twin", work.tracking_uri).risk_model


@pytest.fixture(scope="module")
def begin(work, tables):
    first = work.report.windows["test_from"][:10]
    return tables.interactions.filter(pl.col("started_at").dt.to_string("iso") >= first)["started_at"].min()


@pytest.fixture(scope="module")
def paths(twin, tables, begin) -> pl.DataFrame:
    return risk_trajectories(PreparedTables.of(twin, tables), begin)


def test_a_training_answers_every_question(work):
    metrics = work.report.metrics
    for name in (
        *("early/served/auc", "early/served/bound_auc", "early/served/lift_share", "early/change"),
        *(
            "foreseen/complaint/hour_share",
            "foreseen/complaint/bound_hour_share",
            "foreseen/complaint/lead_median_s",
        ),
        *(
            "raters/share",
            "raters/weighted/auc",
            "coverage/share",
            "family/resolution/share",
            "leaks",
            "segments_wrong",
        ),
    ):
        assert name in metrics, name
    assert metrics["early/closed/bound_auc"] > metrics["early/served/bound_auc"] > 0.6
    assert 0.2 < metrics["raters/share"] < 0.5
    assert metrics["foreseen/complaint/lead_median_s"] > 3600
    assert metrics["leaks"] == 0


def test_resolution_moves_most_as_it_does_in_the_simulator(work):
    metrics = work.report.metrics
    shares = {
        name: metrics[f"family/{name}/share"] for name in ("service", "quality", "resolution", "history")
    }
    assert max(shares, key=shares.get) == "resolution"


def test_a_walk_keeps_to_the_interactions_life(paths, tables, twin, begin):
    ends = default_moments(tables).rename({"as_of": "ends_at"})
    both = paths.join(ends, on="interaction_id")
    assert (both["as_of"] <= both["ends_at"]).all()
    assert (both["as_of"] >= both["started_at"]).all()
    assert both["started_at"].min() >= begin
    assert both.filter("is_last").height == both["interaction_id"].n_unique()
    assert (both["complained_at"] > both["as_of"]).drop_nulls().all()
    # without a rating there is no label, and those without one are there too
    assert 0 < both.filter("is_last")["label"].count() < both.filter("is_last").height
    some = paths.sample(200, seed=1).select("interaction_id", "as_of", "risk")
    scores = twin.score(tables, moments=some.select("interaction_id", "as_of"))
    assert np.allclose(scores["dissatisfaction_risk"].to_numpy(), some["risk"].to_numpy(), equal_nan=True)
    assert (paths.filter("is_last")["true_now"].is_between(0, 1)).all()


def test_who_waits_in_silence_sees_the_risk_rise(twin, tables):
    """Customers of shops who came, and to whom nothing happens."""
    shop = tables.interactions.filter(pl.col("channel") == "in_store").tail(150)
    came = tables.events.filter(pl.col("kind") == "arrived").join(shop, on="interaction_id", how="semi")
    silent = tables.replace(events=tables.events.join(shop, on="interaction_id", how="anti").vstack(came))
    risks = []
    for seconds in (20, 90, 180, 360, 720):
        moments = shop.select("interaction_id", as_of=pl.col("started_at") + pl.duration(seconds=seconds))
        risks.append(twin.score(silent, moments=moments)["dissatisfaction_risk"].to_numpy())
    means = [float(risk.mean()) for risk in risks]
    assert means == sorted(means)
    assert means[-1] > 1.3 * means[0]
    assert (risks[-1] > risks[0]).mean() > 0.95


@pytest.fixture(scope="module")
def labelled():
    """Give the labelled interactions of a larger company, with what the greeting was like."""
    frames = simulate_tables(16_000, seed=3)
    frames.pop("truth")
    tables = Tables(**frames)
    last = labelled_moments(tables, _SPEC)[0].filter("is_last")
    features = forestall.feature_table(tables, last.select("interaction_id", "as_of"))
    return last.hstack(features.drop("interaction_id", "as_of"))


def test_the_venue_whose_act_is_rudeness_is_found(labelled):
    found = reversals(labelled, ["greeting_manner", "greeting_rude_n", "greeting_greet_s"])
    assert {one.name for one in found} == {RUDE_VENUE}
    assert found[0].here * found[0].elsewhere < 0


def planted(tables: Tables, labelled: pl.DataFrame) -> Tables:
    """Return the tables with a code that is written with the rating, and one that is not."""
    rows = tables.interactions.join(tables.feedback, on="interaction_id", how="left", maintain_order="left")
    is_bad = pl.col("rating") <= 2
    code = pl.when(is_bad).then(pl.lit("call back")).when(is_bad.is_not_null()).then(pl.lit("none"))
    lane = pl.col("interaction_id").str.slice(-1)
    return tables.replace(
        interactions=rows.with_columns(outcome_code=code, lane=lane).drop("rating", "rated_at")
    )


def test_a_column_written_with_the_rating_is_named_and_said_on_the_log(twin, tables, begin, caplog):
    rows = labelled_predictions(PreparedTables.of(twin, tables), after=begin)
    spoilt = planted(tables, rows)
    with caplog.at_level(logging.WARNING, "forestall"):
        prepared = PreparedTables.of(twin, spoilt)
        shown = assess(prepared, rows, labelled_by(prepared, rows), begin=begin, has_examples=True)
    found = shown.evaluation
    (leak,) = found.leaks
    assert leak.name == "outcome_code"
    assert leak.reasons == ("alone", "filled")
    assert leak.auc > 0.99
    assert "of rated, 0\u00a0% of other rows: check when it is known" in leak.why
    assert any("leak watch: column outcome_code: AUC alone" in line.getMessage() for line in caplog.records)
    assert len(found.examples) == 10
    assert all(one.steps[-1].reasons for one in found.examples if one.kind == "caught")


def test_a_kind_of_event_that_a_feature_reads_is_used(twin, tables, begin, caplog):
    """Greetings that are recorded only where there is a rating: the model reads them, and not the other kind."""
    rows = labelled_predictions(PreparedTables.of(twin, tables), after=begin)
    rated = tables.events.join(rows.select("interaction_id").unique(), on="interaction_id", how="semi")
    of_others = tables.events.join(rated, on="interaction_id", how="anti").filter(pl.col("kind") != "greeted")
    survey = rated.filter(kind="arrived").with_columns(kind=pl.lit("survey_sent"))
    spoilt = tables.replace(events=pl.concat([rated, survey, of_others]).sort("interaction_id", "at"))
    labelled = labelled_by(PreparedTables.of(twin, tables), rows)
    found = {one.name: one.is_used for one in leak_watch(twin, spoilt, labelled, 0.9) if one.kind == "event"}
    assert found == {"event greeted": True, "event survey_sent": False}


def test_remarks_written_with_the_survey_are_named(real_data, tmp_path):
    """DeepCSAT with its `never` taken out: on their own the remarks are better than any model."""
    root = Path(__file__).parents[2]
    mapping = yaml.safe_load((root / "pipelines/mappings/deepcsat.yaml").read_text())
    mapping["keep"] += mapping.pop("never")[:1]
    (tmp_path / "leaky.yaml").write_text(yaml.safe_dump(mapping))
    tables = import_tables(tmp_path / "leaky.yaml", [real_data / "deepcsat" / "tickets.csv"])
    spec = read_spec(root / "models/deepcsat")
    last = labelled_moments(tables, spec)[0].filter("is_last")
    (leak,) = watch_records(tables, last.select("interaction_id", "as_of", "label"), spec, 0.72)
    assert (leak.name, leak.how) == ("Customer Remarks", "words")
    assert leak.auc > 0.85
    assert "AUC alone 0.8" in leak.why


def test_families_left_out_lose_and_the_wait_is_shown_with_its_standard(twin, tables, begin):
    last = labelled_predictions(PreparedTables.of(twin, tables), after=begin).filter("is_last")
    looked = explain_moments(PreparedTables.of(twin, tables), last)
    found = drivers(looked)
    assert sum(one.share for one in found.families) == pytest.approx(1)
    said = np.array([name.startswith("greeting_customer_") for name in twin.columns])
    words = looked.contributions[:, :-1][:, said].sum(axis=1)
    assert said.sum() == 6
    assert np.abs(words).max() > 0
    assert SAID in [one.family for one in found.families]
    assert all(one.low <= one.share <= one.high for one in found.families)
    marked = [one for one in found.curves if one.mark_text]
    assert len(marked) == 1
    assert marked[0].feature in ("service_wait_s", "service_wait_ratio", "service_promise_ratio")
    assert marked[0].mark in marked[0].values
    assert marked[0].risks[-1] >= marked[0].risks[0]  # a longer wait never lowers the risk
