"""Reading results that were published to an object store: only what the manifest names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from forestall.errors import InputError
from forestall.locations import Prefix
from forestall.publishing.manifest import Manifest
from forestall.publishing.store_state import find_manifest, is_internal

T = TypeVar("T")
_TRIES = 5


def read_published(prefix: Prefix, read: Callable[[Mapping[str, str], Manifest | None], T]) -> T:
    """Return what `read` reads from a prefix, all of it from the same publication.

    Parameters
    ----------
    prefix
        The output of a job, or files that another program wrote.
    read
        Called with the path of each file as the results have it, and where it is below the prefix; and with the
        manifest, None if another program wrote the files.

    Raises
    ------
    InputError
        The results were replaced again and again while they were read; or as `read`.
    """
    for _ in range(_TRIES):
        manifest, mark = find_manifest(prefix)
        if manifest is not None:
            files = {part.path: part.stored for part in manifest.parts}
        else:
            files = {name: name for name in prefix.sizes() if not is_internal(name)}
        try:
            return read(files, manifest)
        except (InputError, FileNotFoundError):
            if find_manifest(prefix)[1] == mark:
                raise
    raise InputError(
        f"{prefix} must hold the same results while they are read, they were replaced; try again"
    )
