"""An output is opened by one process at a time, and what a killed job left in it is completed or undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from forestall.errors import UsageError
from forestall.locations import Database, Prefix, location_of
from forestall.publishing.database_output import DatabaseOutput
from forestall.publishing.disk import missing_folders, remove_empty, writing
from forestall.publishing.lock import locked
from forestall.publishing.output import Output
from forestall.publishing.ownership import check_folder
from forestall.publishing.single_file import FileOutput, IsEarlier, open_local_file
from forestall.publishing.staging import Staging
from forestall.publishing.store_file import open_store_file
from forestall.publishing.store_output import StoreOutput

_TRIES = 100


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

    Notes
    -----
    The output may also be in an object store or a database, see `remote_output`.
    """
    location = location_of(path)
    if isinstance(location, Path):
        with _open_folder(location) as output:
            yield output
        return
    with TemporaryDirectory(prefix="forestall-") as folder:
        yield remote_output(location, Path(folder))


@contextmanager
def _open_folder(folder: Path) -> Iterator[Output]:
    check_folder(folder)
    created = missing_folders(folder)
    with ExitStack() as stack:
        stack.callback(remove_empty, created)
        try:
            stack.enter_context(_locked_folder(folder))
        except OSError as error:
            raise UsageError(
                f"{folder} must be a folder that can be written: {error.strerror}; choose another --output"
            ) from None
        settle_left(folder)
        yield Output(folder)


@contextmanager
def open_file(path: str | Path, is_earlier: IsEarlier) -> Iterator[FileOutput]:
    """Yield the file that a job writes, which may also be an object of a store; see `single_file` and `store_file`.

    Parameters
    ----------
    path
        The file.
    is_earlier
        Whether a local file without a manifest is a result of version 0.1, which may be replaced.

    Raises
    ------
    BusyError
        Another process writes the file.
    UsageError
        The file is not Forestall's, or its folder cannot be written.
    """
    location = location_of(path)
    if isinstance(location, Database):
        raise UsageError(f"--output must be a file, or an object of a store, is {location}")
    opened = (
        open_local_file(location, is_earlier) if isinstance(location, Path) else open_store_file(location)
    )
    with opened as output:
        yield output


@contextmanager
def open_if_given(path: str | Path | None) -> Iterator[Output | None]:
    """Yield the output of a job as `open_output` does; None if the job writes nothing."""
    if path is None:
        yield None
        return
    with open_output(path) as output:
        yield output


def remote_output(location: Prefix | Database, folder: Path) -> Output:
    """Return the output of a job in an object store or a database.

    There another process may open it too: one of the jobs is published, and the other one fails.

    Parameters
    ----------
    location
        Where it is.
    folder
        A local, empty folder for what is being written.
    """
    if isinstance(location, Prefix):
        return StoreOutput(folder, location)
    return DatabaseOutput(folder, location)


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
