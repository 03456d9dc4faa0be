"""Monitoring: no alarm while nothing changes, what is found when something has, and what that calls for."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

import forestall
from forestall.data import Tables
from forestall.errors import InputError, UsageError
from forestall.evaluation.check import MonitoringCheck
from forestall.jobs.monitor import MonitoringResult, monitor
from forestall.monitoring.examine import examined
from forestall.monitoring.page import headline, write_page
from forestall.monitoring.result import Monitoring
from forestall.registry import load
from forestall.simulation import simulate_tables

RATED = {"calibration_error", "mean_risk_off", "auc_short"}


@pytest.fixture(scope="module")
def before(company) -> Tables:
    return forestall.read_tables(company)


@pytest.fixture(scope="module")
def now() -> Tables:
    """Return data of the same company and other people, under their own ids."""
    frames = simulate_tables(3000, seed=2)
    frames.pop("truth")
    own = pl.concat_str(pl.lit("new "), pl.col("interaction_id"))
    return Tables(**{name: frame.with_columns(interaction_id=own) for name, frame in frames.items()})


@pytest.fixture(scope="module")
def watch(work, before):
    model = load(work.champion, work.tracking_uri)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forestall.monitoring.examine.MOST_EXPLAINED", 500)  # contributions are slow
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


def test_nothing_is_due_while_nothing_changes_with_and_without_ratings(watch, now):
    rated, unrated = watch(now), watch(silent(now))
    assert (rated.verdict, unrated.verdict) == ("nothing is due", "nothing is due")
    assert rated.is_decided_by_ratings
    assert not unrated.is_decided_by_ratings
    assert "it can stay" in headline(rated)
    assert "too few outcomes" in headline(unrated)


def test_interactions_of_the_reference_are_not_compared(watch, before, now):
    found = watch(stack(before, now))
    assert found.current.n <= 3000
    assert "5,000 interactions that the reference has too are not compared." in found.notes
    with pytest.raises(InputError, match="must hold interactions that the reference has not"):
        watch(before)


def test_reversed_ratings_call_for_retraining(watch, now):
    found = watch(rate(now, 6 - pl.col("rating")))
    assert failed(found) == RATED
    assert found.retraining_due


def test_ratings_that_are_all_good_are_enough_to_decide(watch, now):
    found = watch(rate(now, pl.lit(5.0)))
    assert "mean_risk_off" in failed(found)
    assert found.retraining_due


def test_an_unknown_venue_calls_for_retraining(watch, now):
    venue = pl.when(pl.col("interaction_id").str.ends_with("3")).then(pl.lit("Elsewhere")).otherwise("venue")
    found = watch(now.replace(interactions=now.interactions.with_columns(venue=venue)))
    assert failed(found) == set()  # a tenth is within what so few may show by chance
    found = watch(now.replace(interactions=now.interactions.with_columns(venue=pl.lit("Elsewhere"))))
    assert "unknown_share" in failed(found)
    assert found.retraining_due


def test_lost_facts_call_for_repair_and_not_for_retraining(watch, now, tmp_path: Path):
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
        assert "repair them before trusting the risks" in page
        assert name.replace("'", "&#39;") in page


def test_interactions_that_have_not_ended_do_not_count_as_lost_facts(watch, now):
    """In the last days no interaction has ended and few ratings have come. Neither counts against the model."""
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


def test_a_single_interaction_is_enough_for_a_report(watch, now, tmp_path: Path):
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


def test_without_a_clock_the_report_has_no_dates(watch, before, now):
    past, later = (
        Tables(one.interactions, one.events, about={**one.about, "clock": "none"}) for one in (before, now)
    )
    found = watch(later, past)
    assert (found.current.begins, found.current.ends) == ("", "")
    assert any("no clock" in note for note in found.notes)


def test_the_job_never_replaces_another_jobs_results(work, now, before, tmp_path: Path):
    result = monitor(work.champion, before, now, output=tmp_path / "out", tracking_uri=work.tracking_uri)
    names = {one.name for one in (tmp_path / "out").iterdir()}
    assert names == {"report.html", "monitoring.json", "features.parquet", "summary.json"}
    assert not result.retraining_due
    assert result.exit_code == 0
    assert result.to_dict() == {"report": str(tmp_path / "out" / "report.html"), **result.figures}
    with pytest.raises(UsageError, match="holds the results of run"):
        monitor(work.champion, before, silent(now), output=tmp_path / "out", tracking_uri=work.tracking_uri)


@pytest.mark.parametrize(
    ("calls_for", "exit_code"),
    [([], 0), (["retraining"], 3), (["repair"], 4), (["retraining", "repair"], 3)],
)
def test_the_exit_code_is_4_only_where_nothing_but_repair_is_due(watch, now, calls_for, exit_code):
    checks = [
        MonitoringCheck("any", 1, "be at most", 0, False, "it is 1", calls_for=one) for one in calls_for
    ]
    result = MonitoringResult(replace(watch(silent(now)), checks=checks), {}, None)
    assert (result.retraining_due, result.repair_due) == ("retraining" in calls_for, "repair" in calls_for)
    assert result.exit_code == exit_code


def test_without_an_output_nothing_is_written(work, now, before, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("forestall.monitoring.examine.MOST_EXPLAINED", 500)
    result = forestall.monitor(work.champion, before, silent(now), tracking_uri=work.tracking_uri)
    assert list(tmp_path.iterdir()) == []
    assert result.output is None
    assert result.to_dict() == result.figures
    assert {one["passed"] for one in result.summary()["checks"]} == {"yes"}
    assert len(result.summary()["metrics"]) < len(result.figures["metrics"])
