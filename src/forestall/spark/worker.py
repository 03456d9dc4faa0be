"""What runs in Spark's worker processes: a function for each stage, from frames to frames."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from forestall.data import Tables
from forestall.data.casting import to_text
from forestall.data.schemas import TABLES
from forestall.data.storage import reading
from forestall.data.whole_tables import WholeTables
from forestall.model.contact_effect import EFFECT
from forestall.moment_features.queue_facts import AS_OF, QUEUE, queue_facts
from forestall.moments.records_end import distinct_times
from forestall.spark.feature_rows import features
from forestall.spark.frame_rows import FrameRow, Numbered, joined, of_object
from forestall.spark.scored_files import ScoredFile, ScoredPart, write_attempt
from forestall.spark.shipped_model import ShippedModel
from forestall.spark.slices import Slice
from forestall.streaming.checked_rows import CheckedRows, check_rows
from forestall.streaming.dividing import numbers_of, parts_of, spread, spread_tables
from forestall.streaming.part import MOMENTS, Part, empty_moments, score_part
from forestall.streaming.wanted import Wanted

__all__ = ["check", "features", "queues", "read", "score", "times"]
WAITS, REJECTED, ACCOUNT, VALUES, RESULT = "waits", "rejected ", "account", "customer values", "result"
OF_PARTS = (*TABLES, MOMENTS)
"""The kinds of frames that go to the parts of customers."""
Kinds = dict[str, Numbered]


@dataclass(frozen=True)
class Division:
    """How tables are divided into parts: what the tasks know that read and check rows.

    Attributes
    ----------
    slices
        All rows of the tables.
    empty
        No rows of each table, with the columns and types of all.
    whole, about, n_interactions
        What the check of some rows must know of the whole tables.
    wanted
        What is computed of each interaction.
    n_parts
        The number of parts of customers, of buckets of interactions, and of blocks of queues.
    """

    slices: tuple[Slice, ...]
    empty: Mapping[str, pl.DataFrame]
    whole: WholeTables
    about: Mapping[str, Any]
    n_interactions: int
    wanted: Wanted
    n_parts: int

    @property
    def no_valid_rows(self) -> dict[str, pl.DataFrame]:
        """No rows of each table, as they are when they are checked."""
        tables = Tables.of_some(self.empty, self.whole, self.about)
        return {table: getattr(tables, table) for table in TABLES}


class Totals(Protocol):
    """What adds up while parts are scored; each part begins with an empty copy."""

    def add(self, rows: pl.DataFrame, tables: Tables) -> None:
        """Add the score rows of whole customers."""


@dataclass(frozen=True)
class Scoring:
    """How parts are scored: what the tasks know that score.

    Attributes
    ----------
    model
        The model.
    about
        The `about` of the whole tables, with its defaults.
    empty
        No checked rows of each table.
    has_queue
        Whether the model reads the queue.
    target
        The folder for the parts, which the workers reach.
    reasons, language
        See `streaming.part.score_part`.
    own
        The columns of a score row that the job knows, one row.
    totals
        Empty totals, None for none.
    written
        The files of parts that were scored before, by number.
    """

    model: ShippedModel
    about: Mapping[str, Any]
    empty: Mapping[str, pl.DataFrame]
    has_queue: bool
    target: Path
    reasons: bool | str
    language: str
    own: pl.DataFrame
    totals: Totals | None
    written: Mapping[int, Path]


def read(job: Division, numbers: Iterable[int]) -> Iterator[FrameRow]:
    """Read slices, and send each row to the bucket of its interaction."""
    for number in numbers:
        one = job.slices[number]
        rows, place = one.read(job.empty[one.table]), f"{one.table}.interaction_id"
        keys = to_text(rows["interaction_id"], place, job.whole.has_whole_numbers.get(place))
        for bucket, some in spread(rows, numbers_of(keys, job.n_parts)):
            yield FrameRow(bucket, one.table, number, some)


def check(job: Division, bucket: int, kinds: Kinds) -> Iterator[FrameRow]:
    """Check all rows of some interactions, and send the valid ones to the part of their customer."""
    raw = {table: joined(kinds.get(table), job.empty[table]) for table in TABLES}
    checked = check_rows(raw, job.whole, job.about, job.wanted, job.n_interactions)
    tables = checked.tables
    interactions = tables.interactions
    part = parts_of(interactions, job.n_parts)
    for table, to, some in spread_tables(tables, part):
        yield FrameRow(to, table, bucket, some)
    yield from _moments(job, bucket, checked, part)
    for table, rejected in tables.rejections.frames.items():
        if rejected.height:
            yield FrameRow(bucket, f"{REJECTED}{table}", bucket, rejected)
    if job.wanted.typical_value:
        yield FrameRow(bucket, VALUES, bucket, interactions.select("customer_value").drop_nulls())
    yield FrameRow(bucket, ACCOUNT, bucket, of_object(checked.account))


def _moments(job: Division, bucket: int, checked: CheckedRows, part: pl.Series) -> Iterator[FrameRow]:
    """Send the moments to their parts or, where the queue is wanted, the waits to their queues.

    Their places are those among the rows of this bucket that the part has.
    """
    place = part.to_frame().select(pl.int_range(pl.len(), dtype=pl.Int64).over("part").alias("place"))
    owners = place.with_columns(part, bucket=pl.lit(bucket, pl.Int64))
    if checked.waits is None:
        moments = owners[checked.moments["place"]].with_columns(checked.moments["as_of"])
        for to, some in spread(moments.drop("part"), moments["part"]):
            yield FrameRow(to, MOMENTS, bucket, some)
    else:
        waits = checked.waits.hstack(owners)
        for block, some in spread(waits, numbers_of(waits[QUEUE], job.n_parts)):
            yield FrameRow(block, WAITS, bucket, some)


def queues(job: Division, block: int, kinds: Kinds) -> Iterator[FrameRow]:
    """Compute the facts of whole queues at moments, and send them to the parts of the moments."""
    del job
    waits = pl.concat(kinds[WAITS].values())
    found = waits.filter(pl.col(AS_OF).is_not_null()).select("part", "bucket", "place", "as_of")
    found = found.hstack(queue_facts(waits))
    for part, some in spread(found.drop("part"), found["part"]):
        yield FrameRow(part, MOMENTS, block, some)


def times(job: Division, bucket: int, kinds: Kinds) -> Iterator[FrameRow]:
    """Return all times of the records that are given, each once."""
    empty = job.no_valid_rows
    frames = {table: joined(kinds.get(table), empty[table]) for table in TABLES}
    found = distinct_times(Tables.of_checked(frames, {}))
    yield FrameRow(bucket, RESULT, bucket, pl.DataFrame({"at": found}))


def score(job: Scoring, number: int, kinds: Kinds) -> Iterator[FrameRow]:
    """Score a part of customers, and write its rows to a file of this attempt alone."""
    part, totals = part_of(job, kinds), copy.copy(job.totals)
    if number in job.written:
        with reading(job.written[number]):
            rows = pl.read_parquet(job.written[number], hive_partitioning=False)
        file = ScoredFile(number, "", rows.height)
    else:
        scores = score_part(job.model.load(), part, reasons=job.reasons, language=job.language)
        own = scores.drop(EFFECT, strict=False)
        rows = own.hstack([column.new_from_index(0, scores.height) for column in job.own])
        rows = rows if EFFECT not in scores.columns else rows.with_columns(scores[EFFECT])  # the last column
        file = write_attempt(rows, number, job.target)
    if totals is not None:
        totals.add(rows, part.tables)
    yield FrameRow(number, RESULT, number, of_object(ScoredPart(file, totals)))


def part_of(job: Scoring, kinds: Kinds) -> Part:
    """Return the part that frames of several buckets make up."""
    frames = {table: joined(kinds.get(table), job.empty[table]) for table in TABLES}
    starts, start = [], 0
    for bucket, some in kinds["interactions"].items():
        starts.append((bucket, start))
        start += some.height
    offsets = pl.DataFrame(starts, schema={"bucket": pl.Int64, "start": pl.Int64}, orient="row")
    moments = empty_moments(has_queue=job.has_queue)
    if MOMENTS in kinds:
        moments = (
            pl.concat(kinds[MOMENTS].values())
            .join(offsets, on="bucket", how="left")
            .with_columns(pl.col("place") + pl.col("start"))
            .drop("bucket", "start")
        )
    return Part.of_frames({**frames, MOMENTS: moments}, job.about)
