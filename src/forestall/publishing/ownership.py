"""What an output holds: results that a job may replace, or something that is not Forestall's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from forestall.errors import InputError, UsageError
from forestall.publishing.manifest import MANIFEST, Manifest, is_damaged, read_manifest

# What file managers and file systems put into any folder.
_OF_THE_SYSTEM = {"Thumbs.db", "desktop.ini", "lost+found"}
_MOST_NAMES = 5


@dataclass(frozen=True)
class Earlier:
    """Results without a manifest, as version 0.1 wrote them.

    Attributes
    ----------
    run_id
        The run that wrote them.
    files
        For each entry that is one of its files or folders: the pattern of the files in it, empty for a file.
    """

    run_id: str
    files: Mapping[str, str]

    def owns(self, path: PurePosixPath) -> bool:
        """Whether a file of the output is one of the results."""
        pattern = self.files.get(path.parts[0])
        if pattern is None or len(path.parts) > 2:
            return False
        return (pattern == "") == (len(path.parts) == 1) and (pattern == "" or path.match(pattern))


FindEarlier = Callable[[Path], Earlier | None]
"""Returns the results of version 0.1 in an output, None if there are none."""


def check_folder(output: Path) -> None:
    """Check that an output is a folder, or does not exist.

    Raises
    ------
    UsageError
        It is a file.
    """
    if output.exists() and not output.is_dir():
        raise UsageError(f"--output must be a folder; {output} is a file")


def check_owner(output: Path, jobs: Iterable[str], run_id: str | None, find: FindEarlier) -> None:
    """Check that the results in an output are those that a job may replace.

    Parameters
    ----------
    output
        The folder.
    jobs
        The commands whose results the job replaces.
    run_id
        The run whose results the job replaces, None for any.
    find
        Finds results of version 0.1.

    Raises
    ------
    UsageError
        The output holds the results of another run or command.
    """
    manifest = _manifest(output)
    earlier = find(output) if manifest is None else None
    check_manifest(output, jobs, run_id, manifest, earlier)


def check_manifest(
    output: object,
    jobs: Iterable[str],
    run_id: str | None,
    manifest: Manifest | None,
    earlier: Earlier | None = None,
) -> None:
    """Check that results are those that a job may replace.

    Parameters
    ----------
    output
        The output, as errors show it.
    jobs, run_id
        As for `check_owner`.
    manifest, earlier
        The manifest of the results, None if there is none; the results of version 0.1.

    Raises
    ------
    UsageError
        They are of another run or command.
    """
    owner = manifest.run_id if manifest else earlier.run_id if earlier else None
    if manifest is not None and manifest.job not in jobs:
        raise UsageError(
            f"{output} holds the results of another job, `{manifest.job}`; choose another --output, or remove them"
        )
    if owner is not None and run_id is not None and owner != run_id:
        raise UsageError(
            f"{output} holds the results of run {owner}; choose another --output, or remove them "
            f"(a scoring job replaces them by --run-id {owner})"
        )


def replaced_entries(output: Path, names: Iterable[str], find: FindEarlier) -> list[str]:
    """Return the entries of an output that a job replaces, without the manifest.

    Parameters
    ----------
    output
        The folder. In the working folder, which holds other things, only entries of the job's names are looked at.
    names
        The entries that the job may write.
    find
        Finds results of version 0.1.

    Raises
    ------
    UsageError
        The output holds something that no manifest names. The message has the first names.
    """
    manifest = _manifest(output)
    earlier = find(output) if manifest is None else None
    own = {part.path for part in manifest.parts} if manifest else set()
    own |= {MANIFEST} if manifest or is_damaged(output) else set()
    looked_at = [*names, MANIFEST] if output.resolve() == Path.cwd() else None
    foreign = [
        path.as_posix()
        for path in _paths(output, looked_at)
        if path.as_posix() not in own and not (earlier and earlier.owns(path))
    ]
    if foreign:
        more = f" and {len(foreign) - _MOST_NAMES} more" if len(foreign) > _MOST_NAMES else ""
        named = ", ".join(f"'{name}'" for name in foreign[:_MOST_NAMES])
        raise UsageError(
            f"{output} holds what no run of this kind wrote: {named}{more}; nothing was changed; move it elsewhere, "
            "or choose another --output"
        )
    if manifest is not None:
        return manifest.entries
    return [name for name in (earlier.files if earlier else ()) if (output / name).exists()]


def _manifest(output: Path) -> Manifest | None:
    try:
        return read_manifest(output)
    except InputError:  # damaged: the results are recognised as those of version 0.1
        return None


def _paths(output: Path, looked_at: Iterable[str] | None) -> Iterator[PurePosixPath]:
    """Yield the paths of all files, links and empty folders of an output; hidden entries are left out."""
    if not output.is_dir():
        return
    for item in sorted(output.iterdir()):
        if item.name.startswith(".") or item.name in _OF_THE_SYSTEM:
            continue
        if looked_at is None or item.name in looked_at:
            yield from _below(item, output)


def _below(path: Path, top: Path) -> Iterator[PurePosixPath]:
    if path.is_symlink() or not path.is_dir():
        yield PurePosixPath(path.relative_to(top).as_posix())
        return
    items = [item for item in sorted(path.iterdir()) if item.name not in {*_OF_THE_SYSTEM, ".DS_Store"}]
    if not items:
        yield PurePosixPath(path.relative_to(top).as_posix())
    for item in items:
        yield from _below(item, top)
