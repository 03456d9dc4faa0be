"""Monitoring: it is quiet while nothing changes, tells what has changed, and what that calls for."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

import forestall
from forestall.data import Tables
from forestall.errors import InputError, UsageError
from forestall.jobs.monitor import monitor
from forestall.monitoring.examine import examined
from forestall.monitoring.page import write_page
from forestall.monitoring.page_text import headline
from forestall.monitoring.result import Monitoring
from forestall.registry import load
from forestall.simulation import simulate_tables

RATED = {"calibration_error", "mean_risk_off", "auc_short"}


@pytest.fixture(scope="module")
def before(company) -> Tables:
    return forestall.read_tables(company)


@pytest.fixture(scope="module")
def now() -> Tables:
    """Give the same company, other people, under ids of their own."""
    frames = simulate_tables(3000, seed=2)
    frames.pop("truth")
    own = pl.concat_str(pl.lit("new "), pl.col("interaction_id"))
    return Tables(**{name: frame.with_columns(interaction_id=own) for name, frame in frames.items()})


@pytest.fixture(scope="module")
def watch(work, before):
    model = load(work.champion, work.tracking_uri)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forestall.monitoring.examine.MOST_LOOKED", 500)  # contributions are slow
        yield lambda now, past=before: examined(model, past, now)


def failed(found: Monitoring) -> set[str]:
    return {one.check for one in found.failed}


def silent(tables: Tables) -> Tables:
    return tables.replace(feedback=tables.feedback.clear())


def rate(tables: Tables, rating: pl.Expr) -> Tables:
    return tables.replace(feedback=tables.feedback.with_columns(rating=rating))


def stack(first: Tables, second: Tables) -> Tables:
    pairs = {
        name: (getattr(first, name), getattr(second, name)) for name in ("interactions", "events", "feedback")
    }
    return Tables(**{name: pl.concat(pair, how="diagonal") for name, pair in pairs.items()})


def test_nothing_is_due_while_nothing_changes_with_ratings_and_without(watch, now):
    rated, unrated = watch(now), watch(silent(now))
    assert (rated.verdict, unrated.verdict) == ("nothing is due", "nothing is due")
    assert rated.is_decided_by_ratings
    assert not unrated.is_decided_by_ratings
    assert "keep the model" in headline(rated)
    assert "too few outcomes" in headline(unrated)


def test_what_the_reference_has_is_past_and_not_compared(watch, before, now):
    found = watch(stack(before, now))
    assert found.current.n <= 3000
    assert "5,000 interactions that the reference has too are not compared." in found.notes
    with pytest.raises(InputError, match="must hold interactions that the reference has not"):
        watch(before)


def test_ratings_that_turn_call_for_retraining(watch, now):
    found = watch(rate(now, 6 - pl.col("rating")))
    assert failed(found) == RATED
    assert found.retraining_due


def test_ratings_of_one_kind_alone_are_not_too_few_to_decide(watch, now):
    found = watch(rate(now, pl.lit(5.0)))
    assert "mean_risk_off" in failed(found)
    assert found.retraining_due


def test_a_place_never_learnt_from_calls_for_retraining(watch, now):
    venue = pl.when(pl.col("interaction_id").str.ends_with("3")).then(pl.lit("Elsewhere")).otherwise("venue")
    found = watch(now.replace(interactions=now.interactions.with_columns(venue=venue)))
    assert failed(found) == set()  # a tenth is within what so few may show by chance
    found = watch(now.replace(interactions=now.interactions.with_columns(venue=pl.lit("Elsewhere"))))
    assert "unknown_share" in failed(found)
    assert found.retraining_due


def test_lost_facts_call_for_repair_and_not_for_learning_without_them(watch, now, tmp_path: Path):
    lost = {
        "the column channel": now.replace(interactions=now.interactions.with_columns(channel=pl.lit(None, pl.String))),
        "events 'greeted'": now.replace(events=now.events.filter(pl.col("kind") != "greeted")),
        "events 'closed'": now.replace(events=now.events.filter(pl.col("kind") != "closed")),
        "the customers' past": now.replace(interactions=now.interactions.with_columns(customer_id="interaction_id")),
    }  # fmt: skip
    for name, tables in lost.items():
        found = watch(silent(tables))
        assert (found.repair_due, found.retraining_due) == (True, False), name
        page = write_page(found, tmp_path / "page.html").read_text()
        assert "repair the data before using the risks" in page
        assert name.replace("'", "&#39;") in page


def test_what_has_not_come_yet_is_no_loss(watch, now):
    """Of the last days nothing has ended and few ratings have come: neither is held against the model."""
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
    hasty = cut.replace(feedback=feedback.unique("interaction_id", keep="first", maintain_order=True))
    assert hasty.feedback.height > cut.feedback.height
    found, angry = watch(cut), watch(hasty)
    assert angry.outcome.metrics["n_dissatisfied"] == found.outcome.metrics["n_dissatisfied"]
    assert any("of the newest ratings do not count yet" in note for note in angry.notes)
    assert any("have not had time to end" in note for note in found.notes)


def test_one_interaction_says_little_and_breaks_nothing(watch, now, tmp_path: Path):
    one = now.interactions.sort("started_at")[-1:]["interaction_id"].implode()
    alone = now.replace(
        interactions=now.interactions.filter(pl.col("interaction_id").is_in(one)),
        events=now.events.filter(pl.col("interaction_id").is_in(one)),
        feedback=now.feedback.clear(),
    )
    found = watch(alone)
    assert not found.retraining_due
    assert any("Of 1 new interaction it is not judged" in note for note in found.notes)
    assert "1 new interaction" in write_page(found, tmp_path / "page.html").read_text()


def test_without_a_clock_no_dates_are_told(watch, before, now):
    past, later = (
        Tables(one.interactions, one.events, about={**one.about, "clock": "none"}) for one in (before, now)
    )
    found = watch(later, past)
    assert (found.current.begins, found.current.ends) == ("", "")
    assert any("no clock" in note for note in found.notes)


def test_the_job_writes_all_once_and_never_over_another(work, now, before, tmp_path: Path):
    result = monitor(work.champion, before, now, output=tmp_path / "out", tracking_uri=work.tracking_uri)
    names = {one.name for one in (tmp_path / "out").iterdir()}
    assert names == {"report.html", "monitoring.json", "features.parquet", "summary.json"}
    assert not result.retraining_due
    assert result.exit_code == 0
    with pytest.raises(UsageError, match="holds the results of run"):
        monitor(work.champion, before, silent(now), output=tmp_path / "out", tracking_uri=work.tracking_uri)
