"""The packaged model under Spark: records in columns, events as JSON, and the same score rows."""

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
from forestall.features.records_from_tables import records_in_parts
from forestall.model.input_tables import tables_for
from forestall.model.spec import Spec
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
    """Return what the packaged model answers for moments, computed by Spark's workers on this machine.

    The records come from tables that are read here, and pass through local files, so workers elsewhere could not see
    them: on a cluster a table of records is scored as `pipelines/score_spark.py` does it.

    Parameters
    ----------
    model
        A packaged model, which Spark fetches by its address.
    tables
        The company's records.
    moments
        `interaction_id` and `as_of`.

    Returns
    -------
    polars.DataFrame
        The columns of a score row without who scored, in the order of the moments.

    Raises
    ------
    UsageError
        pyspark or Java is not there, or the session's workers are on other machines.
    """
    with spark_session() as spark, tempfile.TemporaryDirectory() as temporary:
        if not spark.sparkContext.master.startswith("local"):
            raise UsageError(
                "--engine spark must find a Spark of this machine (master local[*]); the session here is a cluster's. "
                "There, score a table of records, as pipelines/score_spark.py does"
            )
        source, target = Path(temporary) / "records", Path(temporary) / "scores"
        write_records(tables_for(tables, model.spec, is_scored=True), moments, source, model.spec)
        frame = spark.read.parquet(source.as_uri())
        udf = mlflow.pyfunc.spark_udf(
            spark,
            model.uri if ":" in model.uri else Path(model.uri).resolve().as_uri(),
            result_type=row_type(reasons),
            env_manager="local",
            params={"reasons": reasons, "language": language},
        )
        parts = frame.repartition(max(spark.sparkContext.defaultParallelism, frame.rdd.getNumPartitions()))
        from pyspark.sql.functions import struct

        answers = parts.select(*_KEYS, udf(struct(*frame.columns)).alias("row")).select(*_KEYS, "row.*")
        answers.write.parquet(target.as_uri())
        rows = pl.read_parquet(target / "*.parquet")
    is_scored = pl.col("dissatisfaction_risk").is_not_nan()
    rows = rows.with_columns(
        pl.col("as_of").str.to_datetime(time_unit="us", time_zone="UTC"),
        # MLflow tells a gap as NaN among numbers, and as a word among texts
        pl.selectors.float().fill_nan(None),
        pl.when(is_scored).then("risk_band"),
    )
    whose = tables.interactions.select("interaction_id", "customer_id")
    return (
        moments.select(_KEYS)
        .join(whose, on="interaction_id", how="left", maintain_order="left")
        .join(rows, on=_KEYS, how="left", maintain_order="left")
    )


def row_type(reasons: bool) -> str:
    """Return Spark's type of an answer, without what the caller knows and the times, which MLflow refuses."""
    columns = {name: kind for name, kind in SCORE_SCHEMA.items() if name not in _KNOWN}
    if not reasons:
        columns = {name: kind for name, kind in columns.items() if name != "reasons"}
    return ", ".join(f"{name} {_TYPES.get(kind, _REASONS)}" for name, kind in columns.items())


def write_records(tables: Tables, moments: pl.DataFrame, folder: Path, spec: Spec) -> None:
    """Write the records of moments as Parquet parts: a column a field, the nested ones as JSON text."""
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
    """Give the session that is there (of `spark-submit`, a notebook, …), else one on this machine, which ends here.

    Raises
    ------
    UsageError
        pyspark or Java is not there.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError("--engine spark needs pyspark: pip install 'forestall[spark]'") from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with warnings.catch_warnings():
        # pyspark 4 asks for pandas below 3 at every call; what is used of it here is tested with pandas 3
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
