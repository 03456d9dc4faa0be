"""`forestall.score`: one batch scoring job."""

import json
import logging
from datetime import UTC, datetime, timedelta

import pandas as pd
import polars as pl
import pytest

import forestall
from forestall.errors import ForestallError, UsageError
from forestall.jobs.score_result import check_account
from forestall.jobs.score_totals import ScoreCounts
from forestall.moments import end_of_records
from forestall.publishing import open_output, read_manifest
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
    page = (tmp_path / "out" / "contact_list.html").read_text(encoding="utf-8")
    assert "<h1>5 customers to contact first</h1>" in page
    assert written.contact_list["interaction_id"][0] in page
    assert not (tmp_path / "out" / "partings.parquet").exists()
    assert written.to_dict() == {"scores": str(tmp_path / "out" / "scores"), **written.figures}


def test_the_page_has_texts_only_if_asked_for(score, work, tmp_path):
    out, options = tmp_path / "out", {"contacts": 5000}
    pages = []
    for texts in (False, True):
        score(output=out, texts=texts, **options)
        pages.append((out / "contact_list.html").read_text(encoding="utf-8"))
    listed = pl.read_parquet(out / "contact_list.parquet")["interaction_id"]
    events = forestall.read_tables(work.data).events.drop_nulls("text")
    said = events.filter(pl.col("interaction_id").is_in(listed.implode()))["text"].to_list()
    assert len(said) > 5
    assert not any(json.dumps(text, ensure_ascii=False) in pages[0] for text in said)
    assert any(
        json.dumps(text, ensure_ascii=False) in pages[1] for text in said
    )  # some come after the moment
    names = [
        part["path"] for part in json.loads((out / "manifest.json").read_text(encoding="utf-8"))["parts"]
    ]
    assert "contact_list.html" in names


def test_the_id_of_a_job_is_made_of_what_it_computes(score, result):
    assert score(contacts=5, reasons=True).figures["run_id"] == result.figures["run_id"]
    others = [
        score(),
        score(contacts=6, reasons=True),
        score(contacts=5, reasons=True, reasons_from="high"),
        score(as_of="2026-02-02T12:00Z"),
    ]
    assert len({one.figures["run_id"] for one in (*others, result)}) == 5
    same = score(as_of="2026-02-02T13:00:00+01:00")  # the same time, written otherwise
    assert same.figures["run_id"] == others[-1].figures["run_id"]
    assert same.figures["as_of"] == "2026-02-02T12:00:00+00:00"
    assert score(run_id="tonight").scores["run_id"].unique().to_list() == ["tonight"]


def test_a_time_takes_the_open_interactions_and_with_all_the_closed_ones(score, work):
    starts = forestall.read_tables(work.data).interactions["started_at"].sort()
    soon = starts[2500] + timedelta(seconds=2)  # this customer is still there
    some, every = (score(as_of=soon, all=is_all) for is_all in (False, True))
    assert 0 < some.scores.height < every.scores.height
    assert some.figures["not_at_a_moment"] == 5000 - some.scores.height


def test_a_time_when_nobody_was_there_is_said(score, caplog):
    """The job is done, and an empty list may be right; but so does a day look that was read as a month."""
    found = score(as_of="1999-02-01", all=True)
    assert found.scores.is_empty()
    assert found.figures["scored_at"] == NOON.isoformat()
    assert "at 1999-02-01 00:00 UTC none of the 5000 interactions had started" in caplog.messages


def test_records_that_end_long_before_the_time_are_said(score, work, caplog):
    """The import of the night failed, or its folder is yesterday's: the scores look as usual."""
    end = end_of_records(forestall.read_tables(work.data))
    found = [
        score(as_of=end + timedelta(days=days), contacts=contacts)
        for days in (1, 3)
        for contacts in (None, 5)
    ]
    assert {one.figures["records_end"] for one in found} == {end.isoformat()}
    said = [message for message in caplog.messages if "are these the newest?" in message]
    until = f"{end:%Y-%m-%d %H:%M} UTC"
    assert said == [f"the records end {until}, 3 days before the time to score at: are these the newest?"] * 2


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
        ({"as_of": "01/02/2026"}, "as_of must be a time such as 2026-11-01T12:00:00Z, is another value"),
        ({"as_of": object()}, "as_of must be a time such as 2026-11-01T12:00:00Z, is another value"),
        ({"all": True}, "--all must be given with --as-of; give a time with it"),
        ({"run_id": "a/b", "output": "out"}, "--run-id must be a name"),
    ],
)
def test_a_wrong_option_is_refused_before_the_model_is_fetched(score, options, said):
    steps = []
    with pytest.raises(UsageError, match=said):
        score(**options, progress=steps.append)
    assert steps == []


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_the_manifest_says_from_what_the_scores_were_made(score, work, tmp_path):
    found = score(output=tmp_path, contacts=5, run_id="tonight")
    manifest = read_manifest(tmp_path)
    assert (manifest.job, manifest.run_id) == ("score", "tonight")
    assert manifest.inputs["data"]["digest"] == forestall.read_tables(work.data).digest()
    assert manifest.inputs["model"]["version"] == found.figures["model_version"]
    assert manifest.options["contacts"] == 5
    assert manifest.started == {"scored_at": NOON.isoformat()}
    assert {part.path: part.rows for part in manifest.parts} == {
        "scores/part-00000.parquet": 5000, "contact_list.parquet": 5, "contact_list.html": None,
        "summary.json": None,
    }  # fmt: skip
    account = manifest.account
    assert account["rows_in_sources"] == 5000
    assert account["scored"] + account["abstained"] + account["rejected"] + account["not_at_a_moment"] == 5000


def test_the_same_job_again_says_that_there_is_nothing_to_do(score, tmp_path, caplog):
    first = score(output=tmp_path, contacts=5, scored_at=None)
    before, steps = files_of(tmp_path), []
    with caplog.at_level(logging.INFO, "forestall"):
        again = score(output=tmp_path, contacts=5, scored_at=None, progress=steps.append)
    assert "nothing to do" in caplog.text
    assert "scoring 5,000 interactions" not in steps
    assert (first.was_done, again.was_done) == (False, True)
    assert again.to_dict() == {**first.to_dict(), "was_done": True}
    assert again.scores.equals(first.scores)
    assert again.contact_list.equals(first.contact_list)
    assert files_of(tmp_path) == before
    assert not score(output=tmp_path, contacts=6, run_id=first.figures["run_id"], scored_at=None).was_done


def test_a_job_that_was_killed_keeps_the_time_of_its_first_start(score, tmp_path, monkeypatch):
    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("forestall.publishing.staging.Staging.remove", lambda self: None)  # as after a kill
    monkeypatch.setattr("forestall.jobs.score.write_scores", killed)
    with pytest.raises(KeyboardInterrupt):
        score(output=tmp_path, run_id="tonight", scored_at=None)
    monkeypatch.undo()
    (left,) = tmp_path.glob(".forestall-*")
    first = json.loads((left / "job.json").read_text())["started"]["scored_at"]
    found = score(output=tmp_path, run_id="tonight", scored_at=None)
    assert found.figures["scored_at"] == first
    assert list(tmp_path.glob(".forestall*")) == []


@pytest.mark.parametrize(
    "name", ["scores/mine.parquet", "contact_list.parquet", "rejected/mine.parquet", "notes.txt"]
)
def test_what_the_user_has_in_the_output_is_refused_and_kept(score, tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(
        UsageError, match=f"holds what no run of this kind wrote: '{name}'; nothing was changed"
    ):
        score(output=tmp_path)
    assert files_of(tmp_path) == {name: b"mine"}


def test_results_of_version_0_1_are_replaced_by_their_own_run(score, tmp_path):
    score(output=tmp_path, contacts=5, run_id="tonight")
    (tmp_path / "manifest.json").unlink()  # as version 0.1 wrote them
    (tmp_path / "contact_list.parquet").rename(tmp_path / "queue.parquet")
    with pytest.raises(UsageError, match="holds the results of run tonight"):
        score(output=tmp_path, run_id="tomorrow")
    score(output=tmp_path, run_id="tonight")
    assert set(files_of(tmp_path)) == {"manifest.json", "scores/part-00000.parquet", "summary.json"}


def test_two_jobs_at_once_on_one_output_are_refused_before_the_model_is_fetched(score, tmp_path):
    steps = []
    with (
        open_output(tmp_path / "out"),
        pytest.raises(UsageError, match=r"is being written by process \d+; wait"),
    ):
        score(output=tmp_path / "out", progress=steps.append)
    assert steps == []


def test_counts_that_do_not_add_up_are_an_error(result, work):
    tables = forestall.read_tables(work.data)
    rows = result.scores
    check_account(result.figures, ScoreCounts.of(rows, tables))
    with pytest.raises(
        ForestallError, match="the 5,000 interactions must each be counted once, are: scored 4,999"
    ):
        check_account(result.figures | {"scored": 4999}, ScoreCounts.of(rows, tables))
    with pytest.raises(ForestallError, match="1 moments have two rows"):
        check_account(result.figures, ScoreCounts.of(pl.concat([rows, rows.head(1)]), tables))
    strange = rows.with_columns(interaction_id=pl.lit("x") + pl.col("interaction_id"))
    with pytest.raises(ForestallError, match="5,000 rows belong to no interaction"):
        check_account(result.figures, ScoreCounts.of(strange, tables))


def test_a_part_of_the_tables_is_scored(score, work):
    whole = forestall.read_tables(work.data)
    first = whole.interactions.head(30)
    of_first = {
        name: getattr(whole, name).join(first, on="interaction_id", how="semi")
        for name in ("events", "feedback")
    }
    part = whole.replace(interactions=first, **of_first)
    found = score(part)
    assert found.figures["rows_in_sources"] == 30
    assert found.figures["scored"] + found.figures["abstained"] == 30
