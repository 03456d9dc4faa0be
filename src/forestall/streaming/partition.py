"""The division of a data folder into parts of whole customers, on the disk of this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.data.casting import to_text
from forestall.data.schemas import TABLES
from forestall.data.whole_tables import WholeTables
from forestall.moment_features.queue_facts import QUEUE, queue_facts
from forestall.moments.records_end import distinct_times
from forestall.moments.timeline import Ints
from forestall.streaming.account import Account
from forestall.streaming.ahead import Writer, ahead, in_order
from forestall.streaming.checked_rows import CheckedRows, check_rows
from forestall.streaming.dividing import numbers_of, parts_of, spread, spread_tables
from forestall.streaming.median import NumberFile
from forestall.streaming.part import FILES, MOMENTS, Part, empty_moments
from forestall.streaming.piece_file import PieceFile
from forestall.streaming.shared_facts import SharedFacts
from forestall.streaming.source import Source
from forestall.streaming.wanted import Wanted

OnRows = Callable[[int, int, str], None]
"""Called with the rows that are done, all rows, and what is done."""
REJECTED = (*TABLES, "cells")
N_THREADS = 2
"""How many buckets or parts are computed at once. Each takes memory, and uses further cores by itself."""


@dataclass
class Partition:
    """A data folder that is divided into parts.

    Parameters
    ----------
    source
        The data folder.
    folder
        The temporary folder.
    n_parts
        The number of parts, of buckets of interactions and of blocks of queues.
    wanted
        What is computed of each interaction.
    """

    source: Source
    folder: Path
    n_parts: int
    wanted: Wanted
    _n_written: Ints = field(init=False)
    _empty: dict[str, pl.DataFrame] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._n_written = np.zeros(self.n_parts, dtype=np.int64)

    def divide(self, on_rows: OnRows, latest: datetime | None) -> SharedFacts:
        """Write the parts, and return what they share.

        Parameters
        ----------
        on_rows
            Is told how many rows are done.
        latest
            The time after which nothing can have been recorded: see `data.plausible_times.latest_time`.

        Raises
        ------
        InputError
            The data are not valid, or were changed meanwhile.
        """
        whole = self.source.whole(latest)
        with Writer() as writer:
            self._fill_buckets(whole, writer, on_rows)
        self.source.check_unchanged()
        account = Account()
        with Writer() as writer:
            for checked in self._checked(whole):
                account = account.plus(checked.account)
                self._keep(checked, writer)
                done = account.rejected.rows_in["interactions"]
                on_rows(done, self.source.n_rows["interactions"], "interactions checked")
        if self.wanted.has_queue:
            self._compute_queues()
        value = self._values.median() if self.wanted.typical_value else None
        columns = self.source.tables["interactions"].empty.columns
        return SharedFacts.of(
            self.source.about, columns, account, typical_value=value, all_times=self._all_times
        )

    @property
    def numbers(self) -> list[int]:
        """The numbers of the parts that have customers."""
        return [int(number) for number in np.flatnonzero(self._n_written)]

    def part(self, number: int, shared: SharedFacts, *, keep: bool = False) -> Part:
        """Return a part, and remove it from the disk unless it is to be kept."""
        frames = {name: self._file(number, name).read() for name in FILES}
        for name in FILES:
            if not keep:
                self._file(number, name).remove()
        return Part.of_frames(self._filled(frames), shared.about)

    def rejected(self, table: str) -> PieceFile:
        """Return the file of the rejected rows of a table."""
        return PieceFile(self.folder / "rejected" / table)

    def _fill_buckets(self, whole: WholeTables, writer: Writer, on_rows: OnRows) -> None:
        """Write each row to the bucket of its interaction."""
        total, done = sum(self.source.n_rows.values()), 0
        for table, stream in self.source.tables.items():
            place = f"{table}.interaction_id"
            for batch in ahead(stream.batches()):
                keys = to_text(batch["interaction_id"], place, whole.has_whole_numbers.get(place))
                self._scatter(batch, numbers_of(keys, self.n_parts), self._bucket, table, writer)
                done += batch.height
                on_rows(done, total, "rows read")

    def _scatter(
        self,
        frame: pl.DataFrame,
        numbers: pl.Series,
        file: Callable[[int, str], PieceFile],
        name: str,
        writer: Writer,
    ) -> None:
        """Append the rows to the file of their number, in their order."""
        for number, rows in spread(frame, numbers):
            writer.write(file(number, name).append, rows)

    def _checked(self, whole: WholeTables) -> Iterator[CheckedRows]:
        """Yield the checked rows of each bucket."""
        n = self.source.n_rows["interactions"]

        def check(number: int) -> CheckedRows:
            return check_rows(self._raw(number), whole, self.source.about, self.wanted, n)

        yield from in_order(check, range(self.n_parts), N_THREADS)

    def _raw(self, number: int) -> dict[str, pl.DataFrame]:
        """Return the rows of a bucket, and remove them from the disk."""
        raw = {}
        for table, stream in self.source.tables.items():
            rows = self._bucket(number, table).read()
            self._bucket(number, table).remove()
            raw[table] = stream.empty if rows is None else rows
        return raw

    def _keep(self, checked: CheckedRows, writer: Writer) -> None:
        """Write the valid rows of a bucket to the parts of their customers, and the rejected ones apart."""
        tables = checked.tables
        interactions = tables.interactions
        if not self._empty:
            self._empty = {name: getattr(tables, name).clear() for name in TABLES}
        part = parts_of(interactions, self.n_parts)
        for name, to, rows in spread_tables(tables, part):
            writer.write(self._file(to, name).append, rows)
        self._keep_moments(checked, part, writer)
        for name, rejected in tables.rejections.frames.items():
            if rejected.height:
                writer.write(self.rejected(name).append, rejected)
        if self.wanted.typical_value:
            self._values.append(interactions["customer_value"].drop_nulls().to_numpy())

    def _keep_moments(self, checked: CheckedRows, part: pl.Series, writer: Writer) -> None:
        """Write the moments with their places in the parts, or, to compute the queues first, the waits."""
        numbers = part.to_numpy()
        within = part.to_frame().select(pl.int_range(pl.len()).over("part")).to_series()
        place = within.to_numpy() + self._n_written[numbers]
        self._n_written += np.bincount(numbers, minlength=self.n_parts)
        owners = pl.DataFrame({"part": part, "place": place})
        if checked.waits is None:
            here = checked.moments["place"].to_numpy()
            moments = owners[here].with_columns(checked.moments["as_of"])
            self._scatter(moments.drop("part"), moments["part"], self._file, MOMENTS, writer)
        else:
            waits = checked.waits.hstack(owners)
            self._scatter(waits, numbers_of(waits[QUEUE], self.n_parts), self._block, "waits", writer)

    def _compute_queues(self) -> None:
        """Compute the queues block by block, and write their facts to the moments of the parts."""
        with Writer() as writer:
            for number in range(self.n_parts):
                file = self._block(number, "waits")
                waits = file.read()
                file.remove()
                if waits is None:
                    continue
                facts = queue_facts(waits)
                moments = waits.filter(pl.col("as_of").is_not_null()).select("part", "place", "as_of")
                self._scatter(
                    moments.drop("part").hstack(facts), moments["part"], self._file, MOMENTS, writer
                )

    def _all_times(self) -> Ints:
        """Return all times of the records, each once, ascending: 8 bytes for each."""
        times = [np.empty(0, dtype=np.int64)]
        for number in self.numbers:
            frames = self._filled({name: self._file(number, name).read() for name in TABLES})
            times.append(distinct_times(Tables.of_checked(frames, {})))
        return np.unique(np.concatenate(times))  # at once: part by part the time would grow with the square

    def _filled(self, frames: dict[str, pl.DataFrame | None]) -> dict[str, pl.DataFrame]:
        """Return the frames of a part, those without rows as empty ones."""
        empty = self._empty | {MOMENTS: empty_moments(has_queue=self.wanted.has_queue)}
        return {name: empty[name] if frame is None else frame for name, frame in frames.items()}

    @property
    def _values(self) -> NumberFile:
        return NumberFile(self.folder / "customer_values")

    def _bucket(self, number: int, name: str) -> PieceFile:
        return PieceFile(self.folder / "buckets" / f"{number:05d}-{name}")

    def _file(self, number: int, name: str) -> PieceFile:
        return PieceFile(self.folder / "parts" / f"{number:05d}-{name}")

    def _block(self, number: int, name: str) -> PieceFile:
        return PieceFile(self.folder / "queues" / f"{number:05d}-{name}")
