"""The lists that people work from: whom to contact first, and whom a person may think about."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from companies import DAY, at, company, visit
from forestall.contacts.contact_list import FOR_A_PERSON, contact_list, partings
from forestall.data import read_tables
from forestall.errors import UsageError
from forestall.jobs.score import score
from forestall.model import Spec
from forestall.moments import end_of_records
from forestall.registry.score_rows import SCORE_SCHEMA, score_rows

LABEL = {"event": "complained", "horizon_days": 30}
POLICY = {"capacity_per_day": 2, "cost_per_contact": 10, "saved_share": 0.5, "customer_value": 300}


def spec(**more):
    return Spec(name="a", label=LABEL, **more)


def scored(tables, risks, second=100, band="critical"):
    """Return the score rows of interactions at one second, by their risk."""
    values = dict(tables.interactions.select("interaction_id", "customer_value").iter_rows())
    whose = dict(tables.interactions.select("interaction_id", "customer_id").iter_rows())
    rows = pl.DataFrame(
        {
            "interaction_id": list(risks),
            "customer_id": [whose[name] for name in risks],
            "as_of": [at(second)] * len(risks),
            "dissatisfaction_risk": list(risks.values()),
            "risk_band": band,
            "expected_loss": [
                None if values[name] is None or risk is None else risk * values[name]
                for name, risk in risks.items()
            ],
        },
        schema_overrides={"as_of": pl.Datetime("us", "UTC")},
    )
    return score_rows(rows, model_name="a", model_version="1")


@pytest.fixture(scope="module")
def tables():
    return company(
        visit("rich", 0, customer_id="u", customer_value=1000.0),
        visit("rich again", 0, customer_id="u", customer_value=1000.0),
        visit("poor", 0, customer_id="v", customer_value=50.0),
        visit("plain", 0, customer_id="w", customer_value=200.0),
        visit("stranger", 0),
        visit("too late", 0, (50, "complained", "customer"), customer_id="x", customer_value=5000.0),
    )


NOW = at(100)
RISKS = {"rich": 0.2, "rich again": 0.3, "poor": 0.3, "plain": 0.9, "stranger": 0.8, "too late": 0.9}


BY_RATING = {"scale": [1, 5], "dissatisfied_at_or_below": 2}


@pytest.mark.parametrize("label", [LABEL, BY_RATING], ids=["an event", "a rating"])
def test_the_list_is_by_expected_loss_once_a_customer_and_without_who_has_complained(tables, label):
    """Whatever is foreseen, who has complained need not be anticipated any more."""
    listed, counted = contact_list(scored(tables, RISKS), tables, Spec(name="a", label=label), None, NOW)
    assert listed["interaction_id"].to_list() == ["rich again", "plain", "poor", "stranger"]
    assert listed["place"].to_list() == [1, 2, 3, 4]
    assert counted["already_known"] == 1
    assert listed["expected_saving"].null_count() == 4


def test_with_a_policy_it_ends_where_no_contact_pays_or_there_is_no_room(tables):
    """A stranger has a value of 300 and a loss of 240; the poor one's 15 x 0.5 does not pay for 10."""
    rows = scored(tables, RISKS).with_columns(
        expected_loss=pl.when(pl.col("interaction_id") == "stranger").then(240.0).otherwise("expected_loss")
    )
    listed, counted = contact_list(rows, tables, spec(policy=POLICY), 9, NOW)
    assert listed["interaction_id"].to_list() == ["rich again", "stranger", "plain"]
    assert listed["customer_value"].to_list() == [1000, 300, 200]
    assert listed["expected_saving"].to_list() == pytest.approx([140, 110, 80])
    assert counted["assumed_saved_share"] == 0.5
    assert contact_list(rows, tables, spec(policy=POLICY), None, NOW)[0].height == 2


def test_who_is_not_scored_is_not_listed(tables):
    listed, _ = contact_list(scored(tables, {"rich": None, "plain": 0.5}), tables, spec(), None, NOW)
    assert listed["interaction_id"].to_list() == ["plain"]
    assert contact_list(scored(tables, {}), tables, spec(policy=POLICY), None, NOW)[0].height == 0


def failing(name, day, cost, customer, value):
    """Return a visit of a customer with a return on a day."""
    second = day * DAY
    return visit(
        name,
        second,
        (second, "returned", "customer", float(cost)),
        customer_id=customer,
        customer_value=value,
    )


def test_a_parting_needs_cost_above_a_low_and_known_value_and_says_what_it_is_for():
    """Costs count from a year before the moment up to it; who is worth much, or nobody knows what, is never listed."""
    tables = company(
        failing("long ago", -400, 900, "a", 20.0),
        failing("a1", -100, 30, "a", 20.0),
        failing("later", 1, 500, "a", 20.0),
        visit("a2", 0, customer_id="a", customer_value=20.0),
        failing("b1", -10, 15, "b", 20.0),
        failing("c1", -10, 5000, "c", 900.0),
        failing("d1", -10, 5000, "d", None),
        failing("e1", -10, 5000, None, 20.0),
        visit("f", 0, (1, "tipped", "customer", 90.0), customer_id="f", customer_value=20.0),
    )
    risks = dict.fromkeys(["a2", "b1", "c1", "d1", "e1", "f"], 0.9)
    found = partings(scored(tables, risks), tables)
    assert found.select("customer_id", "failure_cost").rows() == [("a", 30.0)]
    assert found["note"].to_list() == [FOR_A_PERSON]
    assert "never to act on by itself" in FOR_A_PERSON
    assert partings(scored(tables, risks, band="high"), tables).height == 0


def test_a_job_writes_the_list_it_is_asked_for_and_no_other(work, tmp_path):
    def job(folder, **how):
        return score(
            work.champion,
            work.data,
            output=tmp_path / folder,
            scored_at=datetime(2026, 11, 1, tzinfo=UTC),
            tracking_uri=work.tracking_uri,
            **how,
        ).summary

    summary = job("five", contacts=5, reasons=True)
    listed = pl.read_parquet(tmp_path / "five" / "contact_list.parquet")
    assert (listed.height, summary["contact_list"]["contacts"]) == (5, 5)
    assert listed["expected_loss"].is_sorted(descending=True)
    assert listed["reason"].str.len_chars().min() > 5
    rows = pl.read_parquet(tmp_path / "five" / "scores" / "*.parquet")
    assert rows.schema == SCORE_SCHEMA
    records = read_tables(work.data)
    soon = rows.filter(pl.col("as_of") >= end_of_records(records) - timedelta(days=30))
    silent = soon.join(records.feedback, on="interaction_id", how="anti").join(
        records.events.filter(pl.col("kind") == "complained"), on="interaction_id", how="anti"
    )
    assert listed["expected_loss"][0] == silent["expected_loss"].max()
    assert not (tmp_path / "five" / "partings.parquet").exists()
    assert "contact_list" not in job("none")
    assert not (tmp_path / "none" / "contact_list.parquet").exists()
    with pytest.raises(UsageError, match="--contacts must be at least 1"):
        job("wrong", contacts=0)


def test_who_has_said_it_by_the_time_of_the_job_or_can_no_more_is_not_called():
    """Each was scored at its end, long before the job: what came between is known to the job."""
    day = DAY
    tables = company(
        visit("rated since", 0, customer_id="a", customer_value=100.0),
        visit(
            "complained since", 0, (5 * day, "complained", "customer"), customer_id="b", customer_value=100.0
        ),
        visit(
            "complains later", 0, (20 * day, "complained", "customer"), customer_id="c", customer_value=100.0
        ),
        visit("rated, nobody knows when", 0, customer_id="d", customer_value=100.0),
        visit("silent", 0, customer_id="e", customer_value=100.0),
        ratings=[("rated since", 1, 3 * day), ("rated, nobody knows when", 1, None)],
    )
    rows = scored(tables, dict.fromkeys(tables.interactions["interaction_id"], 0.5))
    spec_ = Spec(name="a", label={**BY_RATING, "horizon_days": 30})
    listed, counted = contact_list(rows, tables, spec_, None, at(10 * day))
    assert set(listed["interaction_id"]) == {"complains later", "silent"}
    assert (counted["already_known"], counted["too_late"]) == (3, 0)
    listed, counted = contact_list(rows, tables, spec_, None, at(40 * day))
    assert (listed.height, counted["already_known"], counted["too_late"]) == (0, 4, 1)
