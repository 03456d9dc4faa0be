"""A database by its URL: PostgreSQL, through ADBC."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from forestall.errors import ForestallError, InputError, UsageError, must_be
from forestall.locations.extras import load_extra

SCHEMES = ("postgresql", "postgres")
_SCHEMA = "schema"
_SECRETS = {"password", "sslpassword", "passfile", "sslkey"}
_STATE = re.compile(r"SQLSTATE: (\w{5})")
_CONNECT_S = 30


@dataclass(frozen=True)
class Database:
    """A database. Its password is not shown and not compared.

    Parameters
    ----------
    address
        The URL without the password.
    schema
        The schema of the tables; empty for the first of the search path.
    url
        The URL that the driver gets.
    """

    address: str
    schema: str = ""
    url: str = field(default="", repr=False, compare=False)

    @classmethod
    def of(cls, address: str) -> Database:
        """Return the database of a URL.

        Parameters
        ----------
        address
            `postgresql://user@host:port/database?schema=crm`. What is not given comes from the usual variables
            (PGHOST, PGUSER, PGPASSWORD, …) and from `~/.pgpass`.

        Raises
        ------
        UsageError
            It is not such a URL.
        """
        try:
            parts = urlsplit(address)
            _ = parts.port
        except ValueError:
            raise UsageError(
                must_be("the address of a database", "postgresql://user@host/database")
            ) from None
        given = parse_qsl(parts.query, keep_blank_values=True)
        schema = next((value for name, value in given if name == _SCHEMA), "")
        options = [(name, value) for name, value in given if name != _SCHEMA]
        who, _, host = parts.netloc.rpartition("@")
        user = who.partition(":")[0]
        shown_options = [(name, value) for name, value in given if name not in _SECRETS]
        shown = urlunsplit(
            (
                "postgresql",
                f"{user}@{host}" if user else host,
                parts.path,
                urlencode(shown_options, safe="/"),
                "",
            )
        )
        if not any(name == "connect_timeout" for name, _ in options):
            options.append(("connect_timeout", str(_CONNECT_S)))
        url = urlunsplit(("postgresql", parts.netloc, parts.path, urlencode(options, quote_via=quote), ""))
        return cls(_with_slashes(shown), unquote(schema), _with_slashes(url))

    def __str__(self) -> str:
        return self.address

    def __truediv__(self, table: str) -> str:
        return f"{self.address}#{table}"

    @contextmanager
    def connect(self, *, is_snapshot: bool = False) -> Iterator[Any]:
        """Yield a connection, with a transaction that is rolled back unless it is committed.

        Parameters
        ----------
        is_snapshot
            Whether to read only, and all from the same state of the database.

        Raises
        ------
        InputError
            The database does not answer, or refuses. The message holds neither the password nor data.
        """
        driver = load_extra("adbc_driver_postgresql.dbapi", "postgres", str(self))
        errors = load_extra("adbc_driver_manager", "postgres", str(self)).Error
        with self._asking(errors):
            connection = driver.connect(self.url)
        try:
            with self._asking(errors):
                with connection.cursor() as cursor:
                    if is_snapshot:
                        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    if self.schema:
                        cursor.execute(f"SET search_path TO {quoted(self.schema)}")
                if self.schema and not is_snapshot:
                    connection.commit()
                yield connection
        finally:
            with suppress(errors):  # a connection that is lost is closed already
                connection.rollback()
            with suppress(errors):
                connection.close()

    @contextmanager
    def _asking(self, errors: Any) -> Iterator[None]:
        try:
            yield
        except errors as error:
            raise _refused(self, error) from None


def quoted(name: str) -> str:
    """Return a name of a table or a column as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def columns_of(cursor: Any, table: str) -> dict[str, str]:
    """Return the type of each column of a table or a view, in their order; none if there is none."""
    cursor.execute(
        "SELECT a.attname::text, t.typname::text FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
        "WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        (quoted(table),),
    )
    return dict(cursor.fetchall())


def _with_slashes(url: str) -> str:
    """Return a URL without a host with its two slashes, which `urlunsplit` leaves out."""
    scheme, _, rest = url.partition(":")
    return url if rest.startswith("//") else f"{scheme}://{rest}"


def _refused(database: Database, error: Any) -> ForestallError:
    """Return an error without the server's words, which may hold data or the password."""
    state = str(getattr(error, "sqlstate", None) or "")
    if not state:
        found = _STATE.search(str(error))
        state = found[1] if found else ""
    if state.startswith("28"):
        what = "the user or the password is refused; check PGUSER and PGPASSWORD, or ~/.pgpass"
    elif state == "3D000":
        what = "there is no such database; check the address"
    elif state == "3F000":
        what = f"there is no schema {database.schema}; create it"
    elif state == "42501":
        what = "its user has no right to do this; grant it the rights of the manual's page on where data live"
    elif state.startswith("53"):
        what = "the server has no room or no free connection; make room and give the command again"
    elif state.startswith(("08", "57")) or not state:
        what = "the connection failed or was cut; check the address, and give the command again when the server answers"
    else:
        what = f"the server refuses a statement with the code {state}; ask its administrator"
    return InputError(f"{database} must be a PostgreSQL database that answers: {what}")
