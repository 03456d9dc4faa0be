"""A result that is a single file: replaced in one step, by one job at a time, with a manifest beside it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from forestall.errors import InputError, UsageError
from forestall.publishing.disk import (
    missing_folders,
    move,
    remove_empty,
    sync_file,
    sync_folder,
    write_json,
    writing,
)
from forestall.publishing.job import Job
from forestall.publishing.lock import LOCK, locked
from forestall.publishing.manifest import MANIFEST, Manifest, Part, is_damaged, read_manifest
from forestall.publishing.output import Output, Publication
from forestall.publishing.staging import Staging

IsEarlier = Callable[[Path], bool]
"""Whether a file is a result of version 0.1."""


@dataclass(frozen=True)
class FileOutput:
    """A file that a job writes, whose lock this process holds.

    Parameters
    ----------
    file
        The file.
    """

    file: Path

    @property
    def manifest(self) -> Path:
        """The manifest, beside the file."""
        return self.file.with_name(f"{self.file.name}.{MANIFEST}")

    def finished(self, job: Job) -> bool:
        """Whether the file is the complete result of the same job, so that there is nothing to do."""
        found = self._found()
        is_finished = found is not None and found.key == job.key and found.is_whole(self.file.parent)
        if is_finished:
            self._remove_parts()
        return is_finished

    @contextmanager
    def in_parts(self, job: Job) -> Iterator[Publication]:
        """Yield what the parts of the file are written to, in a hidden folder beside it.

        The folder is removed at the end of the context. After a kill it stays, and the same job goes on with its parts.
        """
        with writing(self.file):
            self._parts.mkdir(exist_ok=True)
            staging = Output(self._parts).begin(job)
        try:
            yield Publication(staging, staging.started, None)
        finally:
            self._remove_parts()

    def publish(
        self, job: Job, write: Callable[[Path], Any], started: Mapping[str, Any] | None = None
    ) -> None:
        """Write the file beside its place, then its manifest, then put it in place.

        Parameters
        ----------
        job
            The job.
        write
            Writes the file of the path that it is given.
        started
            The facts of the job's first start.

        Raises
        ------
        InputError
            The disk is full, or refuses to be written.
        """
        self._replace(write, lambda part: job.manifest(started or {}, parts=(part,)))
        self._remove_parts()

    def rewrite(self, write: Callable[[Path], Any]) -> None:
        """Replace the file by what some of it was removed from; its job, given again, computes it again.

        Parameters
        ----------
        write
            Writes the file of the path that it is given.

        Raises
        ------
        InputError
            The disk is full, or refuses to be written.
        """
        found = self._found()
        assert found is not None, "the file was checked"
        self._replace(write, lambda part: replace(found, key="", parts=(part,)))

    def _replace(self, write: Callable[[Path], Any], manifest: Callable[[Part], Manifest]) -> None:
        folder = self.file.parent
        draft = folder / f"{self._prefix}{uuid.uuid4().hex}{self.file.suffix}"
        with writing(self.file):
            try:
                write(draft)
                sync_file(draft)
                part = replace(Part.of(draft, folder), path=self.file.name)
                write_json(manifest(part).to_dict(), self.manifest)
                move(draft, self.file)
                sync_folder(folder)
            finally:
                draft.unlink(missing_ok=True)

    def check(self, is_earlier: IsEarlier) -> None:
        """Check that the file may be replaced, and remove what killed jobs left.

        Raises
        ------
        UsageError
            The file, or what has the name of its manifest, is not Forestall's.
        """
        is_ours = self._found() is not None or is_damaged(self.file.parent, self.manifest.name)
        for path, may_stay in ((self.file, is_ours or is_earlier(self.file)), (self.manifest, is_ours)):
            if os.path.lexists(path) and (not may_stay or not path.is_file()):
                raise UsageError(
                    f"{path} holds what no run of this kind wrote; nothing was changed; move it elsewhere, or choose "
                    "another --output"
                )
        for left in self.file.parent.iterdir():
            if left.name.startswith(self._prefix) and left.is_file():
                left.unlink()

    @property
    def _parts(self) -> Path:
        """The folder of the parts while the file is made."""
        return self.file.with_name(f"{self._prefix}parts")

    def _remove_parts(self) -> None:
        """Remove the parts of this job or of one that was killed."""
        for staging in Staging.left_in(self._parts):
            staging.remove()
        remove_empty([self._parts])

    @property
    def _prefix(self) -> str:
        return f".{self.file.name}.forestall-"

    def _found(self) -> Manifest | None:
        return manifest_of(self.file)


def manifest_of(file: Path) -> Manifest | None:
    """Return the manifest beside a file that a job wrote; None if no job wrote it."""
    try:
        found = read_manifest(file.parent, f"{file.name}.{MANIFEST}")
    except InputError:
        return None
    return found if found is not None and found.entries == [file.name] else None


@contextmanager
def open_local_file(path: Path, is_earlier: IsEarlier) -> Iterator[FileOutput]:
    """Yield the local file that a job writes; no other process can open it meanwhile. See `opening.open_file`."""
    output = FileOutput(path)
    folder = output.file.parent
    created = missing_folders(folder)
    with ExitStack() as stack:
        stack.callback(remove_empty, created)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(folder, name=f".{output.file.name}{LOCK}"))
            output.check(is_earlier)
        except OSError as error:
            raise UsageError(
                f"{path} must be in a folder that can be written: {error.strerror}; choose another --output"
            ) from None
        yield output
