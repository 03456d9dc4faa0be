"""What is no plain file: a pipe, a socket or a device. Reading one may never end."""

from __future__ import annotations

import stat
from pathlib import Path


def is_special(path: str | Path) -> bool:
    """Return whether a path is there and is neither a file nor a folder."""
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):  # ValueError: a null byte in the path
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
