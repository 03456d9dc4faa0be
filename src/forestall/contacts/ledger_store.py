"""The tables of the ledger, and the store that holds them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from forestall.data.schemas import CONTACTS, TIME, column_types
from forestall.defaults import LEDGER
from forestall.errors import ForestallError, InputError, UsageError, must_be

WRITES = "forestall_writes"
"""Option of a connection that writes."""
RESULT = ("done_at", "result", "channel", "cost")
KEY = ("experiment", "contact_id")
WAIT_S = 60
"""How long a job waits for another that writes."""

_TYPES: dict[pl.DataType, Any] = {
    TIME: sa.DateTime(timezone=True),
    pl.Float64(): sa.Float(53),
    pl.String(): sa.Text(),
}
META = sa.MetaData()
OFFERS = sa.Table(
    "forestall_contacts",
    META,
    *(
        sa.Column(name, _TYPES[kind], primary_key=name in KEY)
        for name, kind in column_types(CONTACTS).items()
        if name not in RESULT
    ),
    sa.Column("policy", sa.Text()),
)
RESULTS_OF = sa.Table(
    "forestall_contact_results",
    META,
    *(sa.Column(name, sa.Text(), primary_key=True) for name in KEY),
    *(
        sa.Column(name, _TYPES[column_types(CONTACTS)[name]], primary_key=name == "done_at")
        for name in RESULT
    ),
)


def open_engine(url: str) -> sa.Engine:
    """Return the engine of a store.

    Raises
    ------
    UsageError
        The URL is not one of SQLite or PostgreSQL, or the driver is not installed.
    """
    try:
        place = sa.make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        raise UsageError(_must_be_a_url()) from None
    kind = place.get_backend_name()
    if kind not in ("sqlite", "postgresql") and place.drivername != "postgres":
        raise UsageError(_must_be_a_url())
    if kind == "sqlite" and place.database in (None, "", ":memory:"):
        raise UsageError(_must_be_a_url())  # in memory all offers would be lost at the end of the job
    if kind == "sqlite":
        engine = sa.create_engine(place, connect_args={"timeout": WAIT_S})
        sa.event.listen(engine, "connect", _open_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        return sa.create_engine(place.set(drivername="postgresql+psycopg2"))
    except (ImportError, NoSuchModuleError):
        raise UsageError(
            "a ledger in PostgreSQL must have the package psycopg2-binary, it is not installed; install it, or use "
            "sqlite:///FILE"
        ) from None


def check_is_there(url: str) -> None:
    """Check that a ledger that is only read exists: opening one of SQLite would make it, and it would say nothing.

    Raises
    ------
    UsageError
        There is no such file.
    """
    place = open_engine(url).url
    if place.get_backend_name() == "sqlite" and not Path(place.database or "").is_file():
        raise UsageError(
            must_be(
                "--ledger",
                f"a ledger that is there, such as {LEDGER}",
                do="check the name; there is no such file",
            )
        )


def _must_be_a_url() -> str:
    return must_be("--ledger", f"a URL such as {LEDGER} or postgresql://user@host/database")


def _open_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions begin where _begin_sqlite says
    for setting in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {setting}").close()


def clean(engine: sa.Engine) -> None:
    """Rewrite a store of SQLite, so that its files hold nothing of what was deleted."""
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        try:
            for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                raw.cursor().execute(statement).close()
        finally:
            raw.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # a write takes the lock at once: two that read first could never both go on
    is_write = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")


def refused(shown: str, error: SQLAlchemyError) -> ForestallError:
    """Return an error without the values of a row, which the message of the library holds."""
    why = str(getattr(error, "orig", "")).lower()
    if "full" in why or "no space" in why or "disk i/o" in why:
        return InputError(
            f"the disk of the ledger {shown} must have room, is full; nothing was written; make room"
        )
    if "locked" in why:
        return InputError(
            f"the ledger {shown} must be free, another job has been writing it for {WAIT_S} s; give the command again"
        )
    if "not a database" in why or "malformed" in why:
        return InputError(f"the ledger {shown} must be a database of SQLite, is another file; choose another")
    return InputError(
        f"the ledger {shown} must answer, does not, or refuses; check the address, the folder and the rights"
    )
