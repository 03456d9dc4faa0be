"""The log-odds of trees and the lines of the linear part: compiled loops beside LightGBM and NumPy, one thread each.

python benchmarks/trees.py [ROWS]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import forestall
from forestall.model import compiled_loops, lines, tree_log_odds
from forestall.simulation import simulate_tables
from forestall.training.learn import learn

MODEL = Path(__file__).parents[1] / "models" / "dissatisfaction"
N_PAST = 20_000
N_TIMES = 3


def tables(n: int, seed: int) -> forestall.Tables:
    frames = simulate_tables(n, seed=seed)
    frames.pop("truth")
    return forestall.Tables(**frames)


def fastest(call: Callable[[], Any]) -> tuple[Any, float]:
    """Return the result of a call, and the seconds of the fastest of some."""
    found, seconds = call(), []
    for _ in range(N_TIMES):
        begin = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begin)
    return found, min(seconds)


def main(n: int) -> None:
    """Measure, and print the figures."""
    model = learn(tables(N_PAST, 0), forestall.read_spec(MODEL), evaluate=False, allow_small=True).model
    estimator = model.estimator
    few = estimator.encode(model.features(tables(min(n, N_PAST), 1)).drop("interaction_id", "as_of"))
    matrix = np.resize(few, (n, few.shape[1]))
    booster, linear = estimator.booster_, estimator.linear_
    print(
        f"{n:,} rows, {matrix.shape[1]} features, {booster.num_trees()} trees, one thread; microseconds a row"
    )
    calls = [("trees", lambda: tree_log_odds.tree_log_odds(booster, matrix, 1))]
    if linear is not None:
        calls.append(("lines", lambda: linear.lines(matrix)))
    for name, call in calls:
        plain, spent = {}, {}
        for way, loops in (("plain", None), ("compiled", compiled_loops)):
            tree_log_odds.loops_for = lines.loops_for = lambda _, loops=loops: loops  # type: ignore[assignment]
            plain[way], spent[way] = fastest(call)
        are_equal = np.array_equal(plain["plain"], plain["compiled"], equal_nan=True)
        print(
            f"{name}: {1e6 * spent['plain'] / n:.1f} by LightGBM or NumPy, {1e6 * spent['compiled'] / n:.1f} "
            f"compiled, {spent['plain'] / spent['compiled']:.1f} times as fast; "
            f"{'the same bits' if are_equal else 'OTHER BITS'}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
