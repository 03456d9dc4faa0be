"""The feature table of a data folder, as a file."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import InputError, UsageError, nearest
from forestall.features import feature_table
from forestall.features.table import moments_frame
from forestall.job_files import read_data
from forestall.moments import default_moments, moments_at
from forestall.registry import load

log = logging.getLogger(__name__)


def features(
    data: Tables | str | Path,
    output: str | Path,
    *,
    as_of: Any = None,
    closed: bool = False,
    moments: str | Path | None = None,
    model_uri: str | None = None,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Write the feature table of moments and return what was written.

    Parameters
    ----------
    output
        A `.parquet` or `.csv` file; it takes its place when it is whole.
    as_of, closed, moments
        Which moments: a file of them, those at a time, or each interaction's last.
    model_uri
        The model whose learnt facts and standards are used; without one, the facts known at each moment.

    Raises
    ------
    UsageError
        `output` is no such file, or both a time and a file of moments are given.
    InputError
        The data or the moments are not as they must be.
    """
    tell = progress or (lambda step: None)
    output = Path(output)
    if output.suffix not in {".parquet", ".csv"}:
        raise UsageError(f"--output must be a .parquet or .csv file, is {output.name}")
    if moments is not None and as_of is not None:
        raise UsageError("moments come from --as-of or from --moments; give one of them")
    if closed and as_of is None:
        raise UsageError("--all adds the closed interactions to those of --as-of; give a time with it")
    model = None if model_uri is None else load(model_uri, tracking_uri)
    tell("reading the tables")
    tables = read_data(data, spec=model.spec if model else None, max_rejected=max_rejected)
    if moments is not None:
        which = read_moments(Path(moments), tables)
    else:
        which = default_moments(tables) if as_of is None else moments_at(tables, as_of, closed=closed)
    tell(f"computing the features of {which.height:,} moments")
    table = model.features(tables, which) if model else feature_table(tables.replace(), which)
    _write(table, output)
    log.info("features: %d moments, %d columns", table.height, table.width)
    return {"output": str(output), "rows": table.height, "features": table.width - 2}


def read_moments(file: Path, tables: Tables) -> pl.DataFrame:
    """Return the moments in a file.

    Raises
    ------
    InputError
        It cannot be read, lacks a column, or names an interaction that the tables have not.
    """
    try:
        is_csv = file.suffix == ".csv"
        frame = pl.read_csv(file, infer_schema=False) if is_csv else pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError):
        raise InputError(f"{file} must be a Parquet or CSV file of moments, cannot be read as one") from None
    for name in ("interaction_id", "as_of"):
        if name not in frame.columns:
            raise InputError(f"{file} must have a column '{name}', {nearest(name, frame.columns)}")
    frame = moments_frame(frame.select("interaction_id", "as_of"))
    unknown = frame.join(tables.interactions, on="interaction_id", how="anti").height
    if unknown:
        raise InputError(
            f"{file} names {unknown} moments of interactions that are not in the data; leave them out"
        )
    return frame


def _write(frame: pl.DataFrame, output: Path) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    fresh = output.with_name(f".{output.name}")
    try:
        if output.suffix == ".csv":
            frame.write_csv(fresh)
        else:
            frame.write_parquet(fresh)
        fresh.replace(output)
    finally:
        fresh.unlink(missing_ok=True)
