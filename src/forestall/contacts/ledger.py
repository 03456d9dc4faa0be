"""The ledger: an append-only store of who was offered to be contacted, and of what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Self

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from forestall.contacts.ledger_store import (
    KEY,
    META,
    OFFERS,
    RESULT,
    RESULTS_OF,
    WRITES,
    clean,
    open_engine,
    refused,
)
from forestall.data.casting import cast_column
from forestall.data.contact_schema import ARMS, RESULTS
from forestall.data.schemas import CONTACTS, TIME, column_types
from forestall.defaults import LEDGER
from forestall.errors import InputError, UsageError
from forestall.pseudonyms import name_hash

_BATCH = 500


class Ledger:
    """A store of offers and their results, in SQLite or PostgreSQL.

    Offers are never changed: an offer whose experiment and contact_id are there already is left as it is. Each call
    writes all of its rows in one transaction, or none. Several jobs may write at once.

    Parameters
    ----------
    url
        `sqlite:///contacts.db`, or `postgresql://user@host/database`.

    Raises
    ------
    UsageError
        The URL is not one of these, or the driver is not installed.
    InputError
        The store cannot be opened.
    """

    def __init__(self, url: str = LEDGER) -> None:
        self._engine = open_engine(url)
        self.shown = self._engine.url.render_as_string(hide_password=True)
        with self._writing() as connection:
            META.create_all(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def offer(self, contacts: pl.DataFrame, policy: str = "") -> int:
        """Append offers, and return how many were new.

        Parameters
        ----------
        contacts
            Rows with the columns of the table `contacts`; columns of the result are not used.
        policy
            The policy by which they were made, as JSON.

        Raises
        ------
        UsageError
            A customer would get another arm than before in the same experiment. Nothing is written then.
        InputError
            A row has no key, time, arm, probability or risk. Nothing is written then.
        """
        _check_offers(contacts)
        names = [column.name for column in OFFERS.columns if column.name != "policy"]
        rows = contacts.select(names).with_columns(policy=pl.lit(policy)).to_dicts()
        with self._writing() as connection:
            n = self._insert(connection, OFFERS, rows)
            self._check_arms(connection, contacts["experiment"].unique().to_list())
        return n

    def record(self, results: pl.DataFrame) -> int:
        """Append what came of offers, and return how many results were new.

        Parameters
        ----------
        results
            experiment, contact_id, done_at, result (`reached`, `not_reached` or `not_needed`), and optionally channel
            and cost. Of several results of an offer the newest counts.

        Raises
        ------
        InputError
            A column is missing, a row is not valid, or no offer has its experiment and contact_id. Nothing is written.
        """
        rows = _checked_results(results).to_dicts()
        with self._writing() as connection:
            for experiment in sorted({row["experiment"] for row in rows}):
                asked = sa.select(OFFERS.c.contact_id).where(OFFERS.c.experiment == experiment)
                known = set(connection.execute(asked).scalars())
                missing = sum(
                    row["experiment"] == experiment and row["contact_id"] not in known for row in rows
                )
                if missing:
                    raise InputError(
                        f"each result must belong to an offer in {self.shown}; {missing} do not; record offers first"
                    )
            return self._insert(connection, RESULTS_OF, rows)

    def read(self, experiment: str | None = None) -> pl.DataFrame:
        """Return the offers with their newest results, with the columns of the table `contacts`, in order of time."""
        offers = sa.select(OFFERS).order_by(OFFERS.c.at, OFFERS.c.experiment, OFFERS.c.contact_id)
        if experiment is not None:
            offers = offers.where(OFFERS.c.experiment == experiment)
        with self._reading() as connection:
            found = _frame(connection.execute(offers), OFFERS)
            results = _frame(connection.execute(sa.select(RESULTS_OF)), RESULTS_OF)
        newest = results.sort("done_at").unique(KEY, keep="last")
        joined = found.join(newest, on=KEY, how="left", maintain_order="left")
        return joined.select(list(column_types(CONTACTS)))

    def forget(self, customers: Iterable[str], salt: str | None = None) -> int:
        """Delete the entries of customers, or replace their ids by salted hashes, and return how many entries.

        Parameters
        ----------
        customers
            Values of customer_id.
        salt
            A secret. With it `customer_id` and `interaction_id` become hashes, so that arms can still be counted;
            without it the entries and their results are deleted.
        """
        return sum(self.forget_each(customers, salt).values())

    def forget_each(self, customers: Iterable[str], salt: str | None = None) -> dict[str, int]:
        """Return what `forget` does, by customer; customers without entries are left out."""
        found: dict[str, int] = {}
        with self._writing() as connection:
            for customer in customers:
                is_own = OFFERS.c.customer_id == customer
                n = _delete(connection, is_own) if salt is None else _hash(connection, is_own, salt)
                if n:
                    found[customer] = n
        with self._asking():
            clean(self._engine)
        return found

    def _insert(self, connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> int:
        """Insert the rows whose key is new, and return how many."""
        insert = (postgresql if self._engine.dialect.name == "postgresql" else sqlite).insert
        n = 0
        for start in range(0, len(rows), _BATCH):
            statement = insert(table).values(rows[start : start + _BATCH]).on_conflict_do_nothing()
            n += len(connection.execute(statement.returning(table.c.contact_id)).all())
        return n

    def _check_arms(self, connection: sa.Connection, experiments: list[str]) -> None:
        changed = (
            sa.select(OFFERS.c.customer_id)
            .where(OFFERS.c.experiment.in_(experiments), OFFERS.c.customer_id.is_not(None))
            .group_by(OFFERS.c.experiment, OFFERS.c.customer_id)
            .having(sa.func.count(sa.distinct(OFFERS.c.arm)) > 1)
        )
        n = len(connection.execute(changed).all())
        if n:
            raise UsageError(
                f"the arm of a customer must stay the same in an experiment; {n} customers would get another one, "
                "because the shares of the policy were changed; give the policy a new 'experiment'"
            )

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """Yield a connection with a transaction that is committed at the end; another writer waits for it."""
        with self._asking(), self._engine.connect() as plain:
            connection = plain.execution_options(**{WRITES: True})
            with connection.begin():
                if self._engine.dialect.name == "postgresql":
                    # two jobs may see the same customers: one after the other
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(0x466F7265)))
                yield connection

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self._asking(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise refused(self.shown, error) from None


def _check_offers(contacts: pl.DataFrame) -> None:
    is_right = pl.all_horizontal(
        pl.col("contact_id", "interaction_id", "experiment", "at").is_not_null(),
        pl.col("arm").is_in(ARMS),
        pl.col("probability").is_between(0, 1, closed="right"),
        pl.col("risk").is_between(0, 1),
    )
    n_bad = contacts.filter(~is_right.fill_null(value=False)).height
    if n_bad:
        raise InputError(
            f"offers must have contact_id, interaction_id, experiment, at, an arm of {', '.join(ARMS)}, and a "
            f"probability and a risk from 0 to 1; {n_bad} rows do not; correct them"
        )


def _delete(connection: sa.Connection, is_own: sa.ColumnElement[bool]) -> int:
    keys = sa.select(OFFERS.c.experiment, OFFERS.c.contact_id).where(is_own)
    own = sa.tuple_(RESULTS_OF.c.experiment, RESULTS_OF.c.contact_id).in_(keys)
    connection.execute(sa.delete(RESULTS_OF).where(own))
    return int(connection.execute(sa.delete(OFFERS).where(is_own)).rowcount)


def _hash(connection: sa.Connection, is_own: sa.ColumnElement[bool], salt: str) -> int:
    """Replace the ids of entries; a contact_id is made of the interaction's id, so that it is replaced too."""
    rows = connection.execute(sa.select(OFFERS).where(is_own)).mappings().all()
    for row in rows:
        new = {name: name_hash(row[name], salt) for name in ("contact_id", "interaction_id", "customer_id")}
        for table in (OFFERS, RESULTS_OF):
            is_it = (table.c.experiment == row["experiment"]) & (table.c.contact_id == row["contact_id"])
            values = {name: value for name, value in new.items() if name in table.c}
            connection.execute(sa.update(table).where(is_it).values(values))
    return len(rows)


def _checked_results(results: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in (*KEY, "done_at", "result") if name not in results.columns]
    if missing:
        raise InputError(f"results must have a column '{missing[0]}', have none; add it")
    types = column_types(CONTACTS)
    found = pl.DataFrame(
        cast_column(results[name], types[name], f"results.{name}")[0]
        if name in results.columns
        else pl.Series(name, [None], types[name]).new_from_index(0, results.height)
        for name in (*KEY, *RESULT)
    )
    needed = pl.all_horizontal(pl.col(*KEY, "done_at").is_not_null(), pl.col("result").is_in(RESULTS))
    n_bad = found.filter(~needed.fill_null(False)).height
    if n_bad:
        raise InputError(
            f"results must have experiment, contact_id, done_at (a UTC time) and a result of {', '.join(RESULTS)}; "
            f"{n_bad} rows do not; correct them"
        )
    return found


def _frame(rows: sa.CursorResult[Any], table: sa.Table) -> pl.DataFrame:
    schema = {name: kind for name, kind in column_types(CONTACTS).items() if name in table.columns}
    found: list[tuple[Any, ...]] = [tuple(row._mapping[name] for name in schema) for row in rows]
    naive = {name: pl.Datetime("us") if kind == TIME else kind for name, kind in schema.items()}
    plain = [tuple(_without_zone(value) for value in row) for row in found]
    frame = pl.DataFrame(plain, schema=naive, orient="row")
    return frame.with_columns(pl.col(pl.Datetime("us")).dt.replace_time_zone("UTC"))


def _without_zone(value: Any) -> Any:
    """Return a time as UTC without a zone; SQLite gives it so, PostgreSQL in the zone of its server."""
    is_zoned = isinstance(value, datetime) and value.tzinfo is not None
    return value.astimezone(UTC).replace(tzinfo=None) if is_zoned else value
