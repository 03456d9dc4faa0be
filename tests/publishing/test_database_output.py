"""Results in PostgreSQL: all rows of a run or none, whatever happens, and each once."""

import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import kill_in_database
import polars as pl
import pytest
from kill_in_database import frame, run, score_job

from forestall.errors import InputError, UsageError
from forestall.locations import location_of
from forestall.publishing import BusyError, open_output
from forestall.publishing.database_frames import from_flat, schema_as_text, schema_from_text, to_flat


@pytest.fixture
def schema(database: str, request: pytest.FixtureRequest) -> str:
    """Give the address of a new schema."""
    name = f"s{abs(hash(request.node.nodeid))}"
    answer(database, f"CREATE SCHEMA {name}")
    return f"{database}&schema={name}"


def answer(address: str, statement: str) -> list[tuple[Any, ...]]:
    """Return the rows of a statement."""
    with location_of(address).connect() as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
        connection.commit()
    return rows


def seen(address: str) -> list[tuple[str, int]]:
    """Return the version and the number of rows that a reader sees."""
    if not answer(address, "SELECT to_regclass('forestall_scores')")[0][0]:
        return []
    return answer(address, "SELECT version, count(*) FROM forestall_scores GROUP BY 1 ORDER BY 1")


def left(address: str) -> int:
    """Return how many rows of unfinished jobs there are."""
    tables = answer(
        address,
        "SELECT table_name FROM information_schema.tables WHERE table_name LIKE '%unfinished'"
        " AND table_schema = current_schema()",
    )
    return sum(answer(address, f"SELECT count(*) FROM {table}")[0][0] for (table,) in tables)


def test_the_same_job_adds_nothing_and_another_version_replaces(schema):
    assert not run(schema, "1")
    assert run(schema, "1")
    assert seen(schema) == [("1", 30)]
    assert not run(schema, "2")
    assert seen(schema) == [("2", 30)]
    assert left(schema) == 0


def test_an_error_leaves_the_old_rows_and_nothing_else(schema):
    run(schema, "1")
    with open_output(schema) as place:
        late = place.publication(score_job("2"))
        late.__enter__().write_part("scores/part-0.parquet", frame("2", 0).write_parquet)
        assert not late.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert seen(schema) == [("1", 30)]
    assert left(schema) == 0


def test_two_jobs_at_once_on_one_run_one_waits_outside(schema):
    with open_output(schema) as place, place.publication(score_job("1")) as publication:
        publication.write_part("scores/part-0.parquet", frame("1", 0).write_parquet)
        with pytest.raises(BusyError, match=r"run night in .* is being written by another process; wait"):
            run(schema, "2")
    assert seen(schema) == [("1", 10)]


def test_two_runs_at_once_are_both_published(schema):
    with open_output(schema) as place, place.publication(score_job("1", "monday")) as publication:
        publication.write_part("scores/part-0.parquet", frame("1", 0).write_parquet)
        run(schema, "2", run_id="tuesday")
    assert seen(schema) == [("1", 10), ("2", 30)]
    assert left(schema) == 0


def test_a_process_whose_lock_was_lost_does_not_write_over_the_one_that_took_over(schema, database):
    with ExitStack() as stack:
        slow = stack.enter_context(open_output(schema)).publication(score_job("1"))
        first = slow.__enter__()
        first.write_part("scores/part-0.parquet", frame("1", 0).write_parquet)
        answer(database, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        run(schema, "1")
        with pytest.raises(BusyError, match="another process, which goes on with the same run") as error:
            first.write_part("scores/part-1.parquet", frame("1", 1).write_parquet)
        assert not slow.__exit__(type(error.value), error.value, error.value.__traceback__)
    assert seen(schema) == [("1", 30)]
    assert left(schema) == 0


def ended(address: str, *words: str) -> int:
    done = subprocess.run(
        [sys.executable, kill_in_database.__file__, address, *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode <= 0, done.stderr
    return done.returncode


def killed_at(database: str, step: int, has_old: bool, when: str) -> bool:
    """Kill a job at a commit, and check what a reader sees then and after a restart; return whether it had so many."""
    name = f"kill_{has_old}_{when}_{step}".lower()
    answer(database, f"DROP SCHEMA IF EXISTS {name} CASCADE")
    answer(database, f"CREATE SCHEMA {name}")
    address = f"{database}&schema={name}"
    if has_old:
        run(address, "1")
    if ended(address, "2", str(step), when) == 0:
        return False
    assert seen(address) in ([[("1", 30)], [("2", 30)]] if has_old else [[], [("2", 30)]])
    run(address, "2")
    assert seen(address) == [("2", 30)]
    assert left(address) == 0
    return True


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, 4, 7])
def test_a_kill_at_a_commit_shows_all_rows_of_a_run_or_none(database, step):
    assert killed_at(database, step, has_old=True, when="BEFORE")


@pytest.mark.proof
@pytest.mark.parametrize("when", ["BEFORE", "AFTER"])
@pytest.mark.parametrize("has_old", [False, True], ids=["a new database", "over old rows"])
def test_a_kill_at_any_commit_shows_all_rows_of_a_run_or_none(database, has_old, when):
    n_kills = 0
    while killed_at(database, n_kills + 1, has_old, when):
        n_kills += 1
    assert n_kills >= 7


def test_what_a_killed_job_of_another_run_left_is_removed(schema):
    assert ended(schema, "2", "8", "AFTER", "OTHER") < 0
    assert left(schema) > 0
    run(schema, "1")
    assert left(schema) == 0


def test_a_killed_job_keeps_its_parts_and_its_first_start(schema):
    assert ended(schema, "2", "8", "AFTER") < 0
    parts = answer(schema, "SELECT jsonb_array_length(parts) FROM forestall_unfinished")[0][0]
    assert parts >= 1
    with open_output(schema) as place, place.publication(score_job("2", at="midnight")) as publication:
        assert publication.started == {"at": "noon"}
        assert publication.n_rows("scores") == 10 * parts
        assert pl.read_parquet(publication.written("scores/part-0.parquet")).equals(frame("2", 0))
        assert publication.written("scores/part-9.parquet") is None


def test_a_column_that_is_new_is_added_to_the_table(schema):
    run(schema, "1", run_id="monday")
    with open_output(schema) as place, place.publication(score_job("2", "tuesday")) as publication:
        new = frame("2", 0).with_columns(extra=pl.lit(1))
        publication.write_part("scores/part-0.parquet", new.write_parquet)
    assert answer(schema, "SELECT count(*), count(extra) FROM forestall_scores") == [(40, 10)]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "postgresql://reader:hidden-word@127.0.0.1:1/crm",
            "the connection failed or was cut; check the address",
        ),
        ("{database}&schema=nowhere", "must have a schema for the tables, has none; create it"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_clear_error(database, address, said):
    with pytest.raises((InputError, UsageError)) as error:
        run(address.format(database=database), "1")
    assert said in str(error.value)
    assert "hidden-word" not in str(error.value)
    assert "\n" not in str(error.value)


def test_rows_come_back_as_they_were_written():
    rows = frame("1", 0).with_columns(
        nested=pl.Series([[{"a": 'x"ü😀', "b": 0.1}, {"a": None, "b": None}], None, []] + [None] * 7),
        flag=pl.Series([True, None] * 5),
        day=pl.lit(datetime(2026, 1, 1, tzinfo=UTC)),
    )
    assert from_flat(to_flat(rows), schema_from_text(schema_as_text(rows.schema))).equals(rows)
