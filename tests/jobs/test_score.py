"""`forestall.score`: one batch scoring job."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import polars as pl
import pytest

import forestall
from forestall.errors import UsageError
from forestall.moments import end_of_records
from forestall.registry.score_rows import SCORE_SCHEMA

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def score(work):
    """Return a function that scores the work's data with its champion."""

    def run(data=work.data, **options):
        how = {"scored_at": NOON, "tracking_uri": work.tracking_uri} | options
        return forestall.score(work.champion, data, **how)

    return run


@pytest.fixture(scope="module")
def result(score):
    return score(contacts=5, reasons=True)


def test_without_an_output_scores_are_returned_and_nothing_is_written(score, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    steps = []
    found = score(progress=steps.append)
    assert list(tmp_path.iterdir()) == []
    assert found.scores.schema == SCORE_SCHEMA
    assert found.scores["scored_at"].unique().to_list() == [NOON]
    assert (found.output, found.contact_list, found.partings) == (None, None, None)
    assert found.to_dict() == found.figures
    assert steps == ["fetching the model", "reading the tables", "scoring 5,000 interactions"]


def test_the_figures_count_interactions(result):
    figures = result.figures
    assert figures["rows_in"] == figures["scored"] + figures["abstained"] + figures["rejected"] == 5000
    assert sum(figures["bands"].values()) == figures["scored"]
    assert figures["scored_at"] == NOON.isoformat()
    assert figures["contact_list"]["contacts"] == result.contact_list.height == 5


def test_the_contact_list_begins_with_the_highest_expected_loss_of_the_silent(result, work):
    records = forestall.read_tables(work.data)
    listed = result.contact_list
    assert listed["expected_loss"].is_sorted(descending=True)
    assert listed["reason"].str.len_chars().min() > 5
    soon = result.scores.filter(pl.col("as_of") >= end_of_records(records) - timedelta(days=30))
    complained = records.events.filter(pl.col("kind") == "complained")
    silent = soon.join(records.feedback, on="interaction_id", how="anti").join(
        complained, on="interaction_id", how="anti"
    )
    assert listed["expected_loss"][0] == silent["expected_loss"].max()


def test_with_an_output_what_is_returned_is_what_is_written(score, result, tmp_path):
    written = score(output=tmp_path / "out", contacts=5, reasons=True)
    assert written.scores.equals(result.scores)
    assert pl.read_parquet(tmp_path / "out" / "scores" / "*.parquet").equals(written.scores)
    assert pl.read_parquet(tmp_path / "out" / "contact_list.parquet").equals(written.contact_list)
    assert not (tmp_path / "out" / "partings.parquet").exists()
    assert written.to_dict() == {"scores": str(tmp_path / "out" / "scores"), **written.figures}


def test_the_id_of_a_job_is_made_of_what_it_computes(score, result):
    assert score(contacts=5, reasons=True).figures["run_id"] == result.figures["run_id"]
    others = [
        score(),
        score(contacts=6, reasons=True),
        score(contacts=5, reasons=True, reasons_from="high"),
        score(as_of="2026-02-02T12:00Z"),
    ]
    assert len({one.figures["run_id"] for one in (*others, result)}) == 5
    assert score(run_id="tonight").scores["run_id"].unique().to_list() == ["tonight"]


def test_a_time_takes_the_open_interactions_and_with_all_the_closed_ones(score, work):
    starts = forestall.read_tables(work.data).interactions["started_at"].sort()
    soon = starts[2500] + timedelta(seconds=2)  # this customer is still there
    some, every = (score(as_of=soon, all=is_all) for is_all in (False, True))
    assert 0 < some.scores.height < every.scores.height
    assert some.figures["not_at_a_moment"] == 5000 - some.scores.height


def test_tables_from_pandas_give_pandas(score, work):
    tables = forestall.read_tables(work.data)
    few = tables.interactions.head(20)
    events = tables.events.join(few.select("interaction_id"), on="interaction_id", how="semi")
    found = score(forestall.Tables(few.to_pandas(), events.to_pandas()))
    assert isinstance(found.scores, pd.DataFrame)
    assert found.figures["rows_in"] == len(found.scores) == 20


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"contacts": 0}, "--contacts must be at least 1, is 0"),
        ({"engine": "gpu"}, "--engine must be local or spark, is gpu"),
        ({"reasons_from": "tall"}, "reasons_from must be low, medium, high or critical, is tall"),
        ({"reasons_from": "high", "engine": "spark"}, "--reasons-from must be left out with --engine spark"),
        ({"all": True}, "--all must be given with --as-of; give a time with it"),
        ({"run_id": "a/b", "output": "out"}, "--run-id must be a name"),
    ],
)
def test_a_wrong_option_is_refused_before_the_model_is_fetched(score, options, said):
    steps = []
    with pytest.raises(UsageError, match=said):
        score(**options, progress=steps.append)
    assert steps == []
