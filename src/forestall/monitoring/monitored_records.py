"""The records that monitoring compares: tables in memory, or a large data folder that is divided into parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.data.schemas import TABLES
from forestall.model.prepared_tables import PreparedTables
from forestall.model.risk_model import RiskModel
from forestall.moment_features.name_columns import codes
from forestall.moment_features.queue import Queues
from forestall.moment_features.queue_facts import QUEUE, SERVED, STARTED, WAIT_END, waits_of
from forestall.moment_features.row_aggregates import Array
from forestall.moments import end_of_records
from forestall.moments.timeline import Ints
from forestall.streaming.ahead import ahead
from forestall.streaming.dividing import customer_of
from forestall.streaming.part import Part
from forestall.streaming.partition import Partition
from forestall.streaming.shared_facts import SharedFacts

Prepared = Iterator[tuple[PreparedTables, pl.DataFrame]]
"""Prepared tables, and the moments of their interactions."""


@dataclass(frozen=True)
class WholeRecords:
    """Tables in memory: the only part.

    Parameters
    ----------
    tables
        The tables.
    """

    tables: Tables
    _known: dict[int, PreparedTables] = field(init=False, default_factory=dict)

    @property
    def about(self) -> Mapping[str, Any]:
        """The `about` of the tables."""
        return self.tables.about

    @cached_property
    def end(self) -> datetime | None:
        """The end of the records, None if there is none."""
        return end_of_records(self.tables)

    def each(self) -> Iterator[Tables]:
        """Yield the tables."""
        yield self.tables

    def prepared(self, model: RiskModel, moments: pl.DataFrame) -> Prepared:
        """Yield the tables, prepared for a model, and the moments."""
        yield self._prepared(model), moments

    def _prepared(self, model: RiskModel) -> PreparedTables:
        """Return the prepared tables, made once for each model."""
        if id(model) not in self._known:
            self._known[id(model)] = PreparedTables.of(model, self.tables)
        return self._known[id(model)]


@dataclass(frozen=True)
class PartedRecords:
    """Parts of whole customers on the disk, for a model with a rating label.

    Parameters
    ----------
    partition, shared
        The parts, and what they share; they hold the end of the records.
    """

    partition: Partition
    shared: SharedFacts

    @property
    def about(self) -> Mapping[str, Any]:
        """The `about` of the whole tables."""
        return self.shared.about

    @property
    def end(self) -> datetime | None:
        """The end of the records, None if there is none."""
        return self.shared.end

    def each(self) -> Iterator[Tables]:
        """Yield the tables of each part; the next one is read meanwhile."""
        parts = (self.partition.part(number, self.shared, keep=True) for number in self.partition.numbers)
        for part in ahead(parts):
            yield part.tables

    def prepared(self, model: RiskModel, moments: pl.DataFrame) -> Prepared:
        """Yield for each part the tables of its moments' customers, prepared for a model, and its moments.

        Parts without moments are left out, but for the first.
        """
        queues = self._queues if model.plan.columns.queue else None
        begin = 0
        for tables in self.each():
            ids = tables.interactions.select("interaction_id")
            here = moments.join(ids, on="interaction_id", how="semi", maintain_order="left")
            if here.height or not begin:
                few, place = _of_customers(tables, here)
                placed = None if queues is None else _PlacedQueues(queues, begin + place)
                yield PreparedTables.of(model, few, Part(few, here).sources(model, placed)), here
            begin += ids.height

    @cached_property
    def _queues(self) -> Queues:
        """The queues of all interactions, part by part: they take about 100 bytes for each interaction."""
        waits = pl.concat([waits_of(tables) for tables in self.each()])
        times = (waits[name].to_numpy() for name in (STARTED, WAIT_END, SERVED))
        return Queues.of(codes(waits[QUEUE])[0], *times)


MonitoredRecords = WholeRecords | PartedRecords


@dataclass(frozen=True)
class _PlacedQueues:
    """The queues of some interactions: `place` is where each of them is in all queues."""

    queues: Queues
    place: Ints

    def state(self, place: Ints, as_of: Ints) -> dict[str, Array]:
        """Return the facts of the queue at moments, each of shape (n_moments,)."""
        return self.queues.state(self.place[place], as_of)


def _of_customers(tables: Tables, moments: pl.DataFrame) -> tuple[Tables, Ints]:
    """Return the tables of the customers of moments, and where their interactions are in the tables."""
    interactions = tables.interactions.with_columns(customer_of(tables.interactions).alias("_customer"))
    wanted = interactions.join(moments, on="interaction_id", how="semi").select("_customer")
    rows = interactions.with_row_index("_place").join(
        wanted, on="_customer", how="semi", maintain_order="left"
    )
    few = {
        name: getattr(tables, name).join(rows, on="interaction_id", how="semi", maintain_order="left")
        for name in TABLES
    }
    return Tables.of_checked(few, tables.about), rows["_place"].cast(pl.Int64).to_numpy().astype(np.int64)
