"""Scoring with Spark: records in columns with nested fields as JSON, and the same score rows."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mlflow
import polars as pl

from forestall.data import Tables
from forestall.data.schemas import column_types
from forestall.errors import UsageError
from forestall.model.input_tables import tables_for
from forestall.model.spec import Spec
from forestall.moment_features.records_from_tables import records_in_parts
from forestall.registry.loaded_model import LoadedModel
from forestall.registry.package import NESTED, signature
from forestall.registry.score_rows import SCORE_SCHEMA

PART_ROWS = 100_000
_KEYS = ["interaction_id", "as_of"]
_KNOWN = ("interaction_id", "customer_id", "as_of", "model_name", "model_version", "run_id", "scored_at")
_TYPES: dict[Any, str] = {pl.String: "string", pl.Float64: "double"}
_REASONS = "array<struct<family:string,feature:string,contribution:double,text:string>>"


def score_with_spark(
    model: LoadedModel, tables: Tables, moments: pl.DataFrame, *, reasons: bool, language: str
) -> pl.DataFrame:
    """Return the scores of moments, computed by Spark's workers on this machine.

    The records are made from the tables here and written to local files, which workers on other machines cannot read.
    On a cluster, score a table of records as `pipelines/score_spark.py` does.

    Parameters
    ----------
    model
        A packaged model, which the workers load by its address.
    tables
        The company's records.
    moments
        `interaction_id` and `as_of`.
    reasons, language
        Whether to compute contributions and reasons, and their language.

    Returns
    -------
    polars.DataFrame
        The columns of a score row without model, run and time of scoring, in the order of the moments.

    Raises
    ------
    UsageError
        pyspark or Java is missing, or the session's workers are on other machines.
    """
    with spark_session() as spark, tempfile.TemporaryDirectory() as temporary:
        if not spark.sparkContext.master.startswith("local"):
            raise UsageError(
                "--engine spark must find a Spark of this machine (master local[*]); the session here is a cluster's. "
                "There, score a table of records, as pipelines/score_spark.py does"
            )
        source, target = Path(temporary) / "records", Path(temporary) / "scores"
        prepared = tables_for(tables, model.spec, is_scored=True, reads=model.risk_model.inputs.reads)
        write_records(prepared, moments, source, model.spec)
        _score_records(spark, model, source, target, {"reasons": reasons, "language": language})
        rows = _without_nan(pl.read_parquet(target / "*.parquet"))
    customers = tables.interactions.select("interaction_id", "customer_id")
    return (
        moments.select(_KEYS)
        .join(customers, on="interaction_id", how="left", maintain_order="left")
        .join(rows, on=_KEYS, how="left", maintain_order="left")
    )


def _score_records(
    spark: Any, model: LoadedModel, source: Path, target: Path, params: dict[str, Any]
) -> None:
    """Score a folder of Parquet records with Spark's workers, into another folder."""
    from pyspark.sql.functions import struct

    frame = spark.read.parquet(source.as_uri())
    udf = mlflow.pyfunc.spark_udf(
        spark,
        model.uri if ":" in model.uri else Path(model.uri).resolve().as_uri(),
        result_type=row_type(params["reasons"]),
        env_manager="local",
        params=params,
    )
    parts = frame.repartition(max(spark.sparkContext.defaultParallelism, frame.rdd.getNumPartitions()))
    answers = parts.select(*_KEYS, udf(struct(*frame.columns)).alias("row")).select(*_KEYS, "row.*")
    answers.write.parquet(target.as_uri())


def _without_nan(rows: pl.DataFrame) -> pl.DataFrame:
    """Return Spark's answers with null for missing values: MLflow writes NaN for numbers, and a word for texts."""
    return rows.with_columns(
        pl.col("as_of").str.to_datetime(time_unit="us", time_zone="UTC"),
        pl.selectors.float().fill_nan(None),
        pl.when(pl.col("dissatisfaction_risk").is_not_nan()).then("risk_band"),
    )


def row_type(reasons: bool) -> str:
    """Return Spark's type of an answer, without the columns that the caller knows and times, which MLflow refuses."""
    columns = {name: kind for name, kind in SCORE_SCHEMA.items() if name not in _KNOWN}
    if not reasons:
        columns = {name: kind for name, kind in columns.items() if name != "reasons"}
    return ", ".join(f"{name} {_TYPES.get(kind, _REASONS)}" for name, kind in columns.items())


def write_records(tables: Tables, moments: pl.DataFrame, folder: Path, spec: Spec) -> None:
    """Write the records of moments as Parquet parts: one column per field, nested fields as JSON text."""
    wanted = [column.name for column in signature(spec).inputs.inputs]
    types: dict[str, Any] = {
        name: kind if kind in (pl.Float64, pl.Boolean) else pl.String
        for name, kind in column_types("interactions").items()
    }
    types |= dict.fromkeys(spec.context.numeric, pl.Float64)
    folder.mkdir(parents=True)
    for number, made in enumerate(records_in_parts(tables, moments, PART_ROWS)):
        columns = [name for name in wanted if name in made[0]]
        rows = [tuple(_cell(record[name], name) for name in columns) for record in made]
        schema = {name: types.get(name, pl.String) for name in columns}
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        frame.write_parquet(folder / f"part-{number:05d}.parquet")


@contextmanager
def spark_session() -> Iterator[Any]:
    """Yield the active session (of `spark-submit` or a notebook), or a new one on this machine that is stopped after.

    Raises
    ------
    UsageError
        pyspark or Java is missing.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError("--engine spark needs pyspark: pip install 'forestall[spark]'") from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with warnings.catch_warnings():
        # pyspark 4 warns about pandas 3 at every call; the calls used here are tested with pandas 3
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        active = SparkSession.getActiveSession()
        try:
            spark = active or (
                SparkSession.builder.appName("forestall").config("spark.ui.enabled", "false").getOrCreate()
            )
        except PySparkException as error:
            reason = str(error).splitlines()[0]
            raise UsageError(f"--engine spark needs Java 17 or newer to start Spark: {reason}") from None
        try:
            yield spark
        finally:
            if active is None:
                spark.stop()


def _cell(value: Any, name: str) -> Any:
    return json.dumps(value, ensure_ascii=False) if name in NESTED and value is not None else value
