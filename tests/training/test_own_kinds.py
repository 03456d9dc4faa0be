"""Which own kinds of events become features, and a model that has them: a small twin of `benchmarks/own_kinds.py`."""

import json
from datetime import timedelta
from types import ModuleType

import polars as pl
import pytest

import forestall
from forestall.errors import InputError
from forestall.model import RiskModel, Spec
from forestall.moment_features.own_kinds import NO_KINDS, OwnKinds
from forestall.moment_features.table_sources import sources_of
from forestall.training.labelled_moments import labelled_moments, split
from forestall.training.learn import learn
from forestall.training.own_kinds import chosen_kinds
from forestall.training.training_set import TrainingSet
from proofs import load_proof

QUICK = {"learning_rate": 0.3, "num_leaves": 7}
LABEL = {"scale": [1, 5], "dissatisfied_at_or_below": 2}
N = 3000


@pytest.fixture(scope="module")
def proof() -> ModuleType:
    return load_proof("own_kinds")


@pytest.fixture(scope="module")
def tables(proof: ModuleType) -> forestall.Tables:
    return proof.company(N, 1, is_noise=False)


def spec_of(own: object = "auto", **more: object) -> Spec:
    return Spec(**{"name": "own", "label": LABEL, "kinds": {"own": own}, "lightgbm": QUICK, **more})


def chosen(tables: forestall.Tables, spec: Spec) -> OwnKinds:
    moments, _ = split(tables, labelled_moments(tables, spec)[0], spec)
    return chosen_kinds(tables, moments, spec, sources_of(tables, spec.standards))


def test_kinds_that_matter_are_found_and_most_of_the_lift_with_them(proof, tables):
    found = {name: proof.judged(tables, own, lightgbm=QUICK) for name, own in proof.SETTINGS.items()}
    own = found["auto"][0].own_kinds
    assert set(own.counted) >= set(proof.MATTER)
    assert len(own.counted) <= 5
    auc = {name: proof.figures(test)[0] for name, (_, test) in found.items()}
    assert auc["told"] - auc["none"] > 0.05
    assert auc["auto"] - auc["none"] > 0.9 * (auc["told"] - auc["none"])


def test_of_two_hundred_kinds_of_noise_hardly_one_passes(proof):
    found = [chosen(proof.company(1500, seed, is_noise=True), spec_of()) for seed in range(6)]
    assert sum(one == OwnKinds() for one in found) >= 5
    assert sum(len(one.counted) for one in found) <= 1


def test_nothing_after_the_training_part_and_no_order_of_rows_changes_the_choice(tables):
    spec = spec_of()
    moments, _ = split(tables, labelled_moments(tables, spec)[0], spec)
    test = moments.filter(pl.col("part") == "test")
    is_test = pl.col("interaction_id").is_in(test["interaction_id"].unique().implode())
    renamed = tables.events.with_columns(kind=pl.when(is_test).then(pl.lit("other")).otherwise("kind"))
    rating = pl.when(is_test).then(6 - pl.col("rating")).otherwise("rating")
    other = tables.replace(events=renamed, feedback=tables.feedback.with_columns(rating=rating))
    shuffled = tables.replace(
        interactions=tables.interactions.sample(fraction=1, shuffle=True, seed=1),
        events=tables.events.sample(fraction=1, shuffle=True, seed=2),
    )
    expected = chosen(tables, spec)
    assert expected.counted
    assert chosen(other, spec) == expected
    assert chosen(shuffled, spec) == expected


def test_a_list_names_the_kinds_and_none_takes_none(tables, proof):
    listed = chosen(tables, spec_of(["step_003", "served"]))
    assert (listed.counted, listed.timed) == (("served", "step_003"),) * 2
    assert chosen(tables, spec_of("none")) == NO_KINDS
    with pytest.raises(InputError, match=r"the events must have the kind 'step_03'; did you mean 'step_\d+'"):
        chosen(tables, spec_of(["step_03"]))


def test_a_listed_kind_can_be_left_out_to_compare(tables):
    spec = spec_of(["step_003"])
    moments, _ = split(tables, labelled_moments(tables, spec)[0], spec)
    work = TrainingSet.of(tables, moments, spec, 2, {"name": "own"})
    compared = work.without("step_003")
    assert compared.height == (moments["part"] == "test").sum()
    assert compared["risk"].null_count() == 0


def test_the_event_of_the_label_is_no_feature(tables, proof):
    """The kind that matters most is what is predicted: other kinds may be features, it is not."""
    spec = spec_of(label={"event": proof.HAPPENED, "horizon_days": 30})
    found = chosen(tables, spec)
    assert proof.HAPPENED not in {*found.counted, *found.timed, *found.last_among}


def test_the_kind_before_is_a_feature_where_it_tells_something():
    """Both kinds happen in each interaction; the last of them tells the rating."""
    ids = [f"i{number:04d}" for number in range(1200)]
    place = pl.Series(range(1200))
    start = pl.datetime(2026, 1, 1, time_zone="UTC") + pl.duration(hours=pl.lit(place))
    interactions = pl.select(interaction_id=pl.Series(ids), started_at=start)
    is_bad = (place * 7919 % 10 < 3) ^ (place % 20 == 0)
    order = [("packed", "sent") if bad else ("sent", "packed") for bad in place * 7919 % 10 < 3]
    times = [pl.col("started_at") + timedelta(minutes=minutes) for minutes in (10, 15)]
    events = pl.concat(
        interactions.select("interaction_id", at=times[step], kind=pl.Series([one[step] for one in order]))
        for step in (0, 1)
    )
    feedback = interactions.select(
        "interaction_id",
        rating=pl.Series([1 if bad else 5 for bad in is_bad]),
        rated_at=pl.col("started_at") + timedelta(hours=2),
    )
    found = chosen(forestall.Tables(interactions, events, feedback), spec_of())
    assert found.last_among == ("packed", "sent")


def test_without_a_clock_only_numbers_are_chosen(tables, proof):
    about = {**tables.about, "clock": "none"}
    found = chosen(
        forestall.Tables(tables.interactions, tables.events, tables.feedback, about=about), spec_of()
    )
    assert proof.HAPPENED in found.counted
    assert (found.timed, found.last_among, found.has_clock) == ((), (), False)


def with_attributes(tables: forestall.Tables, proof: ModuleType) -> forestall.Tables:
    """Return tables whose events have attributes: one that goes with the label, one of chance, and many names."""
    is_bad = tables.feedback.select("interaction_id", bad=pl.col("rating") < 3)
    rows = tables.events.join(is_bad, on="interaction_id", how="left", maintain_order="left")
    place = pl.int_range(pl.len())
    chance = place * 7919 % 100
    return tables.replace(
        events=rows.select(
            *tables.events.columns,
            effort=chance + pl.when(pl.col("bad") & (chance < 60)).then(30).otherwise(0.0),
            chance=(place * 104729 % 997).cast(pl.Float64),
            desk=pl.when(pl.col("bad") & (chance > 20)).then(pl.lit("two")).otherwise(pl.lit("one")),
            number=place.cast(pl.String),
        )
    )


def test_attributes_that_go_with_the_label_are_chosen(tables, proof):
    valued = with_attributes(tables, proof)
    found = chosen(valued, spec_of())
    assert (found.numbers, found.texts) == (("effort",), ("desk",))
    assert chosen(valued, spec_of(kinds={"own": "none", "attributes": "none"})) == NO_KINDS
    listed = chosen(valued, spec_of(kinds={"own": "none", "attributes": ["number", "chance"]}))
    assert (listed.numbers, listed.texts, listed.counted) == (("chance",), ("number",), ())
    with pytest.raises(InputError, match="the events must have the column 'effor'; did you mean 'effort'"):
        chosen(valued, spec_of(kinds={"attributes": ["effor"]}))


def test_a_record_has_the_attributes_of_its_events(tables, proof):
    valued = with_attributes(tables, proof)
    spec = spec_of(kinds={"own": "none", "attributes": ["effort", "desk"]}, families=["service"])
    model = learn(valued, spec, evaluate=False, allow_small=True).model
    some = forestall.default_moments(valued).head(150)
    told = json.loads(json.dumps(forestall.records(valued, some)))
    batch = model.score(valued, moments=some, reasons=True)
    assert batch.equals(model.score(told, reasons=True), null_equal=True)
    assert model.score(told[:3])["dissatisfaction_risk"].equals(batch["dissatisfaction_risk"][:3])
    said = {one["text"] for reasons in batch["reasons"] for one in reasons if one["family"] == "context"}
    assert any(text.startswith("'desk' was last two") for text in said)
    lost = valued.replace(events=valued.events.drop("desk"))
    assert (model.score(lost, moments=some)["data_quality"] == "partial").mean() > 0.9


@pytest.fixture(scope="module")
def model(tables: forestall.Tables) -> RiskModel:
    return learn(tables, spec_of(), evaluate=False, allow_small=True).model


def test_a_record_scores_as_its_moment_does_in_batch(model, tables, proof):
    moments = forestall.moments_at(
        tables, tables.interactions["started_at"][N // 2] + timedelta(hours=5)
    ).head(40)
    last = forestall.default_moments(tables).head(300)
    for some in (moments, last):
        told = json.loads(json.dumps(forestall.records(tables, some)))
        assert model.features(tables, some).equals(model.features(told), null_equal=True)
        batch = model.score(tables, moments=some, reasons=True)
        assert batch.equals(model.score(told, reasons=True), null_equal=True)
        assert batch["contribution_context"].abs().max() > 0.1
        one = model.score_as_lists(told[:1])["dissatisfaction_risk"]
        assert one == batch["dissatisfaction_risk"][:1].to_list()


def test_reasons_name_the_kind_in_each_language(model, tables, proof):
    last = forestall.default_moments(tables).head(300)
    said = {
        language: {
            one["feature"]: one["text"]
            for reasons in model.score(tables, moments=last, reasons=True, language=language)["reasons"]
            for one in reasons
            if one["family"] == "context"
        }
        for language in ("en", "da", "af")
    }
    name = f"context_kind_{proof.HAPPENED}_n"
    assert said["en"][name].startswith(f"'{proof.HAPPENED}' happened ")
    assert said["da"][name].startswith(f"'{proof.HAPPENED}' skete ")
    assert said["af"][name].startswith(f"'{proof.HAPPENED}' het ")


def test_a_saved_model_is_the_same_and_one_without_own_kinds_loads(model, tables, tmp_path):
    model.save(tmp_path)
    again = RiskModel.load(tmp_path)
    assert again.own_kinds == model.own_kinds != NO_KINDS
    assert again.score(tables).equals(model.score(tables), null_equal=True)
    file = tmp_path / "model.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    del content["own_kinds"], content["spec"]["kinds"]
    file.write_text(json.dumps(content), encoding="utf-8")
    assert RiskModel.load(tmp_path).own_kinds == NO_KINDS
