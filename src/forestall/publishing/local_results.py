"""Published results as local files, wherever they are, for jobs that read what earlier jobs wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import singledispatch
from pathlib import Path
from tempfile import TemporaryDirectory

from forestall.errors import UsageError
from forestall.locations import Database, Location, Prefix, location_of
from forestall.publishing.database_frames import from_flat, schema_from_text
from forestall.publishing.database_store import DatabaseStore, published_runs
from forestall.publishing.disk import write_json, writing
from forestall.publishing.manifest import MANIFEST, Manifest, Part
from forestall.publishing.store_published import read_published


@contextmanager
def local_results(address: str | Location, job: str, names: tuple[str, ...]) -> Iterator[Path]:
    """Yield a local folder with the results of a command that were published in or below a location.

    A local folder is yielded itself. From elsewhere the entries are copied, each run into a folder with its manifest;
    the copy is removed at the end.

    Parameters
    ----------
    address
        A folder, or the address of a prefix of an object store or of a database.
    job
        The command that wrote them.
    names
        The entries that are needed.

    Raises
    ------
    UsageError
        No such results are there.
    InputError
        They cannot be read.
    """
    location = location_of(address)
    if isinstance(location, Path):
        yield location
        return
    with TemporaryDirectory(prefix="forestall-") as folder, writing(folder):
        if not _copy(location, Path(folder), job, names):
            raise UsageError(
                f"{location} must hold the results of `forestall {job}`, holds none; check the address"
            )
        yield Path(folder)


@singledispatch
def _copy(location: object, folder: Path, job: str, names: tuple[str, ...]) -> int:
    """Copy the results of all runs, and return how many runs there are."""
    raise TypeError(f"{type(location).__name__} is not a location")


@_copy.register
def _(location: Prefix, folder: Path, job: str, names: tuple[str, ...]) -> int:
    tops = [
        name.removesuffix(MANIFEST).rstrip("/") for name in location.sizes() if Path(name).name == MANIFEST
    ]
    found = 0
    for top in tops:
        prefix, target = location / top if top else location, folder / f"run-{found}"

        def copy(
            _: object, manifest: Manifest | None, prefix: Prefix = prefix, target: Path = target
        ) -> bool:
            if manifest is None or manifest.job != job:
                return False
            for part in _needed(manifest, names):
                prefix.fetch(part.stored, _file(target, part))
            _write_manifest(manifest, target)
            return True

        found += read_published(prefix, copy)
    return found


@_copy.register
def _(location: Database, folder: Path, job: str, names: tuple[str, ...]) -> int:
    runs = published_runs(location, job)
    for number, run_id in enumerate(runs):
        store = DatabaseStore(location, job, run_id, "")
        manifest, schemas = store.manifest()
        if manifest is None:  # removed meanwhile
            continue
        target = folder / f"run-{number}"
        for part in _needed(manifest, names):
            schema = schema_from_text(schemas[part.path])
            from_flat(store.rows(part, schema), schema).write_parquet(_file(target, part))
        _write_manifest(manifest, target)
    return len(runs)


def _needed(manifest: Manifest, names: tuple[str, ...]) -> list[Part]:
    return [part for part in manifest.parts if part.entry in names]


def _file(target: Path, part: Part) -> Path:
    file = target / part.path
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def _write_manifest(manifest: Manifest, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    write_json(manifest.to_dict(), target / MANIFEST)
