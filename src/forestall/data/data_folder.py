"""A data folder is written completely or not at all, by one job at a time, and never over what is not Forestall's."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from forestall.data.schemas import ALL_TABLES
from forestall.publishing import Earlier, Job, open_output, writing
from forestall.publishing.disk import read_json

ABOUT, REJECTED, TRUTH = "about.json", "rejected", "truth.parquet"
_FOLDERS = (*ALL_TABLES, REJECTED)
_FILES = (ABOUT, TRUTH, *(f"{table}.parquet" for table in ALL_TABLES))
SIMULATE = "simulate"
JOBS = ("import", SIMULATE, "write")
# Keys that version 0.1 wrote to every `about.json`.
_EARLIER_KEYS = {"timezone", "clock", "known_at", "rating_known"}


def data_job(
    name: str,
    inputs: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    replaces: tuple[str, ...] = JOBS,
) -> Job:
    """Return a job that writes a data folder.

    Parameters
    ----------
    name, inputs, options
        See `forestall.publishing.Job`.
    replaces
        The jobs whose data folders it replaces.
    """
    return Job(
        name,
        run_id=name,
        names=(*_FOLDERS, *_FILES),
        inputs=inputs or {},
        options=options or {},
        replaces=replaces,
        any_run=True,
        find_earlier=_find_simulated if replaces == (SIMULATE,) else _find_earlier,
    )


@contextmanager
def new_folder(path: str | Path) -> Iterator[Path]:
    """Yield an empty folder whose content replaces the data folder `path` at the end of the context.

    After an error in the context, `path` is unchanged and the new folder is removed.

    Raises
    ------
    UsageError
        `path` holds something that no manifest names, another process writes it, or it cannot be written.
    InputError
        The disk is full, or refuses to be written.
    """
    with open_output(path) as place, place.publication(data_job("write")) as publication, writing(path):
        yield publication.folder


def restore_earlier(path: str | Path) -> None:
    """Move data back that a killed job of version 0.1 had moved to a hidden folder beside the missing `path`."""
    target = Path(path).absolute()
    if target.exists() or not target.parent.is_dir():
        return
    name = re.compile(rf"\.{re.escape(target.name)}-[a-z0-9_]{{8}}")
    for folder in sorted(item for item in target.parent.iterdir() if name.fullmatch(item.name)):
        if (folder / "old").is_dir() and {item.name for item in folder.iterdir()} <= {"new", "old"}:
            (folder / "old").rename(target)
            shutil.rmtree(folder)
            return


def _find_earlier(output: Path) -> Earlier | None:
    """Return a data folder of version 0.1, None if there is none."""
    about = read_json(output / ABOUT) or {}
    if not set(about) >= _EARLIER_KEYS:
        return None
    return Earlier("write", {**dict.fromkeys(_FOLDERS, "*.parquet"), **dict.fromkeys(_FILES, "")})


def _find_simulated(output: Path) -> Earlier | None:
    """Return a simulated data folder of version 0.1, None if there is none."""
    return _find_earlier(output) if "simulated" in (read_json(output / ABOUT) or {}) else None
