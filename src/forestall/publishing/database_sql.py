"""Statements that results in a database need. Each works within the transaction of its cursor."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from forestall.errors import UsageError
from forestall.locations import Database
from forestall.locations.database import columns_of, quoted
from forestall.publishing.database_frames import KEY, PART, ROW, RUN, sql_type

_MARK = "Written by Forestall. The rows of a run are replaced by the same run."
_ALL_JOBS = 7_366_851  # any number: all jobs take the same lock while they make tables


def take_turns(cursor: Any) -> None:
    """Wait until no other job of the database makes tables, until the end of the transaction."""
    cursor.execute(f"SELECT pg_advisory_xact_lock({_ALL_JOBS})")


def try_lock(cursor: Any, name: str, *, is_short: bool = False) -> bool:
    """Take the lock of a name, unless another connection has it, and return whether it was taken.

    Parameters
    ----------
    cursor
        A cursor. The lock ends with its connection.
    name
        The name of the lock.
    is_short
        Whether it ends with the transaction.
    """
    function = "pg_try_advisory_xact_lock" if is_short else "pg_try_advisory_lock"
    return bool(row_of(cursor, f"SELECT {function}(hashtextextended($1, 0))", (name,))[0])


def row_of(cursor: Any, statement: str, values: Sequence[Any] = ()) -> Any:
    """Return the first row of a statement, None if it has none."""
    cursor.execute(statement, tuple(values))
    return cursor.fetchone()


def schema_of(cursor: Any, database: Database) -> str:
    """Return the schema in which tables are made.

    Raises
    ------
    UsageError
        There is none.
    """
    found = row_of(cursor, "SELECT current_schema()")[0]
    if found is None:
        raise UsageError(
            f"{database} must have a schema for the tables, has none; create it, or name one by ?schema="
        )
    return str(found)


def exists(cursor: Any, table: str) -> bool:
    """Return whether there is a table or a view."""
    return row_of(cursor, "SELECT to_regclass($1) IS NOT NULL", (quoted(table),))[0] is True


def check_ours(cursor: Any, table: str, database: Database) -> None:
    """Check that a table was made by Forestall.

    Raises
    ------
    UsageError
        It was not.
    """
    found = row_of(cursor, "SELECT obj_description(to_regclass($1), 'pg_class')", (quoted(table),))[0]
    if found != _MARK:
        raise UsageError(
            f"{database} has a table {table} that Forestall did not make; nothing was changed; rename it, or name "
            "another schema by ?schema="
        )


def make_table(cursor: Any, table: str, columns: str, database: Database) -> None:
    """Make a table, unless it exists.

    Raises
    ------
    UsageError
        There is a table of this name that Forestall did not make.
    """
    if exists(cursor, table):
        check_ours(cursor, table, database)
        return
    cursor.execute(f"CREATE TABLE {quoted(table)} ({columns})")
    cursor.execute(f"COMMENT ON TABLE {quoted(table)} IS '{_MARK}'")


def make_result_table(
    cursor: Any, table: str, schema: Mapping[str, pl.DataType], database: Database, *, is_flat: bool = False
) -> None:
    """Make a table of results, or add the columns that it does not have.

    Parameters
    ----------
    cursor, table, database
        As for `make_table`.
    schema
        The columns and types of the rows.
    is_flat
        Whether nested values are kept as text.
    """
    types = {name: sql_type(dtype) for name, dtype in schema.items()}
    if is_flat:
        types = {name: "text" if kind == "jsonb" else kind for name, kind in types.items()}
    own = [f"{RUN} text", f"{PART} text", f"{ROW} bigint"]
    named = [f"{quoted(name)} {kind}" for name, kind in types.items()]
    make_table(cursor, table, ", ".join([*named, *own, f"PRIMARY KEY ({', '.join(KEY)})"]), database)
    there = columns_of(cursor, table)
    for name, kind in types.items():
        if name not in there:
            cursor.execute(f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(name)} {kind}")


def count_rows(cursor: Any, table: str, run_id: str) -> int:
    """Return how many rows of a run a table has."""
    return int(row_of(cursor, f"SELECT count(*) FROM {quoted(table)} WHERE {RUN} = $1", (run_id,))[0])


def with_key(frame: pl.DataFrame, run_id: str, part: str) -> pl.DataFrame:
    """Return rows with the columns that say which rows they are."""
    return frame.with_columns(
        pl.lit(run_id).alias(RUN),
        pl.lit(part).alias(PART),
        pl.int_range(pl.len(), dtype=pl.Int64).alias(ROW),
    )


def as_json(value: Any) -> str:
    """Return JSON text that PostgreSQL takes: without the character 0."""
    return json.dumps(value, ensure_ascii=False, default=str).replace("\\u0000", "\ufffd")
