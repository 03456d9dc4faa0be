"""The files of a package, and the tag of a version that says what they were when it was registered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from forestall.registry.tracking import RegistryError

FILES_TAG = "forestall.package_files"
"""The tag of a version: the SHA-256 of each file of its package, as JSON."""
_WRITTEN_LATER = frozenset({"registered_model_meta"})  # by MLflow, when it downloads a version
_MOST_NAMED = 3


def package_files(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a package: loader, wheel, requirements, tables and boosters."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() or file.is_symlink())
    digests = {file.relative_to(folder).as_posix(): _digest(file) for file in files}
    return {name: digest for name, digest in digests.items() if name not in _WRITTEN_LATER}


def files_tag(folder: Path) -> str:
    """Return the value of the tag for a package."""
    return json.dumps(package_files(folder), sort_keys=True, separators=(",", ":"))


def check_files(folder: Path, tags: Mapping[str, str], whose: str) -> None:
    """Check that a package has the files that it was registered with. A version without the tag is not checked.

    The tag is kept by the registry, apart from the files: who can change a file of the package, and the digests beside
    it, cannot change the tag.

    Parameters
    ----------
    folder
        The package, as it was downloaded.
    tags
        The tags of the version.
    whose
        How the error calls the version.

    Raises
    ------
    RegistryError
        A file was changed, added or removed. The message names it.
    """
    if FILES_TAG not in tags:
        return
    try:
        registered = dict(json.loads(tags[FILES_TAG]))
    except (ValueError, TypeError):
        raise RegistryError(
            f"{whose}: its tag {FILES_TAG} must be JSON, is not; train and register it again"
        ) from None
    now = package_files(folder)
    changed = sorted(name for name in registered.keys() | now.keys() if registered.get(name) != now.get(name))
    if changed:
        more = f" and {len(changed) - _MOST_NAMED} more" if len(changed) > _MOST_NAMED else ""
        raise RegistryError(
            f"{whose} is not what was registered: {', '.join(changed[:_MOST_NAMED])}{more} changed since; find out who "
            "changed it, and train and register the model again"
        )


def _digest(file: Path) -> str:
    """Return the SHA-256 of a file; a link counts by where it leads, because its target is not the package's."""
    if file.is_symlink():
        return f"link to {file.readlink()}"
    return hashlib.sha256(file.read_bytes()).hexdigest()
