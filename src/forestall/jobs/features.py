"""`forestall features`: the feature table of moments."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.data.digest import digest_of
from forestall.data.frames import Frame, to_polars
from forestall.data.table_files import UNREADABLE
from forestall.defaults import MAX_REJECTED
from forestall.errors import ForestallError, InputError, UsageError, cannot_read, must_be, nearest
from forestall.job_files import (
    OnStep,
    in_callers_library,
    no_progress,
    read_data,
    tables_as_input,
)
from forestall.jobs.feature_parts import KEYS, FeatureParts, FeatureRows
from forestall.jobs.job_records import FolderRecords, open_records
from forestall.model.fit_progress import OnPart, listening
from forestall.model.scored_moments import scored_moments
from forestall.moment_features import FAMILIES, feature_table
from forestall.moment_features.table import moments_frame
from forestall.moments import default_moments, moments_at, utc
from forestall.moments.moments import warn_of_no_moment
from forestall.plain_files import is_special
from forestall.publishing import Job, open_file
from forestall.publishing.single_file import FileOutput
from forestall.registry import LoadedModel, load

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Options:
    """Which features are computed, and how; see `features`."""

    as_of: Any
    with_closed: bool
    moments: Frame | str | Path | None
    model: str | LoadedModel | None
    max_rejected: float
    tracking_uri: str | None
    progress: OnStep

    def check(self, output: str | Path | None) -> None:
        name = "" if output is None else PurePosixPath(output).name
        if output is not None and PurePosixPath(name).suffix not in {".parquet", ".csv"}:
            raise UsageError(must_be("--output", "a .parquet or .csv file", name))
        if self.moments is not None and self.as_of is not None:
            raise UsageError("moments come from --as-of or from --moments; give one of them")
        if self.as_of is not None:
            utc(self.as_of)  # refused before anything is read
        if self.with_closed and self.as_of is None:
            raise UsageError(must_be("--all", "given with --as-of", do="give a time with it"))


def features(
    data: Tables | str | Path,
    *,
    output: str | Path | None = None,
    as_of: Any = None,
    all: bool = False,
    moments: Frame | str | Path | None = None,
    model: str | LoadedModel | None = None,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: OnStep = no_progress,
) -> Any:
    """Return the feature table of moments; `write_features` only writes it, in less memory.

    Parameters
    ----------
    data
        A data folder, or where else the tables are; or tables.
    output
        A `.parquet` or `.csv` file to write, with `FILE.manifest.json` beside it, also in an object store; None writes
        nothing.
    as_of, all, moments
        The moments: all open interactions at a time (with `all` the closed ones too, at their closing), or a file
        or frame of interaction_id and as_of. Without these each interaction at its last moment.
    model
        The address of a model, or one that is loaded: its learnt facts and standards are used. Else the facts known at
        each moment.
    max_rejected, tracking_uri, progress
        See `forestall.jobs`.

    Returns
    -------
    polars.DataFrame or pandas.DataFrame
        One row per moment, shape (n_moments, 2 + n_features): interaction_id, as_of and the features. pandas if the
        tables were made from pandas.

    Raises
    ------
    UsageError
        `output` is not such a file or not Forestall's, another process writes it, or the options contradict each other.
    InputError
        The data or the moments are not valid.
    """
    options = _Options(as_of, all, moments, model, max_rejected, tracking_uri, progress)
    options.check(output)
    if output is None:
        made = _of_tables(_read(data, options, None), None, options, None)
    else:
        # A CSV file does not hold the types, so that the table of parts could not be read from it.
        may_divide = PurePosixPath(output).suffix == ".parquet"
        made = _written(data, output, options, may_divide=may_divide, wants_rows=True)
    assert made.rows is not None
    return in_callers_library(made.rows, data)


def write_features(
    data: Tables | str | Path,
    output: str | Path,
    *,
    as_of: Any = None,
    all: bool = False,
    moments: Frame | str | Path | None = None,
    model: str | LoadedModel | None = None,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: OnStep = no_progress,
    on_part: OnPart | None = None,
) -> FeatureRows:
    """Write the feature table of moments, and return its size.

    With a model and without `moments`, a large data folder is computed in parts of whole customers, see
    `forestall.streaming`: memory does not grow with the data, and the rows are in the order of the parts.

    Parameters
    ----------
    data, output, as_of, all, moments, model, max_rejected, tracking_uri, progress
        See `features`.
    on_part
        Is told how many interactions of a large data folder are done, of how many.

    Raises
    ------
    UsageError, InputError
        As for `features`.
    """
    options = _Options(as_of, all, moments, model, max_rejected, tracking_uri, progress)
    options.check(output)
    with listening(on_part):
        return _written(data, output, options, may_divide=True, wants_rows=False)


def _written(
    data: Tables | str | Path, output: str | Path, options: _Options, *, may_divide: bool, wants_rows: bool
) -> FeatureRows:
    with open_file(output, _is_feature_table) as place, ExitStack() as stack:
        loaded = None if options.model is None else load(options.model, options.tracking_uri)
        if loaded is None or options.moments is not None or not may_divide:
            return _of_tables(_read(data, options, loaded), loaded, options, place)
        options.progress("reading the tables")
        records = stack.enter_context(open_records(data, loaded.spec, options.max_rejected, may_divide=True))
        if isinstance(records, FolderRecords):
            as_of, with_closed = options.as_of, options.with_closed
            parts = FeatureParts(records, loaded, as_of, with_closed)
            return parts.write(place, options.progress, wants_rows=wants_rows)
        return _of_tables(records.tables, loaded, options, place)


def _read(data: Tables | str | Path, options: _Options, loaded: LoadedModel | None) -> Tables:
    options.progress("reading the tables")
    return read_data(data, spec=loaded.spec if loaded else None, max_rejected=options.max_rejected)


def _of_tables(
    tables: Tables, loaded: LoadedModel | None, options: _Options, place: FileOutput | None
) -> FeatureRows:
    """Compute the features of tables in memory, and write them if there is a file."""
    as_of, with_closed = options.as_of, options.with_closed
    if options.moments is not None:
        chosen = read_moments(options.moments, tables)
    elif loaded is not None:
        chosen = scored_moments(loaded.spec, tables, as_of, closed=with_closed)
    else:
        chosen = default_moments(tables) if as_of is None else moments_at(tables, as_of, closed=with_closed)
    warn_of_no_moment(chosen.height, tables.interactions.height, as_of, closed=with_closed)
    job = _job(tables, chosen, loaded, place)
    # A CSV file does not hold the types, so that the table cannot be read from it.
    if place is not None and place.file.suffix == ".parquet" and place.finished(job):
        log.info("nothing to do: %s holds the same features", place.file)
        return FeatureRows.of(pl.read_parquet(place.file))
    options.progress(f"computing the features of {chosen.height:,} moments")
    table = loaded.features(tables, chosen) if loaded else feature_table(tables, chosen)
    if table.height != chosen.height:
        raise ForestallError(
            f"the feature table must have a row for each of {chosen.height:,} moments, has {table.height:,}; nothing "
            "was written; report this fault"
        )
    if place is not None:
        place.publish(job, table.write_csv if place.file.suffix == ".csv" else table.write_parquet)
    log.info("features: %d moments, %d columns", table.height, table.width)
    return FeatureRows.of(table)


def _job(tables: Tables, chosen: pl.DataFrame, loaded: LoadedModel | None, place: FileOutput | None) -> Job:
    inputs = {
        "data": tables_as_input(tables),
        "moments": digest_of({"moments": chosen}, {}),
        "model": None if loaded is None else loaded.identity(),
    }
    return Job("features", "features", () if place is None else (place.file.name,), inputs)


def _is_feature_table(file: Path) -> bool:
    """Whether a file begins with the columns of a feature table, as version 0.1 wrote it."""
    try:
        frame = (
            pl.read_csv(file, n_rows=0, infer_schema=False)
            if file.suffix == ".csv"
            else pl.read_parquet(file, n_rows=0)
        )
    except (OSError, pl.exceptions.PolarsError):
        return False
    families = tuple(f"{family.name}_" for family in FAMILIES)
    return tuple(frame.columns[:2]) == KEYS and any(name.startswith(families) for name in frame.columns)


def read_moments(moments: Frame | str | Path, tables: Tables) -> pl.DataFrame:
    """Return moments of a frame or a file, shape (n_moments, 2): interaction_id and as_of.

    Raises
    ------
    InputError
        The file cannot be read, a column is missing, or an interaction is not in the tables.
    """
    name = str(moments) if isinstance(moments, str | Path) else "moments"
    frame = _read_file(Path(moments)) if isinstance(moments, str | Path) else moments
    found = moments_frame(to_polars(frame, "moments")).select(KEYS)
    unknown = found.join(tables.interactions, on="interaction_id", how="anti").height
    if unknown:
        raise InputError(
            f"{name} names {unknown} moments of interactions that are not in the data; leave them out"
        )
    return found


def _read_file(file: Path) -> pl.DataFrame:
    if is_special(file):
        raise InputError(f"{file} must be a file, is a pipe or a device; write the moments to a file first")
    try:
        frame = pl.read_csv(file, infer_schema=False) if file.suffix == ".csv" else pl.read_parquet(file)
    except UNREADABLE:
        wrong = must_be(str(file), "a Parquet or CSV file of moments; it cannot be read")
        raise InputError(cannot_read(file, wrong)) from None
    for column in KEYS:
        if column not in frame.columns:
            raise InputError(f"{file} must have a column '{column}', {nearest(column, frame.columns)}")
    return frame
