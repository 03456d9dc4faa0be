"""A result that is a single object of a store: replaced by one conditional write, with a manifest beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from forestall.errors import UsageError
from forestall.locations import ChangedError, Prefix
from forestall.publishing.disk import writing
from forestall.publishing.job import Job
from forestall.publishing.lock import BusyError
from forestall.publishing.manifest import MANIFEST, Manifest, Part
from forestall.publishing.single_file import FileOutput
from forestall.publishing.store_state import find_manifest, manifest_content

_MARK = "mark"
"""Fact in the manifest: the mark of the object that it describes. Another object is not the job's result."""


@dataclass(frozen=True)
class StoreFile(FileOutput):
    """An object that a job writes.

    Parameters
    ----------
    file
        A local file, for what is being written and for the complete result.
    prefix
        The object.
    found, mark
        The manifest beside it and its mark when the job began, None if there was none.
    """

    prefix: Prefix
    found: Manifest | None
    mark: str | None

    @classmethod
    def open(cls, prefix: Prefix, folder: Path) -> StoreFile:
        """Return the object that a job writes, with a local, empty folder for its file.

        Raises
        ------
        UsageError
            The object, or what has the name of its manifest, is not Forestall's.
        """
        mark = prefix.parent.mark_of(prefix.name)
        beside = f"{prefix.name}.{MANIFEST}"
        found, _ = find_manifest(prefix.parent, beside)
        is_ours = found is not None and found.entries == [prefix.name]
        for name, is_there in (
            (prefix.name, mark is not None),
            (beside, prefix.parent.mark_of(beside) is not None),
        ):
            if is_there and not is_ours:
                raise UsageError(
                    f"{prefix.parent / name} holds what no run of this kind wrote; nothing was changed; move it "
                    "elsewhere, or choose another --output"
                )
        return cls(folder / prefix.name, prefix, found if is_ours else None, mark)

    def finished(self, job: Job) -> bool:
        """Whether the object is the complete result of the same job, which is then fetched."""
        found = self.found
        if found is None or found.key != job.key or found.started.get(_MARK) != self.mark:
            return False
        with writing(self.file):
            self.prefix.parent.fetch(self.prefix.name, self.file)
        return True

    def publish(
        self, job: Job, write: Callable[[Path], Any], started: Mapping[str, Any] | None = None
    ) -> None:
        """Write the file, and put it in place unless another job has done so; then write its manifest.

        Raises
        ------
        BusyError
            Another job has written the object meanwhile.
        """
        with writing(self.file):
            write(self.file)
            part = replace(Part.of(self.file, self.file.parent), path=self.prefix.name)
        top = self.prefix.parent
        try:
            mark = top.write(self.prefix.name, self.file, only_over=self.mark, only_new=self.mark is None)
        except ChangedError:
            raise BusyError(
                f"{self.prefix} has got the result of another job meanwhile; that of this job was not written; give "
                "the command again, or choose another --output"
            ) from None
        manifest = job.manifest({**(started or {}), _MARK: mark}, parts=(part,))
        top.write(f"{self.prefix.name}.{MANIFEST}", manifest_content(manifest))


@contextmanager
def open_store_file(prefix: Prefix) -> Iterator[FileOutput]:
    """Yield the object that a job writes."""
    with TemporaryDirectory(prefix="forestall-") as folder:
        yield StoreFile.open(prefix, Path(folder))
