"""A scoring job by Spark's workers beside the same job without: the same rows, and records per second."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from forestall.jobs.score import score
from forestall.jobs.train import train
from forestall.simulation import simulate
from package import MODEL

N_INTERACTIONS = 50_000


def main(n: int) -> None:
    """Train on a small company, score a larger one twice, compare."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "model.yaml").write_text(MODEL, encoding="utf-8")
        simulate(folder / "past", 5_000, seed=1)
        simulate(folder / "new", n, seed=2)
        uri = f"sqlite:///{folder}/mlflow.db"
        report = train(folder / "past", folder, tracking_uri=uri)
        rows = {}
        for engine in ("local", "spark"):
            begin = time.perf_counter()
            score(
                f"models:/{report.name}/{report.version}", folder / "new", output=folder / engine,
                scored_at=datetime(2026, 11, 2, tzinfo=UTC), engine=engine, tracking_uri=uri,
            )  # fmt: skip
            seconds = time.perf_counter() - begin
            print(
                f"{engine}: {n:,} interactions read, scored and written in {seconds:.1f} s, {n / seconds:,.0f} a second"
            )
            rows[engine] = pl.read_parquet(folder / engine / "scores" / "*.parquet")
        is_same = rows["local"].equals(rows["spark"], null_equal=True)
        print(f"the rows are {'the same to the last bit' if is_same else 'NOT the same'}")
        if not is_same:
            raise SystemExit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else N_INTERACTIONS)
