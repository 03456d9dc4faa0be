"""A scoring job whose parts Spark's executors make and score."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from forestall.data.frames import Library, stack
from forestall.job_files import part_path
from forestall.jobs.job_records import READ_AT, FolderRecords, Records
from forestall.jobs.score_totals import ScoreTotals
from forestall.model.fit_progress import tell_part
from forestall.model.risk_model import RiskModel
from forestall.publishing import Publication
from forestall.spark.scored_files import publishing
from forestall.spark.scoring import SparkParts
from forestall.spark.session import spark_session
from forestall.streaming.median import NumberFile
from forestall.streaming.partition import REJECTED
from forestall.streaming.shared_facts import SharedFacts
from forestall.streaming.wanted import Wanted


def on_spark(records: Records, stack: ExitStack) -> Records | SparkRecords:
    """Return records that Spark's executors read; small ones are in memory already, and unchanged."""
    return SparkRecords(records, stack) if isinstance(records, FolderRecords) else records


@dataclass(frozen=True)
class SparkRecords:
    """A data folder that Spark's executors read in parts.

    Parameters
    ----------
    of
        The same folder, as this process would read it.
    stack
        Ends the session of Spark when the job ends.
    """

    of: FolderRecords
    stack: ExitStack
    is_whole = False
    library: Library = "polars"

    @property
    def n_interactions(self) -> int:
        """The number of interactions that came in."""
        return self.of.n_interactions

    @property
    def started(self) -> dict[str, Any]:
        """Return the time after which nothing can have been recorded."""
        return self.of.started

    def digest(self) -> str:
        """Return the digest of the files."""
        return self.of.digest()

    def as_input(self) -> dict[str, Any]:
        """Return what the manifest says of the files. How they are divided depends on Spark's cores."""
        return {**self.of.as_input(), "parts": "by Spark"}

    def divide(
        self, wanted: Wanted, folder: Path | None, started: Mapping[str, Any], model: RiskModel
    ) -> DividedOnSpark:
        """Let the executors read, check and divide the tables.

        Raises
        ------
        InputError
            The data are not valid, or too many rows were rejected.
        """
        assert folder is not None
        latest = started.get(READ_AT)
        source = self.of.source
        spark = self.stack.enter_context(spark_session())
        parts = self.stack.enter_context(
            SparkParts.of(spark, source, wanted, None if latest is None else datetime.fromisoformat(latest))
        )
        shared = parts.shared(NumberFile(folder / "customer_values"))
        shared.account.check(self.of.max_rejected)
        shared.warn_of_lost(model, source.tables["interactions"].empty.columns)
        return DividedOnSpark(parts, shared)


@dataclass(frozen=True)
class DividedOnSpark:
    """Parts on the disks of Spark's executors."""

    spark_parts: SparkParts
    shared: SharedFacts

    def score(
        self,
        model: RiskModel,
        totals: ScoreTotals,
        own: pl.DataFrame,
        publication: Publication,
        *,
        entry: str,
        reasons: bool | str,
        language: str,
    ) -> None:
        """Score all parts, publish their rows, and add up their totals.

        Parameters
        ----------
        model
            The model.
        totals
            The totals, to which those of the parts are added.
        own
            The columns of a score row that the job knows, one row.
        publication
            Gets the rows.
        entry
            The entry of the output for the rows.
        reasons, language
            See `streaming.part.score_part`.
        """
        target = publication.work / "scored"
        target.mkdir(parents=True, exist_ok=True)
        numbers = range(self.spark_parts.division.n_parts)
        written = {number: publication.written(part_path(entry, number)) for number in numbers}
        n = self.shared.account.n_rows["interactions"]

        def publish(number: int, file: Path) -> None:
            publication.write_part(part_path(entry, number), file.replace)

        with publishing(target, publish) as published:
            done = self.spark_parts.score(
                model, self.shared, target, reasons=reasons, language=language, own=own,
                totals=replace(totals), written={number: file for number, file in written.items() if file},
            )  # fmt: skip
        for part in done:
            published.take(part)
            totals.join(part.totals)
        tell_part(n, n, "interactions scored")

    def write_rejected(self, folder: Path) -> None:
        """Write the rejected rows of each table to `folder`/<table>.parquet."""
        for table in REJECTED:
            frames = self.spark_parts.rejected(table)
            if frames:
                folder.mkdir(parents=True, exist_ok=True)
                stack([frame for _, frame in sorted(frames.items())]).write_parquet(
                    folder / f"{table}.parquet"
                )
