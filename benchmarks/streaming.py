"""Scoring a million and ten million interactions: time, peak memory, and where the time goes.

    python benchmarks/streaming.py [INTERACTIONS …] [--events-of INTERACTIONS]

The data are one simulated company (of 200,000 interactions, or `--events-of`), repeated further and further back in
time with other customers and keys, at the same venues. Each size is scored in a process of its own. Beside it, in
another process: reading the same tables, `Booster.predict` on ready rows, and writing the same score rows.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

import forestall

PROJECT = Path(__file__).parents[1]
SIZES = (1_000_000, 10_000_000)
TRAINED_ON = 20_000
READY_ROWS = 100_000
# runs a script and prints its peak memory; that of `wait4` is at least what the starting process had
RUNNER = """
import re, resource, runpy, sys
from pathlib import Path
sys.argv = sys.argv[1:]
sys.path.insert(0, str(Path(sys.argv[0]).parent))
runpy.run_path(sys.argv[0], run_name="__main__")
own = Path("/proc/self/status")
if own.exists():
    print(int(re.search(r"VmHWM:\\s+(\\d+) kB", own.read_text())[1]) / 2**20)
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak / (2**30 if sys.platform == "darwin" else 2**20))
"""
MOST_YEARS = 20  # further back, times would be before 1990, which the import rejects
AS_OF_END = "2026-12-31T00:00:00Z"


def repeated(source: Path, target: Path, n: int) -> None:
    """Write a data folder of at least `n` interactions: the company of `source`, repeated."""
    interactions = pl.read_parquet(source / "interactions.parquet")
    times = interactions["started_at"]
    span = timedelta(days=(times.max() - times.min()).days + 2)  # type: ignore[operator, union-attr]
    for copy in range(-(-n // interactions.height)):
        for table in ("interactions", "events", "feedback"):
            frame = pl.read_parquet(source / f"{table}.parquet")
            own = [name for name in ("interaction_id", "customer_id") if name in frame.columns]
            moved = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime)]
            round_, year = divmod(copy, MOST_YEARS)
            frame = frame.with_columns(
                *[pl.col(name) + f"-{copy}" for name in own], *[pl.col(name) - span * year for name in moved]
            )
            if round_ and "venue" in frame.columns:
                frame = frame.with_columns(pl.col("venue") + f"-{round_}")
            (target / table).mkdir(parents=True, exist_ok=True)
            frame.write_parquet(target / table / f"part-{copy:05d}.parquet")
    (target / "about.json").write_text(json.dumps({"exported_at": AS_OF_END}), encoding="utf-8")


def measured(*arguments: str, script: str = __file__) -> tuple[dict[str, Any], float]:
    """Run a step of a script in a process, and return what it says and its peak memory in GiB."""
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen([sys.executable, "-c", RUNNER, script, *arguments], stdout=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(arguments)} failed")
        said.seek(0)
        *_, said_last, memory = said.read().splitlines()
    return json.loads(said_last) | {"cpu": usage.ru_utime + usage.ru_stime}, float(memory)


def timed(function: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    """Return a function that also notes how long it took."""

    def call(*arguments: Any, **options: Any) -> Any:
        begin = time.perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            spent.append(time.perf_counter() - begin)

    return call


def score(model: str, data: str, output: str) -> None:
    """Score a data folder, and print the seconds of each step."""
    from forestall.model import predictor
    from forestall.publishing import Publication

    trees: list[float] = []
    writing: list[float] = []
    predictor.tree_log_odds = timed(predictor.tree_log_odds, trees)  # type: ignore[attr-defined]
    Publication.write_part = timed(Publication.write_part, writing)  # type: ignore[method-assign]
    begin, steps = time.perf_counter(), []
    result = forestall.score(
        model,
        data,
        output=output,
        contacts=100,
        progress=lambda step: steps.append((step, time.perf_counter())),
    )
    end = time.perf_counter()
    scoring = next(at for step, at in steps if step.startswith("scoring"))
    said = {
        "interactions": result.figures["rows_in_sources"],
        "seconds": end - begin,
        "reading and checking": scoring - begin,
        "scoring": end - scoring,
        "trees": sum(trees),
        "writing": sum(writing),
    }
    print(json.dumps(said))


def beside(model: str, data: str, output: str) -> None:
    """Read the tables, predict as many ready rows, write the same score rows, and print the seconds."""
    found = forestall.load(model).risk_model
    folder, spent = Path(data), {}
    begin = time.perf_counter()
    n = 0
    for table in ("interactions", "events", "feedback"):
        for file in sorted((folder / table).glob("*.parquet")):
            height = pl.read_parquet(file).height
            n += height if table == "interactions" else 0
    spent["reading"] = time.perf_counter() - begin
    matrix = ready_matrix(found, folder)
    begin = time.perf_counter()
    for first in range(0, n, READY_ROWS):
        found.estimator.booster_.predict(matrix[: min(READY_ROWS, n - first)], raw_score=True)
    spent["Booster.predict"] = time.perf_counter() - begin
    copies = Path(output).with_name("written-again")
    copies.mkdir()
    spent["writing"] = 0.0
    for part in sorted((Path(output) / "scores").glob("*.parquet")):
        rows = pl.read_parquet(part)
        begin = time.perf_counter()
        rows.write_parquet(copies / part.name)
        spent["writing"] += time.perf_counter() - begin
    shutil.rmtree(copies)
    print(json.dumps(spent))


def ready_matrix(model: Any, folder: Path) -> Any:
    """Return the encoded features of the first part's interactions."""
    from forestall.data import Tables

    interactions = pl.read_parquet(folder / "interactions" / "part-00000.parquet").head(READY_ROWS)
    tables = Tables(interactions, *(
        pl.read_parquet(folder / table / "part-00000.parquet").join(interactions, on="interaction_id", how="semi")
        for table in ("events", "feedback")
    ), about={"exported_at": AS_OF_END})  # fmt: skip
    matrix = model.estimator.encode(model.features(tables).drop("interaction_id", "as_of"))
    return matrix[[row % len(matrix) for row in range(READY_ROWS)]]


def trained(top: Path, n: int) -> str:
    """Train a model on `n` interactions in the folder `top`, and return its address."""
    forestall.simulate(top / "training", interactions=n, seed=1)
    os.chdir(top)
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{top}/mlflow.db"
    report = forestall.train(
        top / "training", PROJECT / "models" / "dissatisfaction", register=False, allow_small=True
    )
    return f"runs:/{report.run_id}/model"


def main(sizes: list[int], of: int) -> None:
    """Make the data, score each size, and print the figures."""
    with tempfile.TemporaryDirectory() as made:
        top = Path(made)
        forestall.simulate(top / "base", interactions=of, seed=2)
        model = trained(top, min(TRAINED_ON, of))
        first: tuple[float, float] | None = None
        for n in sizes:
            data, output = top / "data", top / "output"
            repeated(top / "base", data, n)
            said, memory = measured("score", model, str(data), str(output))
            plain, _ = measured("beside", model, str(data), str(output))
            plain.pop("cpu")
            each = said["seconds"] / said["interactions"]
            print(f"\n{said['interactions']:,} interactions: {said['seconds']:.1f} s, {1 / each:,.0f} a second, "
                  f"{said['cpu']:.1f} s of all cores, peak memory {memory:.2f} GiB")  # fmt: skip
            print(f"  reading and checking {said['reading and checking']:.1f} s, scoring {said['scoring']:.1f} s "
                  f"(in all threads: trees {said['trees']:.1f} s, writing {said['writing']:.1f} s)")  # fmt: skip
            print(f"  {said['seconds'] / sum(plain.values()):.2f} x (" + ", ".join(
                f"{name} {seconds:.1f} s" for name, seconds in plain.items()) + ")")  # fmt: skip
            if first is not None:
                print(f"  {memory / first[0]:.2f} x the memory and {each / first[1]:.2f} x the time an interaction of "
                      "the first size", flush=True)  # fmt: skip
            first = first or (memory, each)
            shutil.rmtree(data)
            shutil.rmtree(output)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in ("score", "beside"):
        {"score": score, "beside": beside}[sys.argv[1]](*sys.argv[2:])
    else:
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
        parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
        parser.add_argument("--events-of", type=int, default=200_000)
        given = parser.parse_args()
        main(list(given.sizes), given.events_of)
