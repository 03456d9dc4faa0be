"""The feature table of a large data folder: computed part by part, and joined to one file."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from forestall.job_files import OnStep, check_written, part_path
from forestall.jobs.job_records import FolderRecords, write_frames
from forestall.jobs.written_parts import computed_parts
from forestall.publishing import Job, Publication, writing
from forestall.publishing.single_file import FileOutput
from forestall.registry import LoadedModel
from forestall.streaming.part import features_of_part
from forestall.streaming.wanted import Wanted

log = logging.getLogger(__name__)

KEYS = ("interaction_id", "as_of")
_PARTS = "features"


@dataclass(frozen=True)
class FeatureRows:
    """The feature table of a job.

    Attributes
    ----------
    n_moments, n_features
        Its size.
    rows
        The table; None if it was written only.
    """

    n_moments: int
    n_features: int
    rows: pl.DataFrame | None

    @classmethod
    def of(cls, rows: pl.DataFrame) -> FeatureRows:
        """Return a table in memory."""
        return cls(rows.height, rows.width - len(KEYS), rows)


@dataclass(frozen=True)
class FeatureParts:
    """The features of a large data folder, computed with the facts that a model learnt.

    Parameters
    ----------
    records
        The data folder.
    loaded
        The model.
    as_of, with_closed
        Which moments are computed; see `jobs.features`.
    """

    records: FolderRecords
    loaded: LoadedModel
    as_of: Any
    with_closed: bool

    def write(self, place: FileOutput, progress: OnStep, *, wants_rows: bool) -> FeatureRows:
        """Write the features to a file, unless it holds them, and return them or their size.

        Raises
        ------
        InputError
            The data are not valid, or there is no room on the disk.
        """
        job = self._job(place)
        if place.finished(job):
            log.info("nothing to do: %s holds the same features", place.file)
            return _of_file(place.file, wants_rows=wants_rows)
        progress(f"checking {self.records.n_interactions:,} interactions")
        with place.in_parts(job) as publication, writing(place.file):
            files = self._write_parts(publication, progress)
            place.publish(job, partial(_join, files), publication.started)
            return _of_file(place.file, wants_rows=wants_rows)

    def _job(self, place: FileOutput) -> Job:
        return Job(
            "features",
            "features",
            (place.file.name,),
            {"data": self.records.as_input(), "model": self.loaded.identity()},
            {"as_of": None if self.as_of is None else str(self.as_of), "all": self.with_closed},
            self.records.started,
        )

    def _write_parts(self, publication: Publication, progress: OnStep) -> list[Path]:
        """Write the features of each part, and return the files."""
        model = self.loaded.risk_model
        wanted = Wanted.by(model, self.as_of, closed=self.with_closed)
        divided = self.records.divide(wanted, publication.work, publication.started, model)
        progress(f"computing the features of {divided.shared.account.n_rows['interactions']:,} interactions")
        parts = computed_parts(
            divided, partial(features_of_part, model), publication, entry=_PARTS, done="interactions computed"
        )
        n = sum(rows.height for rows, _ in parts)
        check_written(publication, _PARTS, n)
        log.info("features: %d moments, in %d parts", n, len(divided.numbers))
        return [publication.folder / part_path(_PARTS, number) for number in divided.numbers]


def _join(parts: list[Path], file: Path) -> None:
    """Write the rows of all parts to one file, one after another."""
    rows = (pl.read_parquet(part, hive_partitioning=False) for part in parts)
    if file.suffix == ".csv":
        with file.open("wb") as text:
            for number, frame in enumerate(rows):
                frame.write_csv(text, include_header=number == 0)
    else:
        write_frames(rows, pl.read_parquet(parts[0], n_rows=0, hive_partitioning=False), file)


def _of_file(file: Path, *, wants_rows: bool) -> FeatureRows:
    """Return what a file of features holds."""
    if wants_rows:
        return FeatureRows.of(pl.read_parquet(file))
    rows = pl.scan_csv(file) if file.suffix == ".csv" else pl.scan_parquet(file)
    n = int(rows.select(pl.len()).collect().item())
    return FeatureRows(n, len(rows.collect_schema()) - len(KEYS), None)
