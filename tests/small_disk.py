"""A disk that is really full: a small file system in memory, where this process may mount one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def _mount(folder: Path, options: str) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:  # there is no such command
        return False


class SmallDisk:
    """A mounted file system."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def resize(self, kib: int) -> bool:
        """Give the disk another size; return whether what it holds fits."""
        return _mount(self.folder, f"remount,size={kib}k")

    def used_kib(self) -> int:
        """Return how much is used."""
        state = os.statvfs(self.folder)
        return (state.f_blocks - state.f_bfree) * state.f_frsize // 1024


@contextmanager
def small_disk(folder: Path, kib: int) -> Iterator[SmallDisk | None]:
    """Yield a mounted disk of a size; None if this process may not mount one."""
    folder.mkdir()
    if sys.platform != "linux" or not _mount(folder, f"size={kib}k"):
        yield None
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", str(folder)], check=True)
