"""The Spark session, and the settings under which parts of tables pass through Spark."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from forestall.errors import UsageError

# A row of Spark holds a whole frame here, so that few rows make a batch.
_SETTINGS = {
    "spark.sql.execution.arrow.maxRecordsPerBatch": "8",
    "spark.sql.inMemoryColumnarStorage.batchSize": "8",
    "spark.sql.inMemoryColumnarStorage.compressed": "false",  # the frames are
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}


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


@contextmanager
def frames_as_rows(spark: Any) -> Iterator[None]:
    """Set a session to pass frames as rows, and restore its settings at the end."""
    with ExitStack() as stack:
        for name, value in _SETTINGS.items():
            before = spark.conf.get(name, None)
            if before is None:
                stack.callback(spark.conf.unset, name)
            else:
                stack.callback(spark.conf.set, name, before)
            spark.conf.set(name, value)
        yield
