"""Files of a job: its tables read, its results written all at once and never over those of another run."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from forestall.data import Tables, read_tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import UsageError
from forestall.model.spec import Spec

ALL = 1.0
OnStep = Callable[[str], None]
"""Called with each long step of a job as it begins."""
SUMMARY = "summary.json"
_LONGEST_ID = 200  # it is part of a folder's name


def no_progress(step: str) -> None:
    """Report no step."""


def read_data(
    data: Tables | str | Path,
    *,
    spec: Spec | None = None,
    max_rejected: float = MAX_REJECTED,
    rejected: str | Path | None = None,
) -> Tables:
    """Return the tables of a job.

    Parameters
    ----------
    data
        A data folder, or tables.
    spec
        Whose scale the ratings must be on.
    max_rejected
        The largest share of a table that may be rejected.
    rejected
        Where rejected rows are written, one file a table; also when they are too many.

    Raises
    ------
    InputError
        A table is missing or not as it must be, or more rows were rejected than may be.
    """
    tables = data if isinstance(data, Tables) else read_tables(data, max_rejected=ALL)
    if spec is not None and spec.label.scale is not None:
        tables = tables.reject_off_scale(*spec.label.scale)
    if rejected is not None:
        tables.rejections.write(Path(rejected))
    tables.rejections.check(max_rejected)
    return tables


def check_output(output: Path, run_id: str) -> None:
    """Check that the results of run `run_id` may be written to `output`.

    Raises
    ------
    UsageError
        It holds the results of another run, or is no folder; or the id is none.
    """
    if "/" in run_id or not run_id.isprintable() or not 0 < len(run_id) <= _LONGEST_ID:
        raise UsageError(
            f"--run-id must be a name of at most {_LONGEST_ID} letters without a slash, such as 2026-11-01; it is not"
        )
    if output.exists() and not output.is_dir():
        raise UsageError(f"--output must be a folder; {output} is a file")
    owner = _owner(output)
    if owner == "":
        raise UsageError(f"{output} holds results that no run of this kind wrote; choose another --output")
    if owner is not None and owner != run_id:
        raise UsageError(
            f"{output} holds the results of run {owner}; choose another --output, or remove them "
            f"(a scoring job replaces them by --run-id {owner})"
        )


def job_id(*what: object) -> str:
    """Return an id that is the same for the same job: `what` says the model, the data, and how."""
    return hashlib.sha256(json.dumps([str(one) for one in what]).encode()).hexdigest()[:16]


@contextmanager
def replaced(output: Path, run_id: str, names: tuple[str, ...]) -> Iterator[Path]:
    """Give a new folder; when all went well, its entries `names` take their place in `output`.

    A job that fails leaves `output` as it was. The summary is taken away first and put in its place
    last, so that results with a summary are always complete.

    Parameters
    ----------
    names
        The entries that the run owns; those it did not write are removed. `summary.json` is always one.
    """
    check_output(output, run_id)
    is_new = not output.exists()
    output.mkdir(parents=True, exist_ok=True)
    fresh = output / f".forestall-{run_id}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    try:
        yield fresh
        _remove(output / SUMMARY)
        for name in (*names, SUMMARY):
            _remove(output / name)
            if (fresh / name).exists():
                (fresh / name).rename(output / name)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        if is_new and not any(output.iterdir()):
            output.rmdir()


def write_summary(folder: Path, summary: dict[str, Any]) -> None:
    """Write the job's summary."""
    (folder / SUMMARY).write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")


def write_parts(frame: pl.DataFrame, folder: Path, rows: int = 1_000_000) -> None:
    """Write the frame as `part-00000.parquet` and so on, each of at most `rows` rows; at least one."""
    folder.mkdir(parents=True)
    for number, start in enumerate(range(0, max(frame.height, 1), rows)):
        frame.slice(start, rows).write_parquet(folder / f"part-{number:05d}.parquet")


def _owner(output: Path) -> str | None:
    """Return the id of the run whose results are in `output`: "" if unknown, None where there are none."""
    summary = output / SUMMARY
    parts = sorted((output / "scores").glob("*.parquet"))
    if summary.is_file():
        try:
            return str(json.loads(summary.read_text(encoding="utf-8"))["run_id"])
        except (ValueError, KeyError, TypeError):
            return ""
    if not parts:
        return None
    try:
        first = pl.scan_parquet(parts[0]).select("run_id").head(1).collect()
    except (pl.exceptions.PolarsError, OSError):
        return ""
    return str(first.item()) if first.height else ""


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
