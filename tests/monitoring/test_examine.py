"""Monitoring finds nothing while nothing changes, and each change calls for the right action."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

import forestall
from forestall.data import Tables
from forestall.errors import InputError
from forestall.monitoring.examine import examine
from forestall.monitoring.monitored_records import WholeRecords
from forestall.monitoring.page import write_page
from forestall.monitoring.page_text import headline
from forestall.monitoring.result import Monitoring
from forestall.registry import load
from forestall.simulation import simulate_tables

OUTCOME_CHECKS = {"calibration_error", "mean_risk_off", "auc_short"}


@pytest.fixture(scope="module")
def before(company) -> Tables:
    return forestall.read_tables(company)


@pytest.fixture(scope="module")
def now() -> Tables:
    """Return newer data of the same company, with other customers and ids."""
    frames = simulate_tables(3000, seed=2)
    frames.pop("truth")
    own = pl.concat_str(pl.lit("new "), pl.col("interaction_id"))
    return Tables(**{name: frame.with_columns(interaction_id=own) for name, frame in frames.items()})


@pytest.fixture(scope="module")
def monitored(work, before):
    model = load(work.champion, work.tracking_uri)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forestall.monitoring.scored_cohort.MOST_EXPLAINED", 500)  # contributions are slow
        yield lambda now, past=before: examine(model, WholeRecords(past), WholeRecords(now))


def failed(found: Monitoring) -> set[str]:
    return {one.check for one in found.failed}


def without_ratings(tables: Tables) -> Tables:
    return tables.replace(feedback=tables.feedback.clear())


def with_rating(tables: Tables, rating: pl.Expr) -> Tables:
    return tables.replace(feedback=tables.feedback.with_columns(rating=rating))


def concatenate(first: Tables, second: Tables) -> Tables:
    pairs = {
        name: (getattr(first, name), getattr(second, name)) for name in ("interactions", "events", "feedback")
    }
    return Tables(**{name: pl.concat(pair, how="diagonal") for name, pair in pairs.items()})


def test_nothing_is_due_while_nothing_changes_with_and_without_ratings(monitored, now):
    rated, unrated = monitored(now), monitored(without_ratings(now))
    assert (rated.verdict, unrated.verdict) == ("nothing is due", "nothing is due")
    assert rated.is_decided_by_ratings
    assert not unrated.is_decided_by_ratings
    assert "keep the model" in headline(rated)
    assert "too few outcomes" in headline(unrated)


def test_interactions_of_the_reference_are_not_compared(monitored, before, now):
    found = monitored(concatenate(before, now))
    assert found.current.n <= 3000
    assert "5,000 interactions that the reference has too are not compared." in found.notes
    with pytest.raises(InputError, match="must hold interactions that the reference has not"):
        monitored(before)


def test_reversed_ratings_call_for_retraining(monitored, now):
    found = monitored(with_rating(now, 6 - pl.col("rating")))
    assert failed(found) == OUTCOME_CHECKS
    assert found.retraining_due


def test_ratings_that_are_all_good_decide_too(monitored, now):
    found = monitored(with_rating(now, pl.lit(5.0)))
    assert "mean_risk_off" in failed(found)
    assert found.retraining_due


def test_an_unknown_venue_calls_for_retraining(monitored, now):
    venue = pl.when(pl.col("interaction_id").str.ends_with("3")).then(pl.lit("Elsewhere")).otherwise("venue")
    found = monitored(now.replace(interactions=now.interactions.with_columns(venue=venue)))
    assert failed(found) == set()  # an observed share of a tenth is within sampling noise of the limit
    found = monitored(now.replace(interactions=now.interactions.with_columns(venue=pl.lit("Elsewhere"))))
    assert "unknown_share" in failed(found)
    assert found.retraining_due


def test_lost_facts_call_for_repair_and_not_for_retraining(monitored, now, tmp_path: Path):
    lost = {
        "the column channel": now.replace(interactions=now.interactions.with_columns(channel=pl.lit(None, pl.String))),
        "events 'greeted'": now.replace(events=now.events.filter(pl.col("kind") != "greeted")),
        "events 'closed'": now.replace(events=now.events.filter(pl.col("kind") != "closed")),
        "the customers' past": now.replace(interactions=now.interactions.with_columns(customer_id="interaction_id")),
    }  # fmt: skip
    for name, tables in lost.items():
        found = monitored(without_ratings(tables))
        assert (found.repair_due, found.retraining_due) == (True, False), name
        page = write_page(found, tmp_path / "page.html").read_text()
        assert "repair the data before using the risks" in page
        assert name.replace("'", "&#39;") in page


def test_interactions_that_have_not_ended_do_not_count_as_lost_facts(monitored, now):
    """The newest interactions are still open and have few ratings; that is not drift."""
    end = now.interactions["started_at"].max() - timedelta(days=400)
    cut = now.replace(
        interactions=now.interactions.filter(pl.col("started_at") < end),
        events=now.events.filter(pl.col("at") < end),
        feedback=now.feedback.filter(pl.col("rated_at") < end),
    )
    newest = cut.interactions.filter(pl.col("started_at") > end - timedelta(days=2)).select(
        "interaction_id", rating=pl.lit(1.0), rated_at=pl.lit(end - timedelta(seconds=1))
    )
    feedback = pl.concat([cut.feedback, newest.cast(cut.feedback.schema)])
    with_early_ratings = cut.replace(
        feedback=feedback.unique("interaction_id", keep="first", maintain_order=True)
    )
    assert with_early_ratings.feedback.height > cut.feedback.height
    found, with_early = monitored(cut), monitored(with_early_ratings)
    assert with_early.outcome.metrics["n_dissatisfied"] == found.outcome.metrics["n_dissatisfied"]
    assert any("of the newest ratings do not count yet" in note for note in with_early.notes)
    assert any("have not had time to end" in note for note in found.notes)


def test_a_single_interaction_is_enough_for_a_report(monitored, now, tmp_path: Path):
    one = now.interactions.sort("started_at")[-1:]["interaction_id"].implode()
    alone = now.replace(
        interactions=now.interactions.filter(pl.col("interaction_id").is_in(one)),
        events=now.events.filter(pl.col("interaction_id").is_in(one)),
        feedback=now.feedback.clear(),
    )
    found = monitored(alone)
    assert not found.retraining_due
    assert any("are not checked on 1 new interaction:" in note for note in found.notes)
    assert "1 new interaction" in write_page(found, tmp_path / "page.html").read_text()


def test_without_a_clock_there_are_no_dates(monitored, before, now):
    past, later = (
        Tables(one.interactions, one.events, about={**one.about, "clock": "none"}) for one in (before, now)
    )
    found = monitored(later, past)
    assert (found.current.begins, found.current.ends) == ("", "")
    assert any("no clock" in note for note in found.notes)
