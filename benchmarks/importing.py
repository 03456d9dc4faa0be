"""Import of a CSV file of a million rows beside Polars' own reader, and of the event logs of the real data.

Each import runs in a process of its own, so that its peak memory is its own. Times are of the wall clock.

python benchmarks/importing.py [ROWS]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

MAPPING = """timezone: Europe/Copenhagen
interactions:
  interaction_id: Id
  started_at: {column: Opened, format: "%d/%m/%Y %H:%M:%S"}
  channel: Channel
  venue: Team
  customer_id: Customer
  price: Price
events:
  - {kind: issue_raised, at: {after: started_at}, actor: customer, text: Subject}
  - {kind: responded, at: {column: Answered, format: "%d/%m/%Y %H:%M:%S"}, actor: staff}
  - {kind: closed, at: {column: Closed, format: "%d/%m/%Y %H:%M:%S"}, actor: system}
feedback: {rating: CSAT}
"""
LOG = 'event_log: {case: "case:concept:name", activity: "concept:name", timestamp: "time:timestamp"}\n'
IMPORT = (
    "import sys, forestall; forestall.import_records(*sys.argv[1:3], output=sys.argv[3], max_rejected=1.0)"
)
READ = "import sys, polars; polars.read_csv(sys.argv[2], infer_schema=False)"
LOGS = ("logs/road_fines.xes.gz", "logs/bpi2013_incidents.xes.gz", "helpdesk/helpdesk.xes.gz")


def main(n: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "mapping.yaml").write_text(MAPPING)
        (folder / "log.yaml").write_text(LOG)
        write_tickets(folder / "tickets.csv", n)
        size = (folder / "tickets.csv").stat().st_size / 1e6
        plain, _ = run(READ, folder / "mapping.yaml", folder / "tickets.csv", folder / "none")
        seconds, memory = run(IMPORT, folder / "mapping.yaml", folder / "tickets.csv", folder / "data")
        print(f"{n:,} rows of CSV, {size:.0f} MB   {seconds:5.1f} s   {memory:5.2f} GiB", end="   ")
        print(f"{seconds / plain:.1f} times Polars' reader, whose cells stay text ({plain:.1f} s)")
        root = Path(os.environ.get("FORESTALL_DATA", "/nowhere"))
        for log in LOGS:
            if (root / log).is_file():
                seconds, memory = run(IMPORT, folder / "log.yaml", root / log, folder / Path(log).stem)
                print(f"{Path(log).name:<30}{seconds:5.1f} s   {memory:5.2f} GiB")


def write_tickets(file: Path, n: int) -> None:
    """Write made-up tickets: local times, day first, quoted texts, a third without a rating."""
    draw = np.random.default_rng(7)
    opened = np.datetime64("2025-01-01T00:00:00", "us") + draw.integers(0, 300 * 86_400, n) * np.timedelta64(
        1_000_000, "us"
    )
    later = {name: opened + draw.integers(low, high, n) * np.timedelta64(1_000_000, "us") for name, low, high in (
        ("Answered", 10, 5_000), ("Closed", 6_000, 90_000),
    )}  # fmt: skip
    texts = ["My order, the blue one, has not come", "Where is it?", 'I want to return this: "it" is broken']
    frame = pl.DataFrame(
        {
            "Id": np.arange(n),
            "Opened": opened,
            **later,
            "Channel": draw.choice(["phone", "chat", "email"], n),
            "Team": draw.choice([f"team {i}" for i in range(40)], n),
            "Customer": draw.integers(0, n // 5 + 1, n),
            "Price": (draw.random(n) * 100).round(2),
            "Subject": draw.choice(texts, n),
            "CSAT": pl.Series(draw.integers(-2, 6, n)).clip(0).replace({0: None}),
        }
    )
    frame.with_columns(pl.col("Opened", *later).dt.to_string("%d/%m/%Y %H:%M:%S")).write_csv(file)


def run(code: str, *arguments: Path) -> tuple[float, float]:
    """Return the seconds and the peak memory in GiB of a process of Python."""
    begin = time.perf_counter()
    measured = f"{code}\nimport resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    command = [sys.executable, "-c", measured, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - begin, int(done.stdout.split()[-1]) / 2**20


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
