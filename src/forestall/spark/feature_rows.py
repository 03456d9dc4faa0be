"""Feature rows of moments, made by the executors of Spark from parts of whole customers.

What crosses customers, the queues and the learnt facts as of each moment, is computed by the driver, which has the
timelines of all records, and sent with the moments. The executors compute all the rest: events, words, the customer's
past, and the features.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.data.schemas import TABLES
from forestall.moment_features.feature_plan import FeaturePlan
from forestall.moment_features.given_states import GivenFacts, GivenQueues, GivenStates
from forestall.moment_features.sources import Sources
from forestall.moment_features.standards import Standards
from forestall.moment_features.table import features_at
from forestall.moment_features.table_sources import sources_of
from forestall.moments.timeline import Ints
from forestall.spark.frame_rows import SCHEMA, FrameRow, rows_of
from forestall.spark.session import frames_as_rows
from forestall.spark.shipped_model import check_same, environment
from forestall.spark.stages import Stages, errors_of_tasks
from forestall.streaming.dividing import customer_of, parts_of

log = logging.getLogger(__name__)
PART_MOMENTS = 50_000
"""Moments of a part, on average."""
_MOMENTS, _ROW = "moments", "row"


@dataclass(frozen=True)
class FeatureJob:
    """What the tasks know that make feature rows.

    Attributes
    ----------
    folder
        The folder of the parts, which the workers reach.
    about
        The `about` of the tables.
    standards, plan
        The standards, and the features wanted.
    environment
        The code and the releases of libraries of the driver.
    """

    folder: Path
    about: Mapping[str, Any]
    standards: Standards
    plan: FeaturePlan
    environment: Mapping[str, str]


def features(job: FeatureJob, numbers: Iterable[int]) -> Iterator[FrameRow]:
    """Make the feature rows of parts, in a worker process."""
    check_same(job.environment, environment())
    for number in numbers:
        frames = {name: pl.read_parquet(_file(job.folder, number, name)) for name in (*TABLES, _MOMENTS)}
        moments = frames.pop(_MOMENTS)
        given = GivenStates(moments)
        sources = sources_of(
            Tables.of_checked(frames, job.about), job.standards, GivenFacts(given), GivenQueues(given)
        )
        place, as_of = (moments[name].to_numpy() for name in ("place", "as_of"))
        table = features_at(sources, place, as_of, job.plan).with_columns(moments[_ROW])
        yield FrameRow(number, "features", number, table)


@dataclass(frozen=True)
class SparkFeatures:
    """Makes feature rows by the executors of a session.

    Parameters
    ----------
    spark
        The session.
    shared
        A folder that the executors reach under the same path; by default one of this machine.
    """

    spark: Any
    shared: Path | None = None

    def __call__(
        self,
        tables: Tables,
        sources: Sources,
        standards: Standards,
        place: Ints,
        as_of: Ints,
        plan: FeaturePlan,
    ) -> pl.DataFrame:
        """Return what `features_at` does for the sources of tables.

        Parameters
        ----------
        tables, sources
            The prepared tables, and their sources.
        standards
            The standards that the sources have.
        place, as_of
            The moments: places of interactions, and microseconds.
        plan
            The features wanted.
        """
        if not len(place):
            return features_at(sources, place, as_of, plan)
        moments = _moments(sources, place, as_of, plan)
        with tempfile.TemporaryDirectory(dir=self.shared) as temporary:
            folder = Path(temporary)
            cores = int(self.spark.sparkContext.defaultParallelism)
            numbers = _write_parts(folder, tables, moments, max(cores, -(-len(place) // PART_MOMENTS)))
            log.info("Spark: feature rows of %d moments in %d parts", len(place), len(numbers))
            job = FeatureJob(folder, tables.about, standards, plan, environment())
            with frames_as_rows(self.spark), Stages(self.spark, job) as stages, errors_of_tasks():
                parts = self.spark.createDataFrame([(number,) for number in numbers], "number long")
                made = parts.repartitionById(len(numbers), parts["number"].cast("int"))
                rows = made.mapInArrow(stages.reading("features"), SCHEMA).toArrow()
            table = pl.concat([row.frame for row in rows_of(rows.to_batches())])
        return table.sort(_ROW).drop(_ROW)


def _moments(sources: Sources, place: Ints, as_of: Ints, plan: FeaturePlan) -> pl.DataFrame:
    """Return moments with what crosses customers."""
    columns: dict[str, Any] = {_ROW: np.arange(len(place)), "place": place, "as_of": as_of}
    columns |= sources.facts.state(sources.frame, place, as_of, plan.columns.facts)
    if plan.columns.queue:
        columns |= sources.circumstances.queue(place, as_of)
    return pl.DataFrame(columns)


def _write_parts(folder: Path, tables: Tables, moments: pl.DataFrame, n_parts: int) -> list[int]:
    """Write the customers of moments in parts, and return the numbers of those that have moments."""
    interactions = tables.interactions
    part = parts_of(interactions, n_parts)
    owners = interactions.select("interaction_id").with_columns(
        part,
        customer_of(interactions).alias("customer"),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("whole_place"),
    )
    asked = owners[moments["place"].unique()].select("customer").unique()
    owners = owners.join(asked, on="customer", how="semi", maintain_order="left").with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).over("part").alias("place")
    )
    numbers = [int(number) for number in owners["part"].unique().sort()]
    placed = moments.rename({"place": "whole_place"}).join(
        owners.select("whole_place", "place", "part"), on="whole_place", how="left", maintain_order="left"
    )
    for number in numbers:
        ids = owners.filter(pl.col("part") == number).select("interaction_id")
        for table in TABLES:
            frame: pl.DataFrame = getattr(tables, table)
            rows = frame.join(ids, on="interaction_id", how="semi", maintain_order="left")
            rows.write_parquet(_file(folder, number, table))
        own = placed.filter(pl.col("part") == number).drop("whole_place", "part")
        own.write_parquet(_file(folder, number, _MOMENTS))
    return numbers


def _file(folder: Path, number: int, name: str) -> Path:
    return folder / f"part-{number:05d}-{name}.parquet"
