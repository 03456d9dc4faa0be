"""Features and monitoring of large data: time and peak memory, in parts and with all tables in memory.

    python benchmarks/parts.py [INTERACTIONS ...]

The data are one simulated company, repeated as in `streaming.py`; monitoring compares two of them. Each step is a
process of its own. The first size is also computed with all tables in memory. Last, the verdict on a sample: a
reference and current data of 10,000 interactions.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import forestall
from forestall.jobs.features import write_features
from forestall.streaming import source
from streaming import measured, repeated, trained

SIZES = (100_000, 1_000_000)
COMPANY, TRAINED_ON, SAMPLE = (
    60_000,
    20_000,
    10_000,
)  # more copies of a smaller company would have venues of their own
SMALLEST_PARTS = 8


def step(job: str, model: str, before: str, now: str, output: str, n_part: str) -> None:
    """Do a job in parts of `n_part` interactions, and print the seconds and what it found."""
    source.PART_INTERACTIONS, source.PART_EVENTS = int(n_part), 13 * int(n_part)
    begin = time.perf_counter()
    said: dict[str, Any] = {}
    if job == "features":
        said["n"] = write_features(before, f"{output}/features.parquet", model=model).n_moments
    else:
        found = forestall.monitor(model, before, now, output=f"{output}/monitor").monitoring
        said["verdict"] = found.verdict
    print(json.dumps({**said, "seconds": time.perf_counter() - begin}))


def show(title: str, job: str, model: str, before: Path, now: Path, n_part: int) -> None:
    """Do a job in a process, and print its figures."""
    with tempfile.TemporaryDirectory() as output:
        said, memory = measured(
            "step", job, model, str(before), str(now), output, str(n_part), script=__file__
        )
    found = said.get("verdict") or f"{said['n']:,} moments"
    print(f"{job:<9}{title:<34}{said['seconds']:7.1f} s  {said['cpu']:7.1f} s of all cores  {memory:5.2f} GiB  {found}",
          flush=True)  # fmt: skip


def main(sizes: list[int]) -> None:
    """Make the data, do both jobs at each size, and print the figures."""
    with tempfile.TemporaryDirectory() as made:
        top = Path(made)
        for seed, name in ((2, "before"), (3, "now")):
            forestall.simulate(top / f"company-{name}", interactions=min(COMPANY, *sizes), seed=seed)
        model = trained(top, min(TRAINED_ON, *sizes))
        data = [top / name for name in ("before", "now")]
        for number, n in enumerate(sizes):
            for one in data:
                repeated(top / f"company-{one.name}", one, n)
            for job in ("features", "monitor"):
                if not number:
                    show(f"{n:,}, in memory", job, model, *data, 100 * n)
                n_part = min(source.PART_INTERACTIONS, n // SMALLEST_PARTS)
                show(f"{n:,}, in parts of {n_part:,}", job, model, *data, n_part)
            for one in data:
                shutil.rmtree(one)
        for seed, name in ((2, "before"), (3, "now")):
            forestall.simulate(top / f"sample-{name}", interactions=SAMPLE, seed=seed)
        samples = [top / f"sample-{one.name}" for one in data]
        show(f"{SAMPLE:,}, in memory", "monitor", model, *samples, 100 * SAMPLE)


if __name__ == "__main__":
    if sys.argv[1:2] == ["step"]:
        step(*sys.argv[2:])
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
