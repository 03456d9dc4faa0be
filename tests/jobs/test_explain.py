"""`forestall.explain`: one interaction, moment by moment."""

import polars as pl
import pytest

import forestall
from forestall.errors import InputError, UsageError


def test_each_event_has_its_risk_and_reasons(work):
    events = pl.read_parquet(work.data / "events.parquet")
    longest = events["interaction_id"].value_counts(sort=True)["interaction_id"][0]
    found = forestall.explain(work.champion, work.data, longest, tracking_uri=work.tracking_uri)
    assert (found.interaction_id, found.model_name, found.model_version) == (longest, "quick-risk", "1")
    times = [moment["as_of"] for moment in found.moments]
    assert times == sorted(set(times))
    own = set(events.filter(pl.col("interaction_id") == longest)["kind"])
    happened = {kind for moment in found.moments for kind in (moment["happened"] or "").split(", ")}
    assert happened - {""} <= own
    reasons = found.to_dict()["moments"][-1]["reasons"]
    assert found.summary()["moments"][-1]["reasons"] == [reason["text"] for reason in reasons] != []


def test_an_unknown_interaction_is_refused_without_its_id(work):
    with pytest.raises(InputError, match="--interaction must be an interaction_id of the data") as error:
        forestall.explain(work.champion, work.data, "Mrs Botha", tracking_uri=work.tracking_uri)
    assert "Botha" not in str(error.value)


def test_numbers_are_names_and_a_loaded_model_is_a_model(work):
    """Who has the tables and a model in memory needs no address, and an id need not be text."""
    tables = forestall.read_tables(work.data)
    own = tables.interactions["interaction_id"][0]
    numbered = forestall.Tables(
        *[
            frame.filter(interaction_id=own).with_columns(interaction_id=pl.lit(7))
            for frame in (tables.interactions, tables.events, tables.feedback)
        ]
    )
    model = forestall.load(work.champion, work.tracking_uri)
    assert forestall.explain(model, numbered, 7).moments == forestall.explain(model, numbered, "7").moments
    moments = pl.DataFrame({"interaction_id": [7.0], "as_of": [tables.interactions["started_at"][0]]})
    assert forestall.features(numbered, moments=moments, model=model)["interaction_id"].to_list() == ["7"]
    with pytest.raises(UsageError, match="a what-if question must be a dict"):
        forestall.explain(model, numbered, 7, what_if="service_wait_s=60")


def test_a_what_if_question_is_answered_at_each_moment(work):
    events = pl.read_parquet(work.data / "events.parquet")
    served = events.filter(kind="served")["interaction_id"][0]
    found = forestall.explain(
        work.champion, work.data, served, what_if={"service_wait_s": 0}, tracking_uri=work.tracking_uri
    )
    plain = forestall.explain(work.champion, work.data, served, tracking_uri=work.tracking_uri)
    assert [moment | {"what_if": None} for moment in found.moments] == [
        moment | {"what_if": None} for moment in plain.moments
    ]
    assert found.what_if["changes"] == {"service_wait_s": 0.0}
    assert "not the effect" in found.what_if["note"]
    first, last = found.moments[0], found.moments[-1]
    assert first["what_if"]["as_of"] == first["as_of"]
    assert last["what_if"]["as_of"] < last["as_of"]
    assert last["what_if"]["dissatisfaction_risk"] < last["dissatisfaction_risk"]
    assert "what_if" not in plain.to_dict()
    assert found.summary()["moments"][-1]["risk_if"] == last["what_if"]["dissatisfaction_risk"]


def test_a_question_that_changes_nothing_has_the_same_risks(work):
    """The records of a what-if question score as the tables do."""
    events = pl.read_parquet(work.data / "events.parquet")
    transferred = events.filter(kind="transferred")["interaction_id"][0]
    n = events.filter(kind="transferred", interaction_id=transferred).height
    found = forestall.explain(
        work.champion,
        work.data,
        transferred,
        what_if={"resolution_transfer_n": n},
        tracking_uri=work.tracking_uri,
    )
    for moment in found.moments:
        answer = moment["what_if"]
        assert answer == {name: moment[name] for name in answer}


def test_a_fact_that_is_unknown_is_refused(work):
    with pytest.raises(UsageError, match="did you mean 'service_wait_s'"):
        forestall.explain(
            work.champion, work.data, "i000001", what_if={"service_wait": 1}, tracking_uri=work.tracking_uri
        )
