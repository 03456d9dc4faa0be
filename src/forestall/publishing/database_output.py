"""The output of a job in a database: each part is written in one transaction, and all are published in one."""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from forestall.errors import ForestallError, UsageError
from forestall.locations import Database
from forestall.publishing import database_sql as sql
from forestall.publishing.database_frames import (
    from_flat,
    read_rows,
    schema_as_text,
    schema_from_text,
    table_of,
)
from forestall.publishing.database_job import TakenOverError, Unfinished
from forestall.publishing.database_store import DatabaseStore
from forestall.publishing.disk import read_json, writing
from forestall.publishing.job import Job
from forestall.publishing.lock import BusyError
from forestall.publishing.manifest import Manifest, Part
from forestall.publishing.output import Output, Publication
from forestall.publishing.staging import Staging

log = logging.getLogger(__name__)

_JOBS = ("score",)
_SUMMARY = "summary.json"
_TRIES, _PAUSE_S = 20, 0.1  # the server takes a moment to see that a process has ended


class DatabasePublication(Publication):
    """The results of a job that are written to a database, and not yet visible.

    The rows of Parquet files go to tables. `summary.json` goes to the row of the run; other files are left out.
    """

    def __init__(self, staging: Staging, store: DatabaseStore, known: Unfinished) -> None:
        super().__init__(staging, known.started, None)
        self._local, self._store = staging, store
        self.known = known
        self.summary: Any = None

    def write_part(self, path: str, write: Callable[[Path], Any]) -> None:
        """Write a file of the results to its table, unless it was complete when the job was killed."""
        if any(part.path == path for part in self.known.parts):
            return
        file = self._local.new / path
        with writing(self._local.folder):
            file.parent.mkdir(parents=True, exist_ok=True)
            write(file)
        self._add(file, path)

    def written(self, path: str) -> Path | None:
        """Return a copy of a file of the results if it was complete when the job was killed, else None."""
        part = next((one for one in self.known.parts if one.path == path), None)
        if part is None:
            return None
        file = self._local.new / path
        if not file.is_file():
            schema = schema_from_text(self.known.schemas[path])
            with writing(self._local.folder):
                file.parent.mkdir(parents=True, exist_ok=True)
                from_flat(self._store.rows(part, schema, is_published=False), schema).write_parquet(file)
        return file

    def n_rows(self, entry: str) -> int:
        """Return the rows of the parts of an entry that are in the database."""
        return sum(part.rows or 0 for part in self.known.parts if part.entry == entry)

    def parts(self) -> tuple[Part, ...]:
        """Write the files that are not yet in the database, and return the description of all."""
        for file in sorted(self.folder.rglob("*.parquet")):
            path = file.relative_to(self.folder).as_posix()
            if all(part.path != path for part in self.known.parts):
                self._add(file, path)
        self.summary = read_json(self.folder / _SUMMARY)
        return tuple(sorted(self.known.parts, key=lambda part: part.path))

    def _add(self, file: Path, path: str) -> None:
        part = replace(Part.of(file, self._local.new), at=table_of(path))
        rows = read_rows(file, path)
        self.known = self._store.add(self.known, part, rows, schema_as_text(rows.schema))


@dataclass(frozen=True)
class DatabaseOutput(Output):
    """An output in a database. Its folder is a local one, for what is being written and for complete results.

    Parameters
    ----------
    folder
        A local, temporary folder.
    database
        Where the results are published.
    """

    database: Database

    @property
    def location(self) -> Database:
        """Where the results are."""
        return self.database

    def check_owner(self, job: Job) -> None:
        """Check that the job can write to a database, and may replace the rows of its run."""
        if job.name not in _JOBS:
            raise UsageError(
                f"--output must be a folder or an object store for `{job.name}`, which writes more than tables; is "
                f"{self.database}"
            )
        self._store(job).manifest()

    def finished(self, job: Job) -> Manifest | None:
        """Return the manifest of complete results of the same job, and fetch them; None if there is something to do."""
        self.check_owner(job)
        store = self._store(job)
        done, schemas = store.manifest()
        if done is None or done.key != job.key:
            return None
        for part in done.parts:
            self._fetch(store, part, schemas[part.path])
        with writing(self.folder):
            (self.folder / _SUMMARY).write_text(json.dumps(store.summary()), encoding="utf-8")
        log.info("nothing to do: %s holds the results of the same job, run %s", self.database, job.run_id)
        return done

    @contextmanager
    def publication(self, job: Job, *, keep: bool = False, only: str | None = None) -> Iterator[Publication]:
        """Yield what the results are written to; at the end of the context they are published.

        After an error in the context the database is as it was, see `Output.publication`.

        Raises
        ------
        BusyError
            Another process writes the same run.
        """
        self.check_owner(job)
        store = self._store(job)
        with self._locked(job):
            done = self.finished(job) if keep else None
            if done is not None:
                yield Publication(None, done.started, done)
                return
            store.make_tables()
            before, _ = store.manifest()
            started = before.started if before is not None and before.key == job.key else job.started
            known = store.begin(job.key, started)
            if known.parts:
                log.info("going on with run %s, which did not end", job.run_id)
            staging = Staging.create(self.folder, job.key, known.started)
            publication = DatabasePublication(staging, store, known)
            try:
                yield publication
                parts = publication.parts()
                manifest = job.manifest(known.started, account=publication.account, parts=parts)
                store.publish(manifest, publication.known, publication.summary, before)
            except BaseException as error:
                if not isinstance(error, TakenOverError):
                    with suppress(
                        ForestallError
                    ):  # the first error counts; the same run removes what is left
                        store.discard(publication.known)
                raise
            finally:
                staging.remove()

    def _store(self, job: Job) -> DatabaseStore:
        return DatabaseStore(self.database, job.name, job.run_id, uuid.uuid4().hex)

    @contextmanager
    def _locked(self, job: Job) -> Iterator[None]:
        """Hold the lock of a run. It ends with the connection, and so with this process."""
        with self.database.connect() as connection:
            with connection.cursor() as cursor:
                name = self._store(job).lock(cursor)
                for _ in range(_TRIES):
                    if is_free := sql.try_lock(cursor, name):
                        break
                    time.sleep(_PAUSE_S)
            connection.commit()
            if not is_free:
                raise BusyError(
                    f"run {job.run_id} in {self.database} is being written by another process; wait until it has "
                    "ended and give the command again, or choose another --run-id"
                )
            yield

    def _fetch(self, store: DatabaseStore, part: Part, schema: str) -> None:
        types = schema_from_text(schema)
        if part.entry == "rejected":  # the rows are there as JSON, and no result is read from them
            return
        with writing(self.folder):
            (self.folder / part.path).parent.mkdir(parents=True, exist_ok=True)
            from_flat(store.rows(part, types), types).write_parquet(self.folder / part.path)
