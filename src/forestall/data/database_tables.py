"""The tables of a database that hold a company's records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl

from forestall.errors import InputError
from forestall.locations import Database
from forestall.locations.database import columns_of, quoted

ABOUT = "about"
_PLAIN = {"bool", "int2", "int4", "int8", "float4", "float8", "date", "timestamp", "timestamptz"}


def read_database(
    database: Database, tables: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, pl.DataFrame]]:
    """Return tables or views of a database, all from the same state of it, and what its table `about` says.

    A table of a database has no order of rows, so that they are sorted by all columns. Numbers of any size are read as
    floats, and types that a data folder does not know as text.

    Parameters
    ----------
    database
        The database.
    tables
        The names of the tables; those that do not exist are left out.
    """
    with database_batches(database, tables) as (about, found):
        frames = {table: pl.from_arrow(reader.read_all()) for table, reader in found}
    return about, {table: frame for table, frame in frames.items() if isinstance(frame, pl.DataFrame)}


@contextmanager
def database_batches(
    database: Database, tables: tuple[str, ...]
) -> Iterator[tuple[dict[str, Any], Iterator[tuple[str, Any]]]]:
    """Yield what the table `about` says, and each table that exists with an Arrow reader of its rows."""
    with database.connect(is_snapshot=True) as connection, connection.cursor() as cursor:
        about = _read_about(cursor, database)
        yield about, ((table, reader) for table in tables if (reader := _read(cursor, table)) is not None)


def _read(cursor: Any, table: str) -> Any:
    """Return an Arrow reader of a table or a view; None if there is none."""
    columns = columns_of(cursor, table)
    if not columns:
        return None
    values = {name: _value(name, kind) for name, kind in columns.items()}
    shown = ", ".join(f"{value} AS {quoted(name)}" for name, value in values.items())
    order = ", ".join(_sorted(values[name], kind) for name, kind in columns.items())
    cursor.execute(f"SELECT {shown} FROM {quoted(table)} ORDER BY {order}")
    return cursor.fetch_record_batch()


def _value(name: str, kind: str) -> str:
    """Return what is read of a column."""
    if kind in _PLAIN:
        return quoted(name)
    return f"{quoted(name)}::float8" if kind == "numeric" else f"{quoted(name)}::text"


def _sorted(value: str, kind: str) -> str:
    """Return a term of the order; texts are in the order of their bytes, whatever the database's language is."""
    is_text = kind not in _PLAIN and kind != "numeric"
    return f'({value}) COLLATE "C" NULLS FIRST' if is_text else f"({value}) NULLS FIRST"


def _read_about(cursor: Any, database: Database) -> dict[str, Any]:
    columns = columns_of(cursor, ABOUT)
    if not columns:
        return {}
    if not {"key", "value"} <= set(columns):
        raise InputError(
            f"{database}: the table about must have the columns key and value, has {', '.join(columns)}; rename it"
        )
    cursor.execute(f"SELECT key::text, value::text FROM {quoted(ABOUT)}")
    return {key: _content(value) for key, value in cursor.fetchall() if value is not None}


def _content(text: str) -> Any:
    """Return the value of a JSON text, or the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
