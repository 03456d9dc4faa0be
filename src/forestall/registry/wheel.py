"""The code that a packaged model needs, as a wheel that travels with it: Forestall is on no package index."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution, version
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipInfo

from packaging.requirements import Requirement
from wheel.wheelfile import WheelFile

NAME = "forestall"
# What makes a score: the rooms below the registry that scoring uses.
_SCORING = ("errors.py", "config.py", "statistics.py", "data/", "moments/", "features/", "model/")
# The simulator makes data up; no packaged model needs it.
_LEFT_OUT = ("simulation/",)
_WHEEL = "Wheel-Version: 1.0\nGenerator: forestall\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def write_wheel(folder: Path) -> Path:
    """Write the running code as a wheel and return its path.

    The same code gives the same bytes: the files bear no times and no paths but their own.
    """
    info = f"{NAME}-{version(NAME)}.dist-info"
    own = distribution(NAME)
    texts = {
        "METADATA": own.read_text("METADATA") or own.read_text("PKG-INFO") or "",
        "WHEEL": _WHEEL,
        "entry_points.txt": own.read_text("entry_points.txt") or "",
    }
    path = folder / f"{NAME}-{version(NAME)}-py3-none-any.whl"
    with WheelFile(path, "w") as wheel:
        for name, file in _files():
            wheel.writestr(_entry(f"{NAME}/{name}"), file.read_bytes())
        for name, text in texts.items():
            wheel.writestr(_entry(f"{info}/{name}"), text)
        for name, text in _licences():
            wheel.writestr(_entry(f"{info}/{name}"), text)
    return path


def requirements(wheel: str) -> list[str]:
    """Return what pip installs for a packaged model: its wheel, and the releases that it was trained with.

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
    """Return a SHA-256 digest of the code that makes a score, as it was when first asked."""
    digest = hashlib.sha256()
    for name, file in _files():
        if name.startswith(_SCORING):
            digest.update(f"{name}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _files() -> Iterator[tuple[str, Path]]:
    """Yield the files that travel with a model, by name."""
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


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o100644 << 16
    return entry
