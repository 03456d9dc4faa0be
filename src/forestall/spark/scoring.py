"""Scoring on Spark: executors read, check and score parts of a company's tables that hold whole customers.

    slices of files ─(1)→ buckets by interaction ─(2)→ checked parts by customer ─(3)→ queues ─(4)→ scores of each part

The steps are those of `streaming`. Frames move between them as rows of Spark, which keeps and recomputes them. Only
counts, rejected rows and the names of files come to the driver.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import polars as pl

from forestall.model import RiskModel
from forestall.model.reason_texts import DEFAULT
from forestall.moments.timeline import Ints
from forestall.spark.frame_rows import SCHEMA, FrameRow, Numbered, object_in, rows_of
from forestall.spark.scored_files import ScoredPart
from forestall.spark.session import frames_as_rows
from forestall.spark.shipped_model import ShippedModel
from forestall.spark.slices import slices_of
from forestall.spark.stages import Stages, errors_of_tasks
from forestall.spark.worker import ACCOUNT, OF_PARTS, REJECTED, VALUES, WAITS, Division, Scoring, Totals
from forestall.streaming.account import Account
from forestall.streaming.median import NumberFile
from forestall.streaming.shared_facts import SharedFacts
from forestall.streaming.source import Source
from forestall.streaming.wanted import Wanted

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SparkParts:
    """A data folder that the executors have read, checked and divided into parts of whole customers.

    Parameters
    ----------
    spark
        The session.
    source
        The data folder.
    division
        How it is divided.
    checked
        The checked rows, as a frame of Spark that is kept on the executors' disks.
    stages
        The stages that read and check.
    """

    spark: Any
    source: Source
    division: Division
    checked: Any
    stages: Stages

    @classmethod
    @contextmanager
    def of(
        cls,
        spark: Any,
        source: Source,
        wanted: Wanted,
        latest: datetime | None,
        part_interactions: int | None = None,
    ) -> Iterator[Self]:
        """Yield a data folder, which the executors reach under the same path.

        Parameters
        ----------
        spark
            The session.
        source, wanted
            The data folder, and what is computed of each interaction.
        latest
            The time after which nothing can have been recorded: see `data.plausible_times.latest_time`.
        part_interactions
            Interactions of a part, on average; by default as many as in one process.
        """
        from pyspark import StorageLevel

        n = source.n_rows["interactions"]
        n_wanted = -(-n // part_interactions) if part_interactions else source.n_parts
        n_parts = max(int(spark.sparkContext.defaultParallelism), n_wanted)
        empty = {table: stream.empty for table, stream in source.tables.items()}
        division = Division(
            tuple(slices_of(source)), empty, source.whole(latest), source.about, n, wanted, n_parts
        )
        n_slices = len(division.slices)
        log.info("Spark: %d slices of tables, %d parts of customers", n_slices, n_parts)
        with ExitStack() as stack:
            stack.enter_context(frames_as_rows(spark))
            stages = stack.enter_context(Stages(spark, division))
            rows = spark.range(0, n_slices, 1, numPartitions=n_slices).mapInArrow(stages.reading(), SCHEMA)
            checked = _by_dest(rows, n_parts).mapInArrow(stages.working("check"), SCHEMA)
            checked.persist(StorageLevel.DISK_ONLY)
            stack.callback(checked.unpersist)
            yield cls(spark, source, division, checked, stages)

    def shared(self, values: NumberFile) -> SharedFacts:
        """Return what the parts share.

        Parameters
        ----------
        values
            Gets the customers' values, where the median is wanted.

        Raises
        ------
        InputError
            The data are not valid, or were changed meanwhile.
        """
        account = Account()
        for row in self._told(ACCOUNT):
            account = account.plus(object_in(row.frame))
        self.source.check_unchanged()
        median = None
        if self.division.wanted.typical_value:
            for row in self._told(VALUES):
                values.append(row.frame["customer_value"].to_numpy())
            median = values.median()
        columns = self.division.empty["interactions"].columns
        return SharedFacts.of(
            self.source.about, columns, account, typical_value=median, all_times=self._all_times
        )

    def rejected(self, table: str) -> Numbered:
        """Return the rejected rows of a table, by the number of their bucket."""
        return {row.number: row.frame for row in self._told(f"{REJECTED}{table}")}

    def score(
        self,
        model: RiskModel,
        shared: SharedFacts,
        target: Path,
        *,
        reasons: bool | str = False,
        language: str = DEFAULT,
        own: pl.DataFrame | None = None,
        totals: Totals | None = None,
        written: Mapping[int, Path] | None = None,
    ) -> list[ScoredPart]:
        """Score all parts into files of a folder, and return what the successful tasks say of them.

        The folder may hold further files afterwards: of attempts that failed or that were slower than others.

        Parameters
        ----------
        model, shared
            The model, and what the parts share.
        target
            A folder that the executors reach under the same path.
        reasons, language
            See `streaming.part.score_part`.
        own
            Further columns of all rows, one row.
        totals
            Empty totals, of which each part gets a copy; None for none.
        written
            The files of parts that were scored before, by number: they are only added up.
        """
        division = self.division
        job = Scoring(
            ShippedModel.of(model), shared.about, division.no_valid_rows, division.wanted.has_queue, target.resolve(),
            reasons, language, pl.DataFrame() if own is None else own, totals,
            {number: file.resolve() for number, file in (written or {}).items()},
        )  # fmt: skip
        with Stages(self.spark, job) as stages:
            found = _rows(self._parts.mapInArrow(stages.working("score"), SCHEMA))
        return [object_in(row.frame) for row in found]

    @cached_property
    def _parts(self) -> Any:
        """The rows of the parts, with the facts of their queues."""
        n = self.division.n_parts
        parts = self.checked.where(self.checked["kind"].isin(*OF_PARTS))
        if self.division.wanted.has_queue:
            waits = _by_dest(self.checked.where(self.checked["kind"] == WAITS), n)
            parts = parts.union(waits.mapInArrow(self.stages.working("queues"), SCHEMA))
        return _by_dest(parts, n)

    def _all_times(self) -> Ints:
        parts = self.checked.where(self.checked["kind"].isin(*OF_PARTS))
        found = _rows(parts.mapInArrow(self.stages.working("times"), SCHEMA))
        times = pl.concat([row.frame["at"] for row in found])
        return times.unique().sort().to_numpy()

    def _told(self, kind: str) -> Iterator[FrameRow]:
        """Return the rows of a kind that come to the driver."""
        return _rows(self.checked.where(self.checked["kind"] == kind))


def _by_dest(rows: Any, n: int) -> Any:
    return rows.repartitionById(n, "dest")


def _rows(frame: Any) -> Iterator[FrameRow]:
    """Return the rows of a frame of Spark, which is computed first."""
    with errors_of_tasks():
        batches = frame.toArrow().to_batches()
    return rows_of(batches)
