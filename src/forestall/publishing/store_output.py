"""The output of a job in an object store: files under names of their own, published by one conditional write."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from forestall.errors import ForestallError, UsageError
from forestall.locations import ChangedError, NoAnswerError, Prefix
from forestall.publishing.disk import writing
from forestall.publishing.job import Job
from forestall.publishing.lock import BusyError
from forestall.publishing.manifest import MANIFEST, Manifest, Part
from forestall.publishing.output import Output, Publication
from forestall.publishing.staging import Staging
from forestall.publishing.store_state import Record, StoreState, find_manifest, manifest_content

log = logging.getLogger(__name__)


class StorePublication(Publication):
    """The results of a job that are written to an object store, and not yet visible.

    A part is uploaded when it is written. All other files are uploaded at the end.
    """

    def __init__(self, staging: Staging, prefix: Prefix, record: Record, mark: str) -> None:
        super().__init__(staging, record.started, None)
        self._local, self._prefix = staging, prefix
        self.record, self._mark = record, mark

    def write_part(self, path: str, write: Callable[[Path], Any]) -> None:
        """Write a file of the results, unless it was complete when the job was killed."""
        if self._known(path):
            return
        file = self._local.new / path
        with writing(self._local.folder):
            file.parent.mkdir(parents=True, exist_ok=True)
            write(file)
            part = Part.of(file, self._local.new)
        self._upload(part)

    def written(self, path: str) -> Path | None:
        """Return a copy of a file of the results if it was complete when the job was killed, else None."""
        known = self._known(path)
        if known is None:
            return None
        file = self._local.new / path
        if not known.is_in(self._local.new):
            with writing(self._local.folder):
                file.parent.mkdir(parents=True, exist_ok=True)
                self._prefix.fetch(known.stored, file)
        return file

    def n_rows(self, entry: str) -> int:
        """Return the rows of the parts of an entry that are in the store."""
        return sum(part.rows or 0 for part in self.record.parts if part.entry == entry)

    def parts(self) -> tuple[Part, ...]:
        """Upload the files that are not yet in the store, and return the description of all."""
        for file in sorted(one for one in self.folder.rglob("*") if one.is_file()):
            part = Part.of(file, self.folder)
            known = self._known(part.path)
            if known is None or known.sha256 != part.sha256:
                self._upload(part)
        return tuple(sorted(self.record.parts, key=lambda part: part.path))

    def _known(self, path: str) -> Part | None:
        """Return the description of a file that is in the store, None if it is not complete."""
        return next((part for part in self.record.parts if part.path == path), None)

    def _upload(self, part: Part) -> None:
        """Upload a file. Its name is on record before, so that no kill leaves a file without one."""
        at = self.record.stored(part.path)
        self._note(self.record.begins(at))
        self._prefix.write(at, self._local.new / part.path)
        others = replace(self.record, parts=tuple(one for one in self.record.parts if one.path != part.path))
        self.record = others.has(replace(part, at=at))

    def _note(self, record: Record) -> None:
        self._mark = note(self._prefix, record, self._mark)
        self.record = record


@dataclass(frozen=True)
class StoreOutput(Output):
    """An output in an object store. Its folder is a local one, for what is being written and for complete results.

    Parameters
    ----------
    folder
        A local, temporary folder.
    prefix
        Where the results are published.
    """

    prefix: Prefix

    @property
    def location(self) -> Prefix:
        """Where the results are."""
        return self.prefix

    def check_owner(self, job: Job) -> None:
        """Check that the job may replace the results, and that there is nothing else."""
        self._state(job)

    def finished(self, job: Job) -> Manifest | None:
        """Return the manifest of complete results of the same job, and fetch them; None if there is something to do."""
        state = self._state(job)
        done = state.manifest
        if done is None or done.key != job.key or not state.is_whole():
            return None
        state.sweep()
        for part in done.parts:
            with writing(self.folder):
                (self.folder / part.path).parent.mkdir(parents=True, exist_ok=True)
                self.prefix.fetch(part.stored, self.folder / part.path)
        log.info("nothing to do: %s holds the results of the same job, run %s", self.prefix, job.run_id)
        return done

    @contextmanager
    def publication(self, job: Job, *, keep: bool = False, only: str | None = None) -> Iterator[Publication]:
        """Yield what the results are written to; at the end of the context they are published.

        After an error in the context the output is as it was, see `Output.publication`.

        Raises
        ------
        BusyError
            Another job has published to the output, or has taken this one over.
        """
        done = self.finished(job) if keep else None
        if done is not None:
            yield Publication(None, done.started, done)
            return
        state = self._state(job)
        state.sweep()
        record, mark = self._record_of(job, state)
        staging = Staging.create(self.folder, job.key, record.started)
        publication = StorePublication(staging, self.prefix, record, mark)
        try:
            yield publication
            parts = publication.parts()
            manifest = job.manifest(record.started, account=publication.account, parts=parts)
            if only is not None:
                manifest = _with_others(manifest, state.manifest, only)
            self._publish(manifest, publication.record)
        except BaseException as error:
            if not isinstance(error, TakenOverError | NoAnswerError):
                with suppress(ForestallError):  # the first error counts; the next job removes what is left
                    self._discard(publication.record)
            raise
        finally:
            staging.remove()
        with suppress(ForestallError):  # the results are published; the next job removes what is left
            StoreState.of(self.prefix).sweep()

    def _state(self, job: Job) -> StoreState:
        state = StoreState.of(self.prefix)
        if state.manifest is not None:
            job.check_manifest(state.manifest, self.prefix)
        return state

    def _record_of(self, job: Job, state: StoreState) -> tuple[Record, str]:
        """Return the record of this job: that of the same job if it was killed, else a new one."""
        for left, mark in state.records:
            if left.key == job.key and left.base == state.mark:
                parts = tuple(part for part in left.parts if state.sizes.get(part.stored) == part.bytes)
                record = replace(left, parts=parts, turn=left.turn + 1)
                log.info("going on with run %s, which did not end", job.run_id)
                return record, note(self.prefix, record, mark)
        before = state.manifest if state.manifest is not None and state.manifest.key == job.key else None
        started = before.started if before else dict(job.started)
        record = Record.new(job.key, started, state.mark, sorted(state.named))
        mark = self.prefix.write(record.name, record.content(), only_new=True)
        self._check_conditional(record)
        return record, mark

    def _check_conditional(self, record: Record) -> None:
        """Check that the store heeds the conditions of a write; without them two jobs would mix."""
        for condition in ({"only_new": True}, {"only_over": self.prefix.other_mark}):
            with suppress(ChangedError):
                self.prefix.write(record.name, b"not to be written", **condition)
                self.prefix.remove([record.name])
                raise UsageError(
                    f"{self.prefix} must be in a store with conditional writes (If-None-Match and If-Match), this one "
                    "ignores them; nothing was changed; update the store, or choose another --output"
                )

    def _publish(self, manifest: Manifest, record: Record) -> None:
        try:
            self.prefix.write(
                MANIFEST, manifest_content(manifest), only_over=record.base, only_new=record.base is None
            )
        except ChangedError:
            raise BusyError(
                f"{self.prefix} has got the results of another job meanwhile; nothing of this job was published; "
                "give the command again, or choose another --output"
            ) from None

    def _discard(self, record: Record) -> None:
        """Remove what this job wrote, unless it was published after all."""
        manifest, _ = find_manifest(self.prefix)
        named = {part.stored for part in manifest.parts} if manifest else set()
        self.prefix.remove(set(record.begun) - named)
        self.prefix.remove([record.name])


class TakenOverError(BusyError):
    """The same job was begun a second time and goes on with the parts of this one."""


def note(prefix: Prefix, record: Record, mark: str) -> str:
    """Write the record of a job over the one with the mark, and return the new mark.

    Raises
    ------
    TakenOverError
        Another process has written it.
    """
    try:
        return prefix.write(record.name, record.content(), only_over=mark)
    except ChangedError:
        raise TakenOverError(
            f"{prefix} is being written by another process, which goes on with the same job; wait until it has ended"
        ) from None


def _with_others(manifest: Manifest, before: Manifest | None, only: str) -> Manifest:
    """Return the manifest of an output of which one entry is replaced."""
    kept = [part for part in before.parts if part.entry != only] if before else []
    return replace(before or manifest, key="", parts=(*kept, *manifest.parts))
