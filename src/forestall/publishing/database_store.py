"""What Forestall keeps in a database: the tables of results, the manifests, and the jobs that have not ended.

    forestall_jobs          a row per published run: its manifest and summary
    forestall_scores        its score rows; also forestall_contact_list, forestall_partings, forestall_rejected
    forestall_unfinished    a row per job that has not ended, with its complete parts
    forestall_scores_unfinished   their rows, which no reader needs

Each part is one transaction, and so is publishing. Each transaction begins with the row of the job in
`forestall_unfinished`: if another process has taken the job over, it is no longer ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from forestall.errors import UsageError
from forestall.locations import Database
from forestall.locations.database import quoted
from forestall.publishing import database_sql as sql
from forestall.publishing.database_frames import KEY, PART, PREFIX, ROW, RUN, schema_from_text, to_flat
from forestall.publishing.database_job import TakenOverError, Unfinished
from forestall.publishing.manifest import Manifest, Part, manifest_from

JOBS, UNFINISHED = f"{PREFIX}jobs", f"{PREFIX}unfinished"
_SUFFIX = "_unfinished"
_OWN = {
    JOBS: "job text, run_id text, key text, manifest jsonb, summary jsonb, schemas jsonb, PRIMARY KEY (job, run_id)",
    UNFINISHED: "job text, run_id text, key text, holder text, started jsonb, parts jsonb, schemas jsonb, "
    "PRIMARY KEY (job, run_id)",
}


@dataclass(frozen=True)
class DatabaseStore:
    """The results of one run in a database.

    Parameters
    ----------
    database
        The database.
    job, run_id
        The command, and the id of the run.
    holder
        An id of this process: another one that takes the job over writes its own.
    """

    database: Database
    job: str
    run_id: str
    holder: str

    def make_tables(self) -> None:
        """Make the tables of jobs, unless they exist.

        Raises
        ------
        UsageError
            There are other tables of these names.
        """
        with self.database.connect() as connection, connection.cursor() as cursor:
            sql.take_turns(cursor)
            sql.schema_of(cursor, self.database)
            for table, columns in _OWN.items():
                sql.make_table(cursor, table, columns, self.database)
            connection.commit()

    def manifest(self) -> tuple[Manifest | None, dict[str, str]]:
        """Return the manifest of the published run, and the columns of its files; None if there is none."""
        with self.database.connect(is_snapshot=True) as connection, connection.cursor() as cursor:
            if not sql.exists(cursor, JOBS):
                return None, {}
            sql.check_ours(cursor, JOBS, self.database)
            row = sql.row_of(
                cursor,
                f"SELECT manifest::text, schemas::text FROM {JOBS} WHERE job = $1 AND run_id = $2",
                (self.job, self.run_id),
            )
            if row is None:
                return None, {}
            found = manifest_from(json.loads(row[0]), JOBS, self.database)
            if found is not None:
                self._check_rows(cursor, found)
            return found, dict(json.loads(row[1]))

    def summary(self) -> Any:
        """Return the summary of the published run."""
        with self.database.connect(is_snapshot=True) as connection, connection.cursor() as cursor:
            found = sql.row_of(
                cursor,
                f"SELECT summary::text FROM {JOBS} WHERE job = $1 AND run_id = $2",
                (self.job, self.run_id),
            )
        return None if found is None else json.loads(found[0])

    def begin(self, key: str, started: Mapping[str, Any]) -> Unfinished:
        """Note that the job begins, and return what is known of it: its parts, if it was killed."""
        with self.database.connect() as connection, connection.cursor() as cursor:
            sql.take_turns(cursor)
            row = sql.row_of(
                cursor,
                f"SELECT key, started::text, parts::text, schemas::text FROM {UNFINISHED} "
                "WHERE job = $1 AND run_id = $2 FOR UPDATE",
                (self.job, self.run_id),
            )
            left = None if row is None else Unfinished.of(*row)
            if left is not None and left.key != key:
                self._drop_parts(cursor, left)
                left = None
            self._sweep(cursor)
            new = left or Unfinished(key, dict(started))
            self._note(cursor, new)
            connection.commit()
        return new

    def add(self, known: Unfinished, part: Part, rows: pl.DataFrame, schema: str) -> Unfinished:
        """Add the rows of a part and note it, in one transaction; nothing if it is noted already."""
        new = known.has(part, schema)
        with self._own() as (connection, cursor, there):
            if any(one.path == part.path for one in there.parts):
                return new
            table = f"{part.at}{_SUFFIX}"
            sql.take_turns(cursor)
            sql.make_result_table(cursor, table, rows.schema, self.database, is_flat=True)
            flat = sql.with_key(to_flat(rows), self.run_id, part.path)
            schema_name = sql.schema_of(cursor, self.database)
            cursor.adbc_ingest(table, flat.to_arrow(), mode="append", db_schema_name=schema_name)
            self._note(cursor, new)
            connection.commit()
        return new

    def publish(self, manifest: Manifest, known: Unfinished, summary: Any, before: Manifest | None) -> None:
        """Replace the rows of the run by the new ones, with their manifest, in one transaction."""
        with self._own() as (connection, cursor, _):
            sql.take_turns(cursor)
            if before is not None:
                self._check_rows(cursor, before)
            for table in sorted(_counts(before)) if before else []:
                cursor.execute(f"DELETE FROM {quoted(table)} WHERE {RUN} = $1", (self.run_id,))
            for table, count in sorted(_counts(manifest).items()):
                self._move(
                    cursor, table, count, [known.schemas[one.path] for one in known.parts if one.at == table]
                )
            self._drop_parts(cursor, known)
            cursor.execute(f"DELETE FROM {JOBS} WHERE job = $1 AND run_id = $2", (self.job, self.run_id))
            values = (manifest.to_dict(), summary, dict(known.schemas))
            cursor.execute(
                f"INSERT INTO {JOBS} VALUES ($1, $2, $3, $4::text::jsonb, $5::text::jsonb, $6::text::jsonb)",
                (self.job, self.run_id, manifest.key, *(sql.as_json(value) for value in values)),
            )
            connection.commit()

    def discard(self, known: Unfinished) -> None:
        """Remove what this job wrote and did not publish."""
        with self._own() as (connection, cursor, there):
            self._drop_parts(cursor, there)
            self._drop_parts(cursor, known)
            connection.commit()

    def rows(self, part: Part, schema: pl.Schema, *, is_published: bool = True) -> pl.DataFrame:
        """Return the rows of a part, flat, in their order."""
        columns = ", ".join(
            f"{quoted(name)}::text" if dtype.is_nested() else quoted(name) for name, dtype in schema.items()
        )
        table = str(part.at) + ("" if is_published else _SUFFIX)
        with self.database.connect(is_snapshot=True) as connection, connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {columns} FROM {quoted(table)} WHERE {RUN} = $1 AND {PART} = $2 ORDER BY {ROW}",
                (self.run_id, part.path),
            )
            found = pl.from_arrow(cursor.fetch_arrow_table())
        assert isinstance(found, pl.DataFrame)
        return found

    @contextmanager
    def _own(self) -> Iterator[tuple[Any, Any, Unfinished]]:
        """Yield a transaction that has the row of the job, which must still be this process's."""
        with self.database.connect() as connection, connection.cursor() as cursor:
            row = sql.row_of(
                cursor,
                f"SELECT key, started::text, parts::text, schemas::text FROM {UNFINISHED} "
                "WHERE job = $1 AND run_id = $2 AND holder = $3 FOR UPDATE",
                (self.job, self.run_id, self.holder),
            )
            if row is None:
                raise TakenOverError(
                    f"{self.database} is being written by another process, which goes on with the same run; wait "
                    "until it has ended"
                )
            yield connection, cursor, Unfinished.of(*row)

    def _sweep(self, cursor: Any) -> None:
        """Remove what killed jobs of other runs left: their connections, and so their locks, have ended."""
        cursor.execute(
            f"SELECT job, run_id, key, started::text, parts::text, schemas::text FROM {UNFINISHED}"
        )
        for job, run_id, *content in cursor.fetchall():
            other = replace(self, job=job, run_id=run_id)
            if (job, run_id) != (self.job, self.run_id) and sql.try_lock(
                cursor, other.lock(cursor), is_short=True
            ):
                other._drop_parts(cursor, Unfinished.of(*content))

    def lock(self, cursor: Any) -> str:
        """Return the name of the lock of the run."""
        return json.dumps(["forestall", sql.schema_of(cursor, self.database), self.job, self.run_id])

    def _note(self, cursor: Any, new: Unfinished) -> None:
        cursor.execute(f"DELETE FROM {UNFINISHED} WHERE job = $1 AND run_id = $2", (self.job, self.run_id))
        values = (dict(new.started), [part.to_dict() for part in new.parts], dict(new.schemas))
        cursor.execute(
            f"INSERT INTO {UNFINISHED} VALUES ($1, $2, $3, $4, $5::text::jsonb, $6::text::jsonb, $7::text::jsonb)",
            (self.job, self.run_id, new.key, self.holder, *(sql.as_json(value) for value in values)),
        )

    def _drop_parts(self, cursor: Any, left: Unfinished) -> None:
        """Remove the rows of a job that has not ended, and its note."""
        for table in sorted({str(part.at) for part in left.parts}):
            if sql.exists(cursor, f"{table}{_SUFFIX}"):
                cursor.execute(f"DELETE FROM {quoted(table + _SUFFIX)} WHERE {RUN} = $1", (self.run_id,))
        cursor.execute(f"DELETE FROM {UNFINISHED} WHERE job = $1 AND run_id = $2", (self.job, self.run_id))

    def _move(self, cursor: Any, table: str, count: int, schemas: list[str]) -> None:
        """Move the rows of the run from the table of unfinished ones to that of results."""
        schema: dict[str, pl.DataType] = {}
        for text in schemas:
            schema |= schema_from_text(text)
        sql.make_result_table(cursor, table, schema, self.database)
        names = [*schema, *KEY]
        casts = [
            f"{quoted(name)}::jsonb" if dtype.is_nested() else quoted(name) for name, dtype in schema.items()
        ]
        cursor.execute(
            f"INSERT INTO {quoted(table)} ({', '.join(quoted(name) for name in names)}) "
            f"SELECT {', '.join([*casts, *KEY])} FROM {quoted(table + _SUFFIX)} WHERE {RUN} = $1",
            (self.run_id,),
        )
        if sql.count_rows(cursor, table, self.run_id) != count:
            raise self._foreign(table)

    def _check_rows(self, cursor: Any, manifest: Manifest) -> None:
        """Check that the tables have as many rows of the run as its manifest says.

        Raises
        ------
        UsageError
            Another program has added or removed rows.
        """
        for table, count in _counts(manifest).items():
            if not sql.exists(cursor, table) or sql.count_rows(cursor, table, self.run_id) != count:
                raise self._foreign(table)

    def _foreign(self, table: str) -> UsageError:
        return UsageError(
            f"{self.database} must have in {table} the rows of run {self.run_id} as they were written, another program "
            "has changed them; nothing was changed; choose another --run-id, or remove these rows"
        )


def published_runs(database: Database, job: str) -> list[str]:
    """Return the ids of the runs of a command that are published in a database, in their order."""
    with database.connect(is_snapshot=True) as connection, connection.cursor() as cursor:
        if not sql.exists(cursor, JOBS):
            return []
        cursor.execute(f"SELECT run_id FROM {JOBS} WHERE job = $1 ORDER BY run_id", (job,))
        return [run_id for (run_id,) in cursor.fetchall()]


def _counts(manifest: Manifest) -> dict[str, int]:
    """Return how many rows of a run each table has."""
    counts: dict[str, int] = {}
    for part in manifest.parts:
        if part.at is not None:
            counts[part.at] = counts.get(part.at, 0) + (part.rows or 0)
    return counts
