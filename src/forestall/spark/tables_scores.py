"""Scores of tables in memory, computed by the executors of Spark."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl

from forestall.errors import UsageError
from forestall.model import RiskModel
from forestall.publishing.staging import PREFIX
from forestall.spark.scoring import SparkParts
from forestall.spark.session import spark_session
from forestall.streaming.median import NumberFile
from forestall.streaming.part import Part
from forestall.streaming.source import Source
from forestall.streaming.wanted import Wanted


def score_with_spark(
    model: RiskModel, part: Part, wanted: Wanted, shared: Path | None, *, reasons: bool | str, language: str
) -> pl.DataFrame:
    """Return what `score_part` does, computed by the executors of Spark.

    Parameters
    ----------
    model, part
        The model, and whole tables as the only part.
    wanted
        What gave the moments of the part.
    shared
        A folder that the executors reach under the same path. Without one they must run on this machine.
    reasons, language
        See `streaming.part.score_part`.

    Raises
    ------
    UsageError
        pyspark or Java is missing, or there is no folder that the executors reach.
    """
    with spark_session() as spark:
        if shared is None and not spark.sparkContext.master.startswith("local"):
            raise UsageError(
                "--engine spark must have an --output that its executors reach, has none; give a folder on storage "
                "that all machines share"
            )
        if shared is not None:
            shared.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=shared, prefix=PREFIX) as temporary:
            data, target = Path(temporary) / "data", Path(temporary) / "scores"
            data.mkdir()
            target.mkdir()
            part.tables.write_files(data)
            with SparkParts.of(spark, Source.open(data), wanted, None) as parts:
                facts = parts.shared(NumberFile(Path(temporary) / "values"))
                done = parts.score(model, facts, target, reasons=reasons, language=language)
            rows = pl.concat([pl.read_parquet(target / one.file.name) for one in done])
    moments = part.tables.interactions[part.moments["place"]].select("interaction_id")
    return moments.join(rows, on="interaction_id", how="left", maintain_order="left")
