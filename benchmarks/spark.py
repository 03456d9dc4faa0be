"""A scoring job by Spark's executors beside the same job in one process: the same rows, and the ratio of their rates.

python benchmarks/spark.py [INTERACTIONS]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from forestall.jobs.score import score
from forestall.jobs.train import train
from forestall.simulation import simulate
from forestall.streaming import source
from package import MODEL

N_INTERACTIONS = 1_000_000
N_PARTS = 5  # of one process, at least: also few interactions are scored in parts here
GOAL = 0.6
# Java's quick compiler: here Java only moves bytes
SPARK = (
    "--master local[2] --driver-memory 1g --driver-java-options -XX:TieredStopAtLevel=1 "
    "--conf spark.ui.enabled=false --conf spark.ui.showConsoleProgress=false"
)


def main(n: int) -> None:
    """Train on a small company, score a larger one with both engines, compare."""
    os.environ.setdefault("PYSPARK_SUBMIT_ARGS", f"{SPARK} pyspark-shell")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    source.PART_INTERACTIONS = min(source.PART_INTERACTIONS, n // N_PARTS)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "model.yaml").write_text(MODEL, encoding="utf-8")
        simulate(folder / "past", 5_000, seed=1)
        simulate(folder / "new", n, seed=2)
        uri = f"sqlite:///{folder}/mlflow.db"
        report = train(folder / "past", folder, tracking_uri=uri)
        rows, rates = {}, {}
        for engine in ("local", "spark"):
            begin = time.perf_counter()
            score(
                f"models:/{report.name}/{report.version}", folder / "new", output=folder / engine,
                scored_at=datetime(2026, 11, 2, tzinfo=UTC), contacts=100, engine=engine, tracking_uri=uri,
            )  # fmt: skip
            seconds = time.perf_counter() - begin
            rates[engine] = n / seconds
            done = f"{n:,} interactions read, scored and written in {seconds:.1f} s"
            print(f"{engine}: {done}, {n / seconds:,.0f} a second", flush=True)
            rows[engine] = pl.read_parquet(folder / engine / "scores" / "*.parquet").sort("interaction_id")
        is_same = rows["local"].equals(rows["spark"], null_equal=True)
        lists = [pl.read_parquet(folder / engine / "contact_list.parquet") for engine in ("local", "spark")]
        ratio = rates["spark"] / rates["local"]
        print(f"the rows are {'the same to the last bit' if is_same else 'NOT the same'}")
        print(
            f"Spark on local[2], its start included, at {ratio:.2f} of the rate of one process (goal {GOAL})"
        )
        if not is_same or not lists[0].equals(lists[1], null_equal=True):
            raise SystemExit("the engines gave other rows or another contact list")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else N_INTERACTIONS)
