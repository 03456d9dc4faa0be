"""The wheel in a packaged model: the code that it needs, because Forestall is not on a package index."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipInfo

from packaging.requirements import Requirement
from wheel.wheelfile import WheelFile

NAME = "forestall"
# The code that computes scores.
_SCORING = (
    *("errors.py", "config.py", "statistics.py", "data/", "moments/", "moment_features/", "own_features/"),
    "model/",
)
# No packaged model needs the simulator.
_LEFT_OUT = ("simulation/", "jobs/project_template/")
_WHEEL = "Wheel-Version: 1.0\nGenerator: forestall\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def write_wheel(folder: Path) -> Path:
    """Write the running code as a wheel and return its path.

    The same code gives the same bytes: the archive has neither times nor paths of this machine.
    """
    info = f"{NAME}-{version(NAME)}.dist-info"
    own = distribution(NAME)
    texts = {
        "METADATA": own.read_text("METADATA") or own.read_text("PKG-INFO") or "",
        "WHEEL": _WHEEL,
        "entry_points.txt": own.read_text("entry_points.txt") or "",
    }
    path = folder / f"{NAME}-{version(NAME)}-py3-none-any.whl"
    with _ReproducibleWheel(path, "w") as wheel:
        for name, file in _files():
            wheel.writestr(f"{NAME}/{name}", file.read_bytes())
        for name, text in texts.items():
            wheel.writestr(f"{info}/{name}", text)
        for name, text in _licences():
            wheel.writestr(f"{info}/{name}", text)
    return path


def requirements(wheel: str) -> list[str]:
    """Return the requirements of a packaged model for pip: its wheel, and the releases that it was trained with.

    Parameters
    ----------
    wheel
        The wheel's path within the package.
    """
    needed = [Requirement(line) for line in distribution(NAME).requires or []]
    names = sorted({one.name.lower() for one in needed if one.marker is None})
    return [wheel, *(f"{name}=={version(name)}" for name in names)]


@cache
def code_digest() -> str:
    """Return a SHA-256 digest of the code that computes scores, read once per process."""
    digest = hashlib.sha256()
    for name, file in _files():
        if name.startswith(_SCORING):
            digest.update(f"{name}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _files() -> Iterator[tuple[str, Path]]:
    """Yield name and path of the files that go into the wheel."""
    root = Path(__file__).parents[1]
    for file in sorted(root.rglob("*")):
        name = file.relative_to(root).as_posix()
        if name.startswith(_LEFT_OUT) or "__pycache__" in name or name.endswith(".pyc"):
            continue
        if file.is_file():
            yield name, file


def _licences() -> Iterator[tuple[str, str]]:
    own = distribution(NAME)
    for file in own.metadata.get_all("License-File") or []:
        text = own.read_text(f"licenses/{file}") or own.read_text(file)
        if text:
            yield f"licenses/{file}", text


class _ReproducibleWheel(WheelFile):  # type: ignore[misc]  # wheel has no types
    """A wheel whose entries, including the list of them that is written last, hold no times."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, compress_type: int | None = None) -> None:
        """Write an entry with a fixed time and mode."""
        entry = ZipInfo(str(zinfo_or_arcname), date_time=(1980, 1, 1, 0, 0, 0))
        entry.compress_type = ZIP_DEFLATED
        entry.external_attr = 0o100644 << 16
        super().writestr(entry, data, compress_type)
