"""`forestall score` from and to PostgreSQL: one transaction a part, and all of a run or nothing."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest

import forestall
from forestall.errors import UsageError
from forestall.locations import location_of

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def score(work, database):
    """Return a function that scores the work's data with its champion."""

    def run(output=database, data=work.data, **options):
        how = {"scored_at": NOON, "tracking_uri": work.tracking_uri, "contacts": 5} | options
        return forestall.score(work.champion, data, output=output, **how)

    return run


@pytest.fixture(scope="module")
def ask(database):
    """Return a function that gives the rows of a statement."""
    with location_of(database).connect() as connection:

        def answer(statement):
            with connection.cursor() as cursor:
                cursor.execute(statement)
                found = pl.from_arrow(cursor.fetch_arrow_table()) if cursor.description else None
            connection.commit()
            return found

        yield answer


@pytest.fixture(scope="module")
def first(score):
    return score(run_id="first", reasons=True)


def test_the_rows_are_those_that_are_returned(first, ask):
    rows = ask("SELECT * FROM forestall_scores WHERE run_id = 'first' ORDER BY forestall_part, forestall_row")
    plain = [name for name, dtype in first.scores.schema.items() if not dtype.is_nested()]
    assert rows.select(plain).equals(first.scores.select(plain))
    texts = ask(
        "SELECT reasons->0->>'text' AS t FROM forestall_scores WHERE run_id = 'first' "
        "ORDER BY forestall_part, forestall_row"
    )
    assert texts["t"].to_list() == [
        one[0]["text"] if one else None for one in first.scores["reasons"].to_list()
    ]
    assert (
        ask("SELECT count(*) AS n FROM forestall_contact_list WHERE forestall_run = 'first'")["n"].item() == 5
    )


def test_the_row_of_the_run_has_its_manifest_and_its_summary(first, ask):
    row = ask("SELECT manifest::text, summary::text FROM forestall_jobs WHERE run_id = 'first'").row(
        0, named=True
    )
    manifest = json.loads(row["manifest"])
    assert {part["at"] for part in manifest["parts"]} == {"forestall_contact_list", "forestall_scores"}
    assert json.loads(row["summary"]) == first.figures
    assert first.to_dict()["scores"].endswith("#scores")


def test_the_same_run_again_adds_nothing(first, score, ask):
    again = score(run_id="first", reasons=True)
    assert again.was_done
    assert again.scores.equals(first.scores)
    assert again.contact_list.equals(first.contact_list)
    assert ask("SELECT count(*) AS n FROM forestall_scores WHERE run_id = 'first'")["n"].item() == 5000


def test_another_run_is_added_and_the_same_run_with_other_options_replaced(first, score, ask):
    score(run_id="second")
    score(run_id="second", contacts=7)
    of_both = "IN ('first', 'second') GROUP BY 1 ORDER BY 1"
    rows = ask(f"SELECT run_id, count(*) AS n FROM forestall_scores WHERE run_id {of_both}")
    assert rows.rows() == [("first", 5000), ("second", 5000)]
    listed = ask(
        f"SELECT forestall_run AS r, count(*) AS n FROM forestall_contact_list WHERE forestall_run {of_both}"
    )
    assert listed.rows() == [("first", 5), ("second", 7)]
    assert ask("SELECT count(*) AS n FROM forestall_unfinished")["n"].item() == 0
    assert ask("SELECT count(*) AS n FROM forestall_scores_unfinished")["n"].item() == 0


def test_tables_are_read_from_the_database(work, score, database, ask):
    ask("CREATE SCHEMA crm")
    tables = forestall.read_tables(work.data)
    with location_of(database).connect() as connection:
        with connection.cursor() as cursor:
            for name in ("interactions", "events", "feedback"):
                frame = getattr(tables, name).sample(fraction=1, shuffle=True, seed=1)
                cursor.adbc_ingest(name, frame.to_arrow(), mode="create", db_schema_name="crm")
        connection.commit()
    found = score(data=f"{database}&schema=crm", run_id="read")
    key = ["interaction_id", "as_of"]
    same = ["interaction_id", "as_of", "dissatisfaction_risk"]
    assert found.scores.sort(key).select(same).equals(score(None).scores.sort(key).select(same))


def test_a_table_that_forestall_did_not_make_is_refused_and_kept(score, database, ask):
    ask("CREATE SCHEMA other")
    ask("CREATE TABLE other.forestall_scores (mine text)")
    ask("INSERT INTO other.forestall_scores VALUES ('mine')")
    with pytest.raises(UsageError, match="has a table forestall_scores that Forestall did not make"):
        score(f"{database}&schema=other")
    assert ask("SELECT * FROM other.forestall_scores").rows() == [("mine",)]
    assert ask("SELECT count(*) AS n FROM other.forestall_unfinished")["n"].item() == 0


def test_rows_that_another_program_added_to_a_run_are_kept(score, database, ask):
    ask("CREATE SCHEMA shared")
    score(f"{database}&schema=shared", run_id="changed")
    ask(
        "INSERT INTO shared.forestall_scores (forestall_run, forestall_part, forestall_row) VALUES ('changed', 'x', 1)"
    )
    with pytest.raises(UsageError, match="as they were written, another program has changed them"):
        score(f"{database}&schema=shared", run_id="changed", contacts=9)
    assert ask("SELECT count(*) AS n FROM shared.forestall_scores")["n"].item() == 5001


def test_other_jobs_write_pages_and_so_no_database(work, database):
    with pytest.raises(UsageError, match="must be a folder or an object store for `check`"):
        forestall.check(work.data, output=database)


def test_monitoring_reads_the_scores_of_all_runs(first, score, database):
    from forestall.monitoring.past_scores import read_scores
    from forestall.publishing.local_results import local_results

    address = f"{database}&schema=past"
    with location_of(database).connect() as connection:
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA past")
        connection.commit()
    with pytest.raises(UsageError, match="must hold the results of `forestall score`, holds none"):
        local_results(address, "score", ("scores",)).__enter__()
    scored = score(address, run_id="monday")
    with local_results(address, "score", ("scores", "contact_list.parquet")) as folder:
        past = read_scores(folder, scored.scores["model_name"][0])
    assert past.rows.height == scored.figures["scored"]
    assert set(past.listed) == set(scored.contact_list["interaction_id"])
