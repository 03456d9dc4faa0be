"""The output of a job: opened by one process at a time, written beside, and published in one step."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from forestall.errors import InputError
from forestall.locations import Location
from forestall.publishing.disk import move, sync_file, writing
from forestall.publishing.job import Job
from forestall.publishing.manifest import Manifest, Part, read_manifest
from forestall.publishing.ownership import replaced_entries
from forestall.publishing.staging import PREFIX, Staging

log = logging.getLogger(__name__)


class Publication:
    """The results of a job that are written, and not yet visible.

    Attributes
    ----------
    started
        The facts of the job's first start.
    done
        The manifest, if the same job has ended before: there is nothing to do.
    account
        Counts for the manifest; the job sets them.
    """

    def __init__(self, staging: Staging | None, started: Mapping[str, Any], done: Manifest | None) -> None:
        self._staging = staging
        self.started = dict(started)
        self.done = done
        self.account: dict[str, Any] = {}

    @property
    def folder(self) -> Path:
        """The folder to write the results to."""
        return self._temporary().new

    def _temporary(self) -> Staging:
        if self._staging is None:
            raise RuntimeError("nothing is to be written: the results are there")
        return self._staging

    @property
    def work(self) -> Path:
        """The folder for temporary files. It need not exist, and is removed with the job, also after a kill."""
        return self._temporary().work

    def written(self, path: str) -> Path | None:
        """Return a file of the results if it was complete when the job was killed, else None."""
        staging = self._temporary()
        return staging.new / path if path in staging.parts() else None

    def write_part(self, path: str, write: Callable[[Path], Any]) -> None:
        """Write a file of the results, unless it was complete when the job was killed.

        Parameters
        ----------
        path
            The path within the output.
        write
            Writes the file of the path that it is given. The same job must write the same bytes.
        """
        if self._staging is None or path in self._staging.parts():
            return
        file = self._staging.new / path
        with writing(self._staging.folder.parent):
            file.parent.mkdir(parents=True, exist_ok=True)
            draft = file.with_name(f".{file.name}.part")
            write(draft)
            sync_file(draft)
            move(draft, file)
            self._staging.remember(Part.of(file, self._staging.new))

    def n_rows(self, entry: str) -> int:
        """Return the rows of the parts of an entry that are on the disk."""
        parts = {} if self._staging is None else self._staging.parts()
        return sum(part.rows or 0 for part in parts.values() if part.entry == entry)

    def parts(self) -> tuple[Part, ...]:
        """Return the description of all files that were written."""
        known = {} if self._staging is None else self._staging.parts()
        files = sorted(file for file in self.folder.rglob("*") if file.is_file())
        paths = {file.relative_to(self.folder).as_posix(): file for file in files}
        return tuple(known.get(path) or Part.of(file, self.folder) for path, file in paths.items())


@dataclass(frozen=True)
class Output:
    """The folder of a job's results, whose lock this process holds.

    Parameters
    ----------
    folder
        The folder.
    """

    folder: Path

    @property
    def location(self) -> Location:
        """Where the results are, as results and messages show it."""
        return self.folder

    def check_owner(self, job: Job) -> None:
        """Check that a job may replace the results that are there.

        Raises
        ------
        UsageError
            They are of another run or command.
        """
        job.check_owner(self.folder)

    @contextmanager
    def publication(self, job: Job, *, keep: bool = False, only: str | None = None) -> Iterator[Publication]:
        """Yield what the results are written to; at the end of the context they are put in place.

        After an error in the context the output is as it was.

        Parameters
        ----------
        job
            The job.
        keep
            Whether complete results of the same job count, so that there is nothing to do.
        only
            The one entry to replace; the others stay. Such results do not count as those of the job.

        Raises
        ------
        UsageError
            The output holds the results of another run, or something that no manifest names.
        InputError
            The disk is full, or refuses to be written.
        """
        done = self.finished(job) if keep else None
        if done is not None:
            yield Publication(None, done.started, done)
            return
        self._check(job)
        before = self._same(job)
        with writing(self.folder):
            staging = self.begin(job, before)
        try:
            publication = Publication(staging, staging.started, None)
            yield publication
            with writing(self.folder):
                old = replaced_entries(self.folder, job.names, job.find_earlier)
                manifest = job.manifest(
                    staging.started, account=publication.account, parts=publication.parts()
                )
                if only is not None:
                    manifest, old = self._with_others(manifest, old, only)
                staging.commit(manifest, old)
                staging.publish()
        finally:
            staging.remove()

    def finished(self, job: Job) -> Manifest | None:
        """Return the manifest of complete results of the same job; None if there is something to do.

        Raises
        ------
        UsageError
            The output holds the results of another run, or something that no manifest names.
        """
        self._check(job)
        done = self._same(job)
        if done is None or not done.is_whole(self.folder):
            return None
        for left in Staging.left_in(self.folder):
            left.remove()
        log.info("nothing to do: %s holds the results of the same job, run %s", self.folder, job.run_id)
        return done

    def _check(self, job: Job) -> None:
        with writing(self.folder):
            job.check_owner(self.folder)
            replaced_entries(self.folder, job.names, job.find_earlier)

    def _with_others(self, manifest: Manifest, old: list[str], only: str) -> tuple[Manifest, list[str]]:
        """Return the manifest of an output of which one entry is replaced, and the entries that are replaced."""
        kept = [
            Part.of(file, self.folder) for name in old if name != only for file in _files(self.folder / name)
        ]
        try:
            before = read_manifest(self.folder)
        except InputError:
            before = None
        parts = (*kept, *manifest.parts)
        return replace(before or manifest, key="", parts=parts), [name for name in old if name == only]

    def _same(self, job: Job) -> Manifest | None:
        """Return the manifest of the output if the same job wrote it."""
        try:
            manifest = read_manifest(self.folder)
        except InputError:
            return None
        return manifest if manifest is not None and manifest.key == job.key else None

    def begin(self, job: Job, before: Manifest | None = None) -> Staging:
        """Return a temporary folder, with the parts and the facts of the same job if it was killed.

        Parameters
        ----------
        job
            The job.
        before
            The manifest of results of the same job, None if there are none.
        """
        left = Staging.left_in(self.folder)
        same = next((one for one in left if one.key == job.key), None)
        started = same.started if same else before.started if before else job.started
        staging = Staging.create(self.folder, job.key, started)
        if same is not None:
            staging.take_over(same)
            log.info("going on with run %s, which did not end", job.run_id)
        for one in left:
            if one is not same:
                one.remove()
        self._sweep_earlier(job)
        return staging

    def _sweep_earlier(self, job: Job) -> None:
        """Remove what a killed job of version 0.1 left; its temporary folder was named after the run."""
        folder = self.folder / f"{PREFIX}{job.run_id}"
        if folder.is_dir() and {item.name for item in folder.iterdir()} <= set(job.names):
            shutil.rmtree(folder)


def _files(path: Path) -> list[Path]:
    """Return the files that an entry of an output is or holds."""
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
