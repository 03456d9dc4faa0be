"""A scoring job on a cluster of two machines, in which a speculative attempt overtakes the first one of a task.

    python speculative_job.py MASTER MODEL TRACKING_URI DATA FOLDER

The first attempt of one part writes its file, and then waits until a second attempt of the part has written another.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import forestall
from forestall.data.plausible_times import latest_time
from forestall.spark.scored_files import ScoredPart, publishing
from forestall.spark.scoring import SparkParts
from forestall.spark.stages import Stages
from forestall.streaming.median import NumberFile
from forestall.streaming.source import Source
from forestall.streaming.wanted import Wanted

LONGEST_S = 240
SPECULATION = {
    "spark.ui.enabled": "false",
    "spark.cores.max": "2",
    "spark.executor.cores": "1",
    "spark.executor.memory": "600m",
    "spark.speculation": "true",
    "spark.speculation.interval": "100ms",
    "spark.speculation.multiplier": "1.1",
    "spark.speculation.quantile": "0.25",
    "spark.speculation.efficiency.enabled": "false",
}


def overtaken(whole: Callable[..., Any], folder: Path) -> Callable[..., Any]:
    """Return `Stages.working` in which two attempts at part 0 compute it, and the second ends first."""

    def working(self: Stages, stage: str) -> Callable[[Iterator[Any]], Iterator[Any]]:
        run, marks, longest_s = whole(self, stage), str(folder), LONGEST_S

        def waiting(batches: Iterator[Any]) -> Iterator[Any]:
            from pathlib import Path
            from time import monotonic, sleep

            from pyspark import TaskContext

            answer, context = list(run(batches)), TaskContext.get()
            if stage == "score" and context.partitionId() == 0:
                attempt, end = context.attemptNumber(), monotonic() + longest_s
                other = Path(marks) / ("1" if attempt == 0 else "0")
                (Path(marks) / str(attempt)).touch()
                # an attempt that is still computing would be ended, and leave nothing
                while not other.exists() and monotonic() < end:
                    sleep(0.1)
                if attempt == 0:
                    sleep(2)  # the other attempt is told to the driver first
            yield from answer

        return waiting

    return working


def main(master: str, model_uri: str, tracking_uri: str, data: str, folder: Path) -> None:
    """Score, and print what was published."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(master)
    for name, value in SPECULATION.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    model = forestall.load(model_uri, tracking_uri).risk_model
    marks, target, out = (folder / name for name in ("marks", "target", "out"))
    for one in (marks, target, out):
        one.mkdir(parents=True)
    Stages.working = overtaken(Stages.working, marks)  # type: ignore[method-assign]
    source = Source.open(data)
    published: list[int] = []

    def publish(number: int, file: Path) -> None:
        published.append(number)
        file.replace(out / f"part-{number:05d}.parquet")

    begin = time.monotonic()
    with SparkParts.of(spark, source, Wanted.by(model), latest_time(source.about), 100) as parts:
        shared = parts.shared(NumberFile(folder / "values"))
        with publishing(target, publish) as files:
            done: list[ScoredPart] = parts.score(model, shared, target)
        for part in done:
            files.take(part)
    attempts = sorted(mark.name for mark in marks.iterdir())
    left = len(list(target.glob("*.parquet")))
    print(
        json.dumps(
            {
                "attempts": attempts,
                "published": sorted(published),
                "left": left,
                "s": time.monotonic() - begin,
            }
        )
    )
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:5], Path(sys.argv[5]))  # type: ignore[arg-type]
