"""Reading published results: only what has a manifest, and never a mixture of two publications."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from forestall.errors import InputError, UsageError
from forestall.publishing.lock import locked
from forestall.publishing.manifest import MANIFEST
from forestall.publishing.opening import settle_left
from forestall.publishing.staging import Staging

T = TypeVar("T")
_WAIT_S = 60.0
_TRIES = 5


def settle(folder: Path) -> None:
    """Wait until results that are being put in place are there; those of a killed job are put in place.

    Raises
    ------
    InputError
        A killed job left results that this process may not put in place, or another process takes too long.
    """
    if not any(staging.is_complete for staging in Staging.left_in(folder)):
        return
    try:
        with locked(folder, wait_s=_WAIT_S):
            settle_left(folder)
    except (OSError, UsageError):
        raise InputError(
            f"{folder} must hold complete results, they are not yet in place; give the job that writes them again"
        ) from None


def read_steady(folder: Path, read: Callable[[], T]) -> T:
    """Return what `read` reads from an output, all of it from the same publication.

    Raises
    ------
    InputError
        The results were replaced again and again while they were read; or as `read`.
    """
    for _ in range(_TRIES):
        settle(folder)
        before = _mark(folder)
        try:
            content = read()
        except (InputError, OSError):
            if _mark(folder) == before:
                raise
            continue
        if _mark(folder) == before:
            return content
    raise InputError(
        f"{folder} must hold the same results while they are read, they were replaced; try again"
    )


def _mark(folder: Path) -> tuple[bytes | None, bool]:
    """Return what changes when results are replaced: the manifest, and whether results are being put in place."""
    file = folder / MANIFEST
    try:
        content = file.read_bytes()
    except OSError:
        content = None
    return content, any(staging.is_complete for staging in Staging.left_in(folder))
