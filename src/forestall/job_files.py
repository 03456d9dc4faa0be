"""Files of a job: reading its tables, writing its results, and finding those of version 0.1."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from forestall.data import Tables, read_tables
from forestall.data.data_source import DELTA_VERSIONS
from forestall.data.rejections import RejectionCounts
from forestall.data.schemas import ALL_TABLES
from forestall.defaults import MAX_REJECTED
from forestall.errors import ForestallError, UsageError, must_be
from forestall.names import check_name
from forestall.publishing import Earlier, Job, Publication, open_output, writing
from forestall.publishing.disk import read_json

if TYPE_CHECKING:  # a data folder is checked without LightGBM
    from forestall.model.spec import Spec

ALL = 1.0
OnStep = Callable[[str], None]
"""Called with a text when a long step of a job begins."""
Engine = Literal["local", "spark"]
"""Where a job computes: in this process, or by Spark's executors."""
SUMMARY = "summary.json"
_PARTS_OF = {"scores": "part-*.parquet"}


def check_engine(engine: str) -> None:
    """Check that an engine is one.

    Raises
    ------
    UsageError
        It is neither local nor spark.
    """
    if engine not in {"local", "spark"}:
        raise UsageError(must_be("--engine", "local or spark", engine))


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
        Folder for the rejected rows, one file per table. They are written even if they are too many. It must be new or
        hold the rejected rows of an earlier job.

    Raises
    ------
    InputError
        A table is missing or not valid, or too many rows were rejected.
    """
    tables = data if isinstance(data, Tables) else read_tables(data, max_rejected=ALL)
    if spec is not None and spec.label.scale is not None:
        tables = tables.reject_off_scale(*spec.label.scale)
    if rejected is not None:
        write_rejected(tables, Path(rejected))
    tables.rejections.check(max_rejected)
    return tables


def rejection_counts(rejected: RejectionCounts) -> dict[str, Any]:
    """Return how many interactions and events were rejected, and how many rows by table and rule."""
    return {
        "rejected": rejected.count("interactions"),
        "rejected_events": rejected.count("events"),
        "rejected_by_rule": {table: dict(rules) for table, rules in rejected.by_rule.items()},
    }


def in_callers_library(frame: pl.DataFrame, data: object) -> Any:
    """Return the frame as pandas if the job's tables were made from pandas frames, else as it is."""
    return frame.to_pandas() if isinstance(data, Tables) and data.frames == "pandas" else frame


def job_id(*parts: object) -> str:
    """Return an id that is the same for the same job; `parts` name the model, the data and the options."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:16]


def check_run_id(run_id: str) -> None:
    """Check that an id of a run is one.

    Raises
    ------
    UsageError
        It is no name, see `names.check_name`.
    """
    check_name(run_id, "--run-id")


def earlier_results(*names: str) -> Callable[[Path], Earlier | None]:
    """Return a function that finds results of version 0.1: without a manifest, with the id of their run.

    Parameters
    ----------
    names
        The entries that the job wrote, `summary.json` among them.
    """
    files = {name: "" if Path(name).suffix else _PARTS_OF.get(name, "*.parquet") for name in names}

    def find(output: Path) -> Earlier | None:
        run_id = _earlier_run(output)
        return Earlier(run_id, files) if run_id else None

    return find


def tables_as_input(tables: Tables) -> dict[str, Any]:
    """Return what a manifest says of the tables of a job: their digest, and what was rejected."""
    rejected = {
        table: hashlib.sha256(frame.write_ipc(None).getvalue()).hexdigest()
        for table, frame in tables.rejections.frames.items()
    }
    about = json.dumps(tables.about, sort_keys=True, default=str)
    delta = tables.about.get(DELTA_VERSIONS)
    return {
        "digest": tables.digest(),
        "rows": dict(tables.rejections.rows_in),
        "rejected": rejected,
        "about": hashlib.sha256(about.encode()).hexdigest(),
        **({DELTA_VERSIONS: delta} if delta else {}),
    }


def write_summary(folder: Path, summary: dict[str, Any]) -> None:
    """Write the summary of a job as `summary.json`."""
    (folder / SUMMARY).write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")


def write_rejected(tables: Tables, folder: Path) -> None:
    """Write the rejected rows to a folder of their own; those of an earlier job are replaced."""
    if not folder.exists() and not tables.rejections.counts():
        return
    names = tuple(f"{table}.parquet" for table in (*ALL_TABLES, "cells", "rows"))
    job = Job("rejected", "rejected", names, any_run=True, find_earlier=_find_rejected)
    with open_output(folder) as place, place.publication(job) as publication, writing(folder):
        tables.rejections.write(publication.folder)


def _find_rejected(folder: Path) -> Earlier | None:
    """Return the rejected rows that version 0.1 wrote to a folder: files that have the rule of each row."""
    files = sorted(folder.glob("*.parquet"))
    try:
        is_ours = all("rule" in pl.read_parquet_schema(file) for file in files)
    except (pl.exceptions.PolarsError, OSError):
        return None
    return Earlier("rejected", {file.name: "" for file in files}) if files and is_ours else None


def write_parts(frame: pl.DataFrame, publication: Publication, entry: str, rows: int = 1_000_000) -> None:
    """Write a frame as `part-00000.parquet` and so on, each of at most `rows` rows; at least one part.

    Raises
    ------
    ForestallError
        The files have another number of rows than the frame.
    """
    for number, start in enumerate(range(0, max(frame.height, 1), rows)):
        part = frame.slice(start, rows)
        publication.write_part(part_path(entry, number), part.write_parquet)
    check_written(publication, entry, frame.height)


def part_path(entry: str, number: int) -> str:
    """Return the path of a part of a result."""
    return f"{entry}/part-{number:05d}.parquet"


def check_written(publication: Publication, entry: str, n: int) -> None:
    """Check that the parts of a result have as many rows as were computed.

    Raises
    ------
    ForestallError
        They have another number of rows.
    """
    written = publication.n_rows(entry)
    if written != n:
        raise ForestallError(
            f"{entry} must have {n:,} rows, {written:,} were written; nothing was published; check the disk and give "
            "the command again"
        )


def has_summary(output: Path) -> bool:
    """Whether results without a manifest are complete: version 0.1 wrote the summary last."""
    return "run_id" in (read_json(output / SUMMARY) or {})


def _earlier_run(output: Path) -> str | None:
    """Return the id of the run that wrote results without a manifest; None if there are none, or they are not ours."""
    if (output / SUMMARY).is_file():
        run_id = (read_json(output / SUMMARY) or {}).get("run_id")
        return None if run_id is None else str(run_id)
    parts = sorted((output / "scores").glob("*.parquet"))
    if not parts:
        return None
    try:
        first = pl.scan_parquet(parts[0]).select("run_id").head(1).collect()
    except (pl.exceptions.PolarsError, OSError):
        return None
    return str(first.item()) if first.height else None
