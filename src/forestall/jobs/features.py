"""The feature table of any data, as a frame and as a file."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import InputError, UsageError, nearest
from forestall.job_files import OnStep, no_progress, read_data
from forestall.moment_features import feature_table
from forestall.moment_features.table import moments_frame
from forestall.moments import default_moments, moments_at
from forestall.registry import load

log = logging.getLogger(__name__)


def features(
    data: Tables | str | Path,
    *,
    output: str | Path | None = None,
    as_of: Any = None,
    all: bool = False,
    moments: Any = None,
    model: str | None = None,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: OnStep = no_progress,
) -> pl.DataFrame:
    """Return the feature table of moments.

    Parameters
    ----------
    data
        A data folder, or tables.
    output
        A `.parquet` or `.csv` file to write the table to as well.
    as_of, all, moments
        Which moments: those at a time, with `all` also of interactions that are over; or a frame or a file with
        `interaction_id` and `as_of`; by default each interaction's last moment.
    model
        Address of the model whose learnt facts and standards are used; by default the facts known at each moment.
    max_rejected
        The largest share of a table's rows, 0 to 1, that may be rejected.
    tracking_uri
        MLflow's server or database; by default `MLFLOW_TRACKING_URI`, else `mlflow.db` in the working folder.

    Returns
    -------
    polars.DataFrame
        `interaction_id`, `as_of` and one column a feature; a row a moment.

    Raises
    ------
    UsageError
        `output` is no such file, or both a time and moments are given.
    InputError
        The data or the moments break the contract.
    """
    target = None if output is None else Path(output)
    _check_options(target, as_of, all, moments)
    loaded = None if model is None else load(model, tracking_uri)
    progress("reading the tables")
    tables = read_data(data, spec=loaded.spec if loaded else None, max_rejected=max_rejected)
    if moments is not None:
        which = (
            read_moments(Path(moments), tables) if isinstance(moments, str | Path) else moments_frame(moments)
        )
    else:
        which = default_moments(tables) if as_of is None else moments_at(tables, as_of, closed=all)
    progress(f"computing the features of {which.height:,} moments")
    table: pl.DataFrame = loaded.features(tables, which) if loaded else feature_table(tables.replace(), which)
    if target is not None:
        _write(table, target)
    log.info("features: %d moments, %d columns", table.height, table.width)
    return table


def _check_options(target: Path | None, as_of: Any, with_closed: bool, moments: Any) -> None:
    if target is not None and target.suffix not in {".parquet", ".csv"}:
        raise UsageError(f"--output must be a .parquet or .csv file, is {target.name}")
    if moments is not None and as_of is not None:
        raise UsageError("moments come from --as-of or from --moments; give one of them")
    if with_closed and as_of is None:
        raise UsageError("--all adds the closed interactions to those of --as-of; give a time with it")


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
