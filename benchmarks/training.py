"""A whole training: its time, its processor time and its peak memory.

python benchmarks/training.py [INTERACTIONS]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import forestall
from forestall.simulation import simulate

MODEL = Path("models/dissatisfaction").absolute()


def main(n: int) -> None:
    """Simulate, train and print."""
    with tempfile.TemporaryDirectory() as name:
        simulate(Path(name, "data"), n, seed=1)
        begin, busy = time.perf_counter(), time.process_time()
        report = forestall.train(Path(name, "data"), MODEL, tracking_uri=f"sqlite:///{name}/mlflow.db")
        took, busy = time.perf_counter() - begin, time.process_time() - busy
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{n:,} interactions ({report.counts['labelled']:,} rated): {took:.0f} s, {busy:.0f} s of all cores, "
        f"{memory:.1f} GiB, with report, model card and package"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
