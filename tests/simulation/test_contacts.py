"""Simulated contacts: some customers are helped, some annoyed, and the truth has both risks."""

import polars as pl
import pytest

from forestall.data import Tables
from forestall.jobs.simulate_policy import play_policy
from forestall.moments import Label, default_moments, label_moments
from forestall.simulation import simulate_tables
from forestall.simulation.contacts import ANNOYED, HELPED, SAVED, SPOILT, offer_times
from forestall.simulation.tables import END

LABEL = Label(scale=(1, 5), dissatisfied_at_or_below=2, horizon_days=30)


@pytest.fixture(scope="module")
def frames():
    return simulate_tables(6000, seed=5, response_rate=0.9)


@pytest.fixture(scope="module")
def played(frames):
    return play_policy(frames, 5)


def tables_of(frames):
    three = (frames["interactions"], frames["events"], frames["feedback"])
    return Tables(*three, {"exported_at": END.isoformat()}, frames.get("contacts"))


def test_the_tables_are_valid_and_nobody_held_out_is_contacted(played):
    tables = tables_of(played)
    assert tables.rejections.counts() == {}
    by_arm = played["contacts"].group_by("arm").agg(pl.col("result").count(), pl.len())
    shares = {arm: (n, total) for arm, n, total in by_arm.iter_rows()}
    assert set(shares) == {"contact", "holdout"}
    assert shares["holdout"][0] == 0
    assert shares["contact"][0] == shares["contact"][1]


def test_offers_come_after_the_end_while_the_outcome_is_open(frames):
    offers = offer_times(frames)
    rated = offers.join(frames["feedback"], on="interaction_id")
    assert (rated["rated_at"] > rated["at"]).all()
    assert set(offers["at"].dt.hour()) == {4}


def test_uncontacted_customers_are_as_before_and_each_kind_has_its_risk(frames, played):
    reached = played["contacts"].filter(result="reached")
    before = frames["feedback"].join(reached, on="interaction_id", how="anti")
    after = played["feedback"].join(reached, on="interaction_id", how="anti")
    both = before.join(after, on="interaction_id", suffix="_after")
    assert both["rating"].equals(both["rating_after"].alias("rating"))
    truth = played["truth"].with_columns(difference=pl.col("true_risk_contacted") - pl.col("true_risk"))
    assert truth["difference"].min() < -SAVED[HELPED] * 0.5
    assert truth["difference"].max() == pytest.approx(SPOILT[ANNOYED], abs=0.05)


def test_contacts_lower_the_rate_and_the_holdout_gives_the_true_one(frames, played):
    """The small twin of benchmarks/retraining.py: the weighted rate is that of the company without contacts."""

    def rate(tables, moments):
        found = label_moments(tables, moments, LABEL).drop_nulls("label")
        weight = found["holdout_weight"] if "holdout_weight" in found.columns else found["label"] * 0 + 1
        return (found["label"] * weight).sum() / weight.sum()

    plain, with_contacts = tables_of(frames), tables_of(played)
    moments = default_moments(plain)
    true = rate(plain, moments)
    naive = rate(with_contacts.replace(contacts=with_contacts.contacts.clear()), moments)
    assert rate(with_contacts, moments) == pytest.approx(true, abs=0.02)  # of 250 held-out customers
    assert naive < true - 0.008
