"""Score a table of records on a Spark cluster with the champion: copy, adapt, and run by spark-submit.

The table has one row per interaction, with the columns of `interactions`, `as_of` if it is not the last event, and
`events`, `history` and `queue` as JSON strings: see `forestall.records`. A data folder needs no such table:
`forestall score --engine spark` reads its files.
"""

from __future__ import annotations

import argparse

import mlflow
from pyspark.sql import SparkSession
from pyspark.sql.functions import struct

ANSWER = (
    "dissatisfaction_risk double, risk_low double, risk_high double, risk_band string, data_quality string"
)


def main() -> None:
    """Score and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", help="a Parquet table of records")
    parser.add_argument("output", help="where the scores are written, as Parquet")
    parser.add_argument("--model", default="models:/dissatisfaction-risk@champion")
    arguments = parser.parse_args()
    spark = SparkSession.builder.appName("forestall").getOrCreate()
    records = spark.read.parquet(arguments.records)
    risk = mlflow.pyfunc.spark_udf(spark, arguments.model, result_type=ANSWER, env_manager="local")
    scores = records.select("interaction_id", risk(struct(*records.columns)).alias("score"))
    scores.select("interaction_id", "score.*").write.parquet(arguments.output)


if __name__ == "__main__":
    main()
