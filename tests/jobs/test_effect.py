import json
from pathlib import Path

import mlflow
import polars as pl
import pytest

import forestall
from forestall.data import Tables
from forestall.errors import InputError, UsageError
from forestall.jobs.effect import EffectResult, effect
from made_experiments import made_company


def with_contacts(tables: Tables, contacts: pl.DataFrame) -> Tables:
    return Tables(tables.interactions, tables.events, tables.feedback, tables.about, contacts)


@pytest.fixture(scope="module")
def company() -> Tables:
    return with_contacts(*made_company())


@pytest.fixture(scope="module")
def result(company: Tables, tmp_path_factory: pytest.TempPathFactory) -> tuple[EffectResult, Path, str]:
    folder = tmp_path_factory.mktemp("effect")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    company.write(folder / "data")
    return effect(folder / "data", output=folder / "out", tracking_uri=uri), folder / "out", uri


def test_the_file_holds_for_each_outcome_both_effects_the_sequence_and_the_saved_share(result) -> None:
    found = json.loads((result[1] / "effect.json").read_text(encoding="utf-8"))
    assert found["experiment"] == "spring"
    assert set(found["outcomes"]) == {"rating", "complained", "came_back", "customer_value"}
    for one in found["outcomes"].values():
        for what in ("intention_to_treat", "complier_effect"):
            assert one[what]["low"] < one[what]["value"] < one[what]["high"]
        assert one["confidence_sequence"]["low"] < one["intention_to_treat"]["low"]
        assert sum(one["n_by_arm"].values()) == one["n"]
    rating = found["outcomes"]["rating"]
    # of the bad outcomes half is prevented among the 60 % who are reached
    assert rating["saved_share"]["low"] < 0.3 < rating["saved_share"]["high"]
    assert rating["complier_effect"]["value"] < rating["intention_to_treat"]["value"] < 0
    assert found["is_sound"]
    assert {one["check"] for one in found["checks"]} >= {"sample_ratio", "balance", "ledger_complete"}


def test_the_run_has_the_page_the_figures_and_the_metrics(result) -> None:
    found, out, uri = result
    client = mlflow.MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("forestall-effect")
    (run,) = client.search_runs([experiment.experiment_id])
    itt = found.effect.outcomes["rating"].intention_to_treat.value
    assert run.data.metrics["effect/rating/intention_to_treat"] == pytest.approx(itt)
    assert {one.path for one in client.list_artifacts(run.info.run_id)} >= {"effect.json", "report.html"}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Contacting helps" in page
    assert "https://" not in page.split("<script>")[0]


def test_the_saved_share_of_a_policy_is_the_lower_end_of_the_interval_that_decides(company: Tables) -> None:
    nightly, planned = (forestall.effect(company, final=final).effect for final in (False, True))
    rating = nightly.outcomes["rating"]
    assert nightly.measured_saved_share["saved_share"] == rating.saved_share_sequence.low
    assert planned.measured_saved_share["saved_share"] == rating.saved_share.low
    assert 0 < rating.saved_share_sequence.low < rating.saved_share.low < 0.3
    assert nightly.measured_saved_share["date"] == nightly.as_of[:10]


def test_a_contact_that_changes_who_rates_is_judged_by_the_bounds() -> None:
    found = forestall.effect(with_contacts(*made_company(more_rate=0.3, saved=0.0, seed=3))).effect
    rating = found.outcomes["rating"]
    assert rating.changes_who_rates
    assert rating.to_dict()["decides"] == "Lee bounds"
    assert rating.verdict == "not shown"
    assert found.measured_saved_share is None


def test_a_lost_part_of_the_holdout_makes_every_figure_void() -> None:
    tables, contacts = made_company(seed=4)
    lost = (pl.col("arm") == "holdout") & (pl.int_range(pl.len()) % 3 == 0)
    found = forestall.effect(with_contacts(tables, contacts.filter(~lost))).effect
    assert not found.is_sound
    assert found.measured_saved_share is None


def test_each_customer_counts_once_however_often_the_list_named_them(company: Tables) -> None:
    again = company.contacts.with_columns(
        pl.col("contact_id") + "-2", at=pl.col("at") + pl.duration(days=1), done_at=None, result=None
    )
    twice = company.replace(contacts=pl.concat([company.contacts, again]))
    once, often = (forestall.effect(one).effect for one in (company, twice))
    assert often.n_entries == 2 * once.n_entries
    assert often.outcomes["rating"].intention_to_treat == once.outcomes["rating"].intention_to_treat


def test_outcomes_are_the_kinds_given(company: Tables) -> None:
    found = forestall.effect(company, outcome=["note", "escalated"]).effect
    assert list(found.outcomes) == ["rating", "note", "escalated", "came_back", "customer_value"]


def test_what_is_missing_is_said(company: Tables) -> None:
    with pytest.raises(UsageError, match="--experiment must be one of spring, is autumn"):
        forestall.effect(company, experiment="autumn")
    with pytest.raises(InputError, match="must hold the table contacts"):
        forestall.effect(company.replace(contacts=company.contacts.clear()))
    two = pl.concat([company.contacts, company.contacts.with_columns(experiment=pl.lit("autumn"))])
    with pytest.raises(UsageError, match="--experiment must be one of autumn, spring"):
        forestall.effect(company.replace(contacts=two))


@pytest.mark.parametrize("n", [1, 2, 40])
def test_a_few_customers_or_one_arm_alone_give_no_verdict(n: int) -> None:
    tables, contacts = made_company(n=60, seed=5)
    found = forestall.effect(with_contacts(tables, contacts.head(n))).effect
    assert found.outcomes["rating"].verdict in {"too early", "not shown"}
    alone = forestall.effect(with_contacts(tables, contacts.filter(pl.col("arm") == "contact"))).effect
    assert alone.outcomes["rating"].verdict == "too early"
    assert any("No customer is in the arm holdout" in note for note in alone.notes)


def test_the_explored_are_contacted_too_and_those_below_the_threshold_are_compared_apart(
    company: Tables,
) -> None:
    plain = forestall.effect(company).effect
    is_held = pl.col("arm") == "holdout"
    below = pl.col("risk") < 0.15
    some = (pl.int_range(pl.len()) % 3 == 0) & ~is_held
    of_list = company.contacts.with_columns(arm=pl.when(some).then(pl.lit("explore")).otherwise("arm"))
    same = forestall.effect(company.replace(contacts=of_list)).effect
    assert same.outcomes["rating"].intention_to_treat == plain.outcomes["rating"].intention_to_treat
    explored = company.contacts.with_columns(
        arm=pl.when(below & ~is_held).then(pl.lit("explore")).otherwise("arm"),
        probability=pl.when(below).then(0.5).otherwise("probability"),
    )
    found = forestall.effect(company.replace(contacts=explored)).effect
    n_below = company.contacts.filter(below).height
    assert found.n_units == plain.n_units - n_below
    assert found.below_threshold.n + found.outcomes["rating"].n == plain.outcomes["rating"].n


def test_probabilities_of_three_arms_are_taken_among_the_two_that_are_compared(company: Tables) -> None:
    shares = {"contact": 0.56, "holdout": 0.3, "explore": 0.14}
    arms = [
        "explore" if one == "contact" and k % 5 == 0 else one for k, one in enumerate(company.contacts["arm"])
    ]
    three = company.contacts.with_columns(
        arm=pl.Series(arms), probability=pl.Series([shares[one] for one in arms])
    )
    found = forestall.effect(company.replace(contacts=three)).effect
    assert found.is_sound
    assert found.n_units == sum(one != "explore" for one in arms)


def test_an_outcome_is_a_kind_of_event_and_one_that_never_came_is_noted(company: Tables) -> None:
    with pytest.raises(UsageError, match="--outcome must be a kind of event, is came_back; leave it out"):
        forestall.effect(company, outcome="came_back")
    found = forestall.effect(company, outcome=["complained", "complaned"]).effect
    notes = [one for one in found.notes if one.startswith("No event")]
    assert notes == [
        "No event of the kind 'complaned' is recorded, so its effect is 0 in both arms; did you mean 'complained'?"
    ]
