"""The manifest of an output: which job wrote it, from which inputs, and which files it holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from forestall.errors import InputError
from forestall.publishing.disk import read_json

MANIFEST = "manifest.json"
_FORMAT = "forestall_manifest"
_BEGINS = f'{{\n  "{_FORMAT}"'
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Part:
    """A file of an output: its path within it, its size and digest, and its rows if it is a Parquet file.

    In an object store it has a name of its own, `at`, so that no publication overwrites a file of another one.
    """

    path: str
    bytes: int
    sha256: str
    rows: int | None
    at: str | None = None

    @classmethod
    def of(cls, file: Path, top: Path) -> Part:
        """Return the description of a file below `top`."""
        path = file.relative_to(top).as_posix()
        return cls(path, file.stat().st_size, digest_of_file(file), _n_rows(file))

    @property
    def stored(self) -> str:
        """The path at which the file is, within the output."""
        return self.at or self.path

    def to_dict(self) -> dict[str, Any]:
        """Return what a manifest says of the file."""
        return {name: value for name, value in asdict(self).items() if name != "at" or value is not None}

    @property
    def entry(self) -> str:
        """The entry of the output that the file is or is in."""
        return PurePosixPath(self.path).parts[0]

    def is_in(self, *folders: Path) -> bool:
        """Whether a file of this path and size is in one of the folders."""
        files = [folder / self.path for folder in folders]
        return any(file.is_file() and file.stat().st_size == self.bytes for file in files)

    def is_unchanged_in(self, folder: Path) -> bool:
        """Whether the file is in the folder, with its size and digest."""
        return self.is_in(folder) and digest_of_file(folder / self.path) == self.sha256


@dataclass(frozen=True)
class Manifest:
    """What a job wrote.

    Attributes
    ----------
    job, run_id
        The command and the id of the run.
    key
        A digest of what determines the results: the job, its run, inputs and options, and Forestall's code.
    forestall
        The version of Forestall.
    inputs, options
        The model and the data with their digests; the options.
    started
        Facts of the first start, for example `scored_at`. They stay if the job is killed and given again.
    account
        Counts of what came in and what became of it.
    parts
        All files but the manifest.
    """

    job: str
    run_id: str
    key: str
    forestall: str
    inputs: Mapping[str, Any]
    options: Mapping[str, Any]
    started: Mapping[str, Any] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()

    @property
    def entries(self) -> list[str]:
        """The entries of the output that the files are or are in, in order."""
        return sorted({part.entry for part in self.parts})

    def to_dict(self) -> dict[str, Any]:
        """Return the content of `manifest.json`."""
        return {_FORMAT: 1, **asdict(self), "parts": [part.to_dict() for part in self.parts]}

    def is_whole(self, output: Path) -> bool:
        """Whether the output holds all files with their digests, and they can be read."""
        try:
            return all(part.is_unchanged_in(output) for part in self.parts)
        except OSError:
            return False


def read_manifest(folder: Path, name: str = MANIFEST) -> Manifest | None:
    """Return the manifest of an output; None if there is none or it is another program's.

    Parameters
    ----------
    folder
        The folder of the output.
    name
        The name of the manifest; a single file has one of its own.

    Raises
    ------
    InputError
        It is Forestall's but damaged.
    """
    file = folder / name
    content = read_json(file)
    if content is None and is_damaged(folder, name):
        raise InputError(
            f"{file} must be the manifest of a job, is damaged; give the job that wrote {folder} again"
        )
    return manifest_from(content, file, folder)


def manifest_from(content: Mapping[str, Any] | None, file: object, output: object) -> Manifest | None:
    """Return the manifest that a JSON object is; None if it is another program's.

    Parameters
    ----------
    content
        The JSON object, None if there is none.
    file, output
        The manifest's file and the output, as errors show them.

    Raises
    ------
    InputError
        It is Forestall's but not complete.
    """
    if content is None or content.get(_FORMAT) != 1:
        return None
    known = {name: content[name] for name in Manifest.__dataclass_fields__ if name in content}
    try:
        return Manifest(**known | {"parts": tuple(Part(**part) for part in content["parts"])})
    except (KeyError, TypeError):
        raise InputError(
            f"{file} must be the manifest of a job, is incomplete; give the job that wrote {output} again"
        ) from None


def is_damaged(folder: Path, name: str = MANIFEST) -> bool:
    """Whether the manifest of an output is the beginning of one of ours."""
    file = folder / name
    if not file.is_file() or read_json(file) is not None:
        return False
    begins = file.read_bytes()[: len(_BEGINS)]
    return _BEGINS.encode().startswith(begins)


def job_key(*parts: Any) -> str:
    """Return a digest of what determines a job's results."""
    text = json.dumps([version("forestall"), code_digest(), *parts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def code_digest() -> str:
    """Return a digest of Forestall's code, read once per process: a version may be changed before it is released."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for file in sorted(root.rglob("*.py")):
        digest.update(f"{file.relative_to(root).as_posix()}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def digest_of_file(file: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _n_rows(file: Path) -> int | None:
    if file.suffix != ".parquet":
        return None
    try:
        return int(pl.scan_parquet(file, hive_partitioning=False).select(pl.len()).collect().item())
    except pl.exceptions.PolarsError:
        return None
