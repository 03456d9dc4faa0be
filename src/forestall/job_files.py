"""Files of a job: reading its tables, and writing its results all at once and never over those of another run."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from forestall.data import Tables, read_tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import UsageError, must_be

if TYPE_CHECKING:  # a data folder is checked without LightGBM
    from forestall.model.spec import Spec

ALL = 1.0
OnStep = Callable[[str], None]
"""Called with a text when a long step of a job begins."""
SUMMARY = "summary.json"
_LONGEST_ID = 200  # the id is part of a folder's name


def no_progress(step: str) -> None:
    """Report nothing: the default of a job's `progress`."""


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
        The model's specification: ratings off its scale are rejected.
    max_rejected
        The largest share of a table's rows that may be rejected.
    rejected
        Folder for the rejected rows, one file per table. They are written even if they are too many.

    Raises
    ------
    InputError
        A table is missing or not valid, or too many rows were rejected.
    """
    tables = data if isinstance(data, Tables) else read_tables(data, max_rejected=ALL)
    if spec is not None and spec.label.scale is not None:
        tables = tables.reject_off_scale(*spec.label.scale)
    if rejected is not None:
        tables.rejections.write(Path(rejected))
    tables.rejections.check(max_rejected)
    return tables


def rejection_counts(tables: Tables) -> dict[str, Any]:
    """Return how many interactions and events were rejected, and how many rows by table and rule."""
    return {
        "rejected": tables.rejections.count("interactions"),
        "rejected_events": tables.rejections.count("events"),
        "rejected_by_rule": tables.rejections.counts(),
    }


def in_callers_library(frame: pl.DataFrame, data: object) -> Any:
    """Return the frame as pandas if the job's tables were made from pandas frames, else as it is."""
    return frame.to_pandas() if isinstance(data, Tables) and data.frames == "pandas" else frame


def job_id(*parts: object) -> str:
    """Return an id that is the same for the same job; `parts` name the model, the data and the options."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:16]


def check_output(output: Path, run_id: str) -> None:
    """Check that a run may write its results to a folder.

    Raises
    ------
    UsageError
        The folder holds the results of another run or is a file, or the run's id is not valid.
    """
    if "/" in run_id or not run_id.isprintable() or not 0 < len(run_id) <= _LONGEST_ID:
        name = f"a name of at most {_LONGEST_ID} letters without a slash, such as 2026-11-01"
        raise UsageError(must_be("--run-id", name))
    if output.exists() and not output.is_dir():
        raise UsageError(must_be("--output", "a folder", do=f"{output} is a file"))
    owner = _owner(output)
    if owner == "":
        raise UsageError(f"{output} holds results that no run of this kind wrote; choose another --output")
    if owner is not None and owner != run_id:
        raise UsageError(
            f"{output} holds the results of run {owner}; choose another --output, or remove them "
            f"(a scoring job replaces them by --run-id {owner})"
        )


@contextmanager
def results_folder(output: Path, run_id: str, names: tuple[str, ...]) -> Iterator[Path]:
    """Yield a new folder to write results to; at the end its entries take their place in `output`.

    A job that fails leaves `output` as it was. The old summary is removed first and the new one is put in place last,
    so results with a summary are always complete.

    Parameters
    ----------
    output
        The folder of the results.
    run_id
        The id of the run.
    names
        Entries of `output` that belong to the run. Those that the run did not write are removed. `summary.json`
        always belongs to the run.

    Raises
    ------
    UsageError
        The run may not write there, see `check_output`.
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
    """Write the summary of a job as `summary.json`."""
    (folder / SUMMARY).write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")


def write_parts(frame: pl.DataFrame, folder: Path, rows: int = 1_000_000) -> None:
    """Write a frame as `part-00000.parquet` and so on, each of at most `rows` rows; at least one part."""
    folder.mkdir(parents=True)
    for number, start in enumerate(range(0, max(frame.height, 1), rows)):
        frame.slice(start, rows).write_parquet(folder / f"part-{number:05d}.parquet")


def _owner(output: Path) -> str | None:
    """Return the id of the run that wrote the results in `output`: "" if unknown, None if there are no results."""
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
