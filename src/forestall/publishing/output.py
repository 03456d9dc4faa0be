"""The output of a job: opened by one process at a time, written beside, and published in one step."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from forestall.errors import InputError, UsageError
from forestall.publishing.disk import move, sync_file, writing
from forestall.publishing.lock import locked
from forestall.publishing.manifest import Manifest, Part, job_key, read_manifest
from forestall.publishing.ownership import FindEarlier, check_folder, check_owner, replaced_entries
from forestall.publishing.staging import PREFIX, Staging

log = logging.getLogger(__name__)
_TRIES = 100


@dataclass(frozen=True)
class Job:
    """A job that writes results.

    Attributes
    ----------
    name, run_id
        The command, and the id of the run.
    names
        The entries of the output that it may write.
    inputs, options
        What determines the results: the model and the data with their digests; the options.
    started
        Facts of this start, which the results hold. If the job was killed before, or has ended, its first facts count.
    replaces
        The commands whose results it replaces, by default its own.
    any_run
        Whether it replaces the results of any run, not only of its own.
    find_earlier
        Finds results of version 0.1 in an output.
    """

    name: str
    run_id: str
    names: tuple[str, ...]
    inputs: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    started: Mapping[str, Any] = field(default_factory=dict)
    replaces: tuple[str, ...] = ()
    any_run: bool = False
    find_earlier: FindEarlier = lambda _: None

    @property
    def key(self) -> str:
        """A digest of what determines the results."""
        return job_key(self.name, self.run_id, dict(self.inputs), dict(self.options))

    def check_owner(self, output: Path) -> None:
        """Check that the job may replace the results in an output, see `ownership.check_owner`."""
        run_id = None if self.any_run else self.run_id
        check_owner(output, (self.name, *self.replaces), run_id, self.find_earlier)

    def manifest(self, started: Mapping[str, Any], **content: Any) -> Manifest:
        """Return the manifest of its results."""
        return Manifest(
            self.name,
            self.run_id,
            self.key,
            version("forestall"),
            dict(self.inputs),
            dict(self.options),
            dict(started),
            **content,
        )


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
        if self._staging is None:
            raise RuntimeError("nothing is to be written: the results are there")
        return self._staging.new

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

    @contextmanager
    def publication(self, job: Job, *, keep: bool = False) -> Iterator[Publication]:
        """Yield what the results are written to; at the end of the context they are put in place.

        After an error in the context the output is as it was.

        Parameters
        ----------
        job
            The job.
        keep
            Whether complete results of the same job count, so that there is nothing to do.

        Raises
        ------
        UsageError
            The output holds the results of another run, or something that no manifest names.
        InputError
            The disk is full, or refuses to be written.
        """
        job.check_owner(self.folder)
        replaced_entries(self.folder, job.names, job.find_earlier)
        before = self._same(job)
        if keep and before is not None and before.is_whole(self.folder):
            self._sweep()
            log.info("nothing to do: %s holds the results of the same job, run %s", self.folder, job.run_id)
            yield Publication(None, before.started, before)
            return
        with writing(self.folder):
            staging = self._begin(job, before)
        try:
            publication = Publication(staging, staging.started, None)
            yield publication
            with writing(self.folder):
                old = replaced_entries(self.folder, job.names, job.find_earlier)
                manifest = job.manifest(
                    staging.started, account=publication.account, parts=publication.parts()
                )
                staging.commit(manifest, old)
                staging.publish()
        finally:
            staging.remove()

    def _same(self, job: Job) -> Manifest | None:
        """Return the manifest of the output if the same job wrote it."""
        try:
            manifest = read_manifest(self.folder)
        except InputError:
            return None
        return manifest if manifest is not None and manifest.key == job.key else None

    def _begin(self, job: Job, before: Manifest | None) -> Staging:
        """Return a temporary folder, with the parts and the facts of the same job if it was killed."""
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

    def _sweep(self) -> None:
        for one in Staging.left_in(self.folder):
            one.remove()


@contextmanager
def open_output(path: str | Path) -> Iterator[Output]:
    """Yield the output of a job; no other process can open it meanwhile.

    Results that a killed job left complete are put in place first.

    Raises
    ------
    BusyError
        Another process writes the output.
    UsageError
        The output is a file, or its folder cannot be written.
    """
    folder = Path(path)
    check_folder(folder)
    created = _missing(folder)
    with ExitStack() as stack:
        stack.callback(_remove_empty, created)
        try:
            stack.enter_context(_locked_folder(folder))
        except OSError as error:
            raise UsageError(
                f"{path} must be a folder that can be written: {error.strerror}; choose another --output"
            ) from None
        settle_left(folder)
        yield Output(folder)


@contextmanager
def open_if_given(path: str | Path | None) -> Iterator[Output | None]:
    """Yield the output of a job as `open_output` does; None if the job writes nothing."""
    if path is None:
        yield None
        return
    with open_output(path) as output:
        yield output


def _locked_folder(folder: Path) -> ExitStack:
    """Make the folder, take its lock, and return what releases the lock."""
    for _ in range(_TRIES):
        with suppress(FileNotFoundError):  # another job ended without results and removed the folder
            folder.mkdir(parents=True, exist_ok=True)
            stack = ExitStack()
            stack.enter_context(locked(folder))
            return stack
    raise UsageError(f"{folder} must be a folder that stays, another process removes it; try again")


def settle_left(folder: Path) -> None:
    """Put complete results of killed jobs in place. The caller holds the lock."""
    for staging in Staging.left_in(folder):
        if staging.is_complete:
            with writing(folder):
                staging.settle()
            staging.remove()


def _missing(folder: Path) -> list[Path]:
    """Return the folders of a path that do not exist, the innermost first."""
    return [one for one in (folder, *folder.parents) if not one.exists()]


def _remove_empty(folders: list[Path]) -> None:
    """Remove those of the folders that are empty."""
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return
