"""How fast contributions are: LightGBM's and woodelf's by number of rows, and whole scores with reasons.

python benchmarks/reasons.py [ROWS]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import forestall
from forestall.model import tree_contributions as module
from forestall.simulation import simulate_tables
from forestall.training.learn import learn

N_PAST = 30_000


def tables(n: int, seed: int) -> forestall.Tables:
    frames = simulate_tables(n, seed=seed)
    frames.pop("truth")
    return forestall.Tables(**frames)


def seconds(run: Callable[[], Any]) -> float:
    """Return the seconds of a call."""
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def main(n: int) -> None:
    """Train, and print rows a second."""
    model = learn(tables(N_PAST, 1), forestall.read_spec("models/dissatisfaction"), evaluate=False).model
    new = tables(n, 2)
    estimator, many_rows = model.estimator, module.MANY_ROWS
    matrix = estimator.encode(model.features(new).select(list(model.columns)))
    n_threads = estimator._n_threads(n)
    print(f"{estimator.booster_.num_trees()} trees, {matrix.shape[1]} features, {n_threads} threads")
    print(f"{'rows':>9}{'LightGBM, rows/s':>20}{'woodelf, rows/s':>20}{'largest difference':>20}")
    for rows in (500, 1000, 2000, 4000, 8000, 16_000, n):
        some = matrix[:rows]
        found: dict[str, Any] = {}
        speed = {}
        for name, least in (("LightGBM", 10**9), ("woodelf", 0)):
            if name == "LightGBM" and rows > 16_000:
                continue
            module.MANY_ROWS = least
            took = seconds(
                lambda name=name, some=some, found=found: found.update(
                    {name: module.tree_contributions(estimator.booster_, some, n_threads)}
                )
            )
            speed[name] = f"{rows / took:,.0f}"
        off = f"{np.abs(found['LightGBM'] - found['woodelf']).max():.1e}" if "LightGBM" in found else "-"
        print(f"{rows:>9,}{speed.get('LightGBM', '-'):>20}{speed['woodelf']:>20}{off:>20}")
    module.MANY_ROWS = many_rows
    for asked, what in ((False, "scores"), (True, "scores with reasons")):
        busy = time.process_time()
        took = seconds(lambda asked=asked: model.score(new, reasons=asked))
        busy = time.process_time() - busy
        print(f"{what}: {n / took:,.0f} interactions a second, {busy:.1f} s of processor time for {n:,}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
