"""Scores of tables in memory, computed by the executors of Spark."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.errors import UsageError
from forestall.model import RiskModel
from forestall.publishing.staging import PREFIX
from forestall.spark.scoring import SparkParts
from forestall.spark.session import spark_session
from forestall.streaming.median import NumberFile
from forestall.streaming.source import Source
from forestall.streaming.wanted import Wanted


def score_with_spark(
    model: RiskModel,
    tables: Tables,
    moments: pl.DataFrame,
    *,
    as_of: Any = None,
    closed: bool = False,
    shared: Path | None = None,
    reasons: bool | str = False,
    language: str = "en",
) -> pl.DataFrame:
    """Return what `RiskModel.score` does, computed by the executors of Spark.

    Parameters
    ----------
    model, tables
        The model and the records.
    moments
        The moments that are scored: `interaction_id` and `as_of`.
    as_of, closed
        What gave the moments; see `model.scored_moments`.
    shared
        A folder that the executors reach under the same path. Without one they must run on this machine.
    reasons, language
        See `streaming.part.score_part`.

    Raises
    ------
    UsageError
        pyspark or Java is missing, or there is no folder that the executors reach.
    """
    wanted = Wanted.by(model, as_of, closed=closed)
    with spark_session() as spark:
        if shared is None and not spark.sparkContext.master.startswith("local"):
            raise UsageError(
                "--engine spark must have an --output that its executors reach, has none; give a folder on storage "
                "that all machines share"
            )
        with tempfile.TemporaryDirectory(dir=shared, prefix=PREFIX) as temporary:
            data, target = Path(temporary) / "data", Path(temporary) / "scores"
            data.mkdir()
            target.mkdir()
            tables.write_files(data)
            with SparkParts.of(spark, Source.open(data), wanted) as parts:
                facts = parts.shared(NumberFile(Path(temporary) / "values"))
                done = parts.score(model, facts, target, reasons=reasons, language=language)
            rows = pl.concat([pl.read_parquet(target / file) for file in done["file"]])
    return moments.select("interaction_id").join(rows, on="interaction_id", how="left", maintain_order="left")
