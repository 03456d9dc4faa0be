"""`forestall import`: a company's export to a data folder, by a mapping file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from forestall.data import Rejections, Tables, read_tables
from forestall.data.data_folder import REJECTED, data_job
from forestall.data.storage import read_parquet
from forestall.defaults import MAX_REJECTED
from forestall.importing import import_tables
from forestall.job_files import ALL, OnStep, no_progress
from forestall.publishing import Manifest, open_output, writing
from forestall.publishing.manifest import digest_of_file


def import_records(
    mapping: str | Path,
    sources: str | Path | Sequence[str | Path],
    *,
    output: str | Path | None = None,
    max_rejected: float = MAX_REJECTED,
    progress: OnStep = no_progress,
) -> Tables:
    """Return the three tables that a mapping file makes of tables or event logs.

    Parameters
    ----------
    mapping
        The mapping file.
    sources
        One or more files: CSV, JSON, JSON Lines, Excel, Parquet or XES; their rows are put together. A further table of
        the mapping is given as `NAME=FILE`.
    output
        The data folder to write; None writes nothing. If the same files were imported into it by the same mapping, it
        is read and nothing is imported.
    max_rejected
        The largest share of a table's rows that may be rejected.
    progress
        Called with a text when a long step begins.

    Raises
    ------
    UsageError
        The mapping file is not valid, or names a column that no source has.
    InputError
        A source cannot be read, or too many rows were rejected.
    """
    files = [sources] if isinstance(sources, str | Path) else list(sources)
    if output is None:
        progress("reading the sources")
        return import_tables(mapping, files, max_rejected=max_rejected)
    with open_output(output) as place:
        job = data_job("import", _inputs(mapping, files), {"max_rejected": max_rejected})
        done = place.finished(job)
        if done is not None and not _depends_on_the_clock(done):
            return _read_again(place.folder, done)

        def write_rejected(rejections: Rejections) -> str:
            with place.publication(job, only=REJECTED) as publication, writing(place.folder):
                rejections.write(publication.folder / REJECTED)
            return str(place.location / REJECTED)

        progress("reading the sources")
        tables = import_tables(mapping, files, max_rejected=max_rejected, rejected=write_rejected)
        progress("writing the data folder")
        with place.publication(job) as publication, writing(place.folder):
            tables.write_files(publication.folder)
            publication.account = {
                "rows_in": dict(tables.rejections.rows_in),
                "rejected": tables.rejections.counts(),
            }
    return tables


def _inputs(mapping: str | Path, sources: Sequence[str | Path]) -> dict[str, Any]:
    """Return the digests of the mapping file and of the sources, in their order."""
    digests: list[Any] = []
    for source in sources:
        name, _, file = str(source).partition("=")
        is_named = file and not Path(source).exists()
        digests.append([name, _digest(Path(file))] if is_named else _digest(Path(source)))
    return {"mapping": _digest(Path(mapping)), "sources": digests}


def _digest(path: Path) -> Any:
    """Return the digest of a file, or of each file in a folder; of what can be read only once a new one."""
    if path.is_dir():
        return [_digest(file) for file in sorted(path.glob("*.parquet"))]
    try:
        return digest_of_file(path) if path.is_file() else uuid4().hex
    except OSError:  # the reader says what is wrong
        return uuid4().hex


def _depends_on_the_clock(done: Manifest) -> bool:
    """Whether rows were rejected because they are later than now: later they may be right."""
    return any("after_export" in rules for rules in done.account.get("rejected", {}).values())


def _read_again(folder: Path, done: Manifest) -> Tables:
    """Return the tables of a data folder, with the rows that were rejected when they were imported."""
    tables = read_tables(folder, max_rejected=ALL)
    frames = {file.stem: read_parquet(file) for file in sorted((folder / REJECTED).glob("*.parquet"))}
    order = done.account["rejected"]
    return tables.replace(
        rejections=Rejections({table: frames[table] for table in order}, done.account["rows_in"], order)
    )
