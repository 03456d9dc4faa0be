"""How fast contributions are: LightGBM's and the compiled loop's by number of rows, and whole scores with reasons.

python benchmarks/reasons.py [ROWS]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import forestall
from forestall.model import many_rows
from forestall.model.tree_contributions import tree_contributions
from forestall.simulation import simulate_tables
from forestall.training.learn import learn

N_PAST = 30_000
MOST_BY_LIGHTGBM = 16_000


def tables(n: int, seed: int) -> forestall.Tables:
    frames = simulate_tables(n, seed=seed)
    frames.pop("truth")
    return forestall.Tables(**frames)


def seconds(run: Callable[[], Any]) -> float:
    """Return the seconds of a call."""
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def compare(booster: Any, matrix: np.ndarray, n_threads: int) -> None:
    """Print rows a second of LightGBM and of the compiled loop, by the number of rows."""
    many_rows.compile_ahead()
    print(f"{'rows':>9}{'LightGBM, rows/s':>20}{'compiled, rows/s':>20}{'largest difference':>20}")
    for n in (100, 1000, MOST_BY_LIGHTGBM, len(matrix)):
        some, found = matrix[:n], {}
        took = seconds(
            lambda some=some, found=found: found.update(own=tree_contributions(booster, some, n_threads))
        )
        own, other, off = f"{n / took:,.0f}", "-", "-"
        if n <= MOST_BY_LIGHTGBM:
            by_lightgbm = lambda some=some: booster.predict(some, pred_contrib=True, num_threads=n_threads)  # noqa: E731
            took = seconds(lambda found=found, ask=by_lightgbm: found.update(other=ask()))
            other, off = f"{n / took:,.0f}", f"{np.abs(found['own'] - found['other']).max():.1e}"
        print(f"{n:>9,}{other:>20}{own:>20}{off:>20}")


def main(n: int) -> None:
    """Train, and print rows a second."""
    model = learn(tables(N_PAST, 1), forestall.read_spec("models/dissatisfaction"), evaluate=False).model
    new = tables(n, 2)
    estimator = model.estimator
    matrix = estimator.encode(model.features(new).select(list(model.columns)))
    n_threads = estimator._n_threads(n)
    print(f"{estimator.booster_.num_trees()} trees, {matrix.shape[1]} features, {n_threads} threads")
    compare(estimator.booster_, matrix, n_threads)
    for asked, what in ((False, "scores"), (True, "scores with reasons")):
        busy = time.process_time()
        took = seconds(lambda asked=asked: model.score(new, reasons=asked))
        busy = time.process_time() - busy
        print(f"{what}: {n / took:,.0f} interactions a second, {busy:.1f} s of processor time for {n:,}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
