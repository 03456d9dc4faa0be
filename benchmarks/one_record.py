"""One record scored in process: the median time of `model.score`, with a model of a small simulated company.

python benchmarks/one_record.py
"""

from __future__ import annotations

import time

import numpy as np

import forestall
from forestall.simulation import simulate_tables
from forestall.training.learn import learn

N_TIMES = 300


def main() -> None:
    """Measure and print."""
    frames = simulate_tables(4_000, seed=1)
    frames.pop("truth")
    tables = forestall.Tables(**frames)
    spec = forestall.read_spec("models/dissatisfaction")
    model = learn(tables, spec, evaluate=False, allow_small=True).model
    last = forestall.default_moments(tables)
    records = forestall.records(tables, last.head(1_000))
    many = min(_seconds(lambda: model.score(records)) for _ in range(5))
    for reasons in (False, True):
        one = [_seconds(lambda: model.score([record], reasons=reasons)) for record in records[:N_TIMES]]  # noqa: B023
        what = "with reasons" if reasons else "one record"
        print(
            f"{what:<16}median {np.median(one) * 1e3:6.2f} ms   99 %: {np.quantile(one, 0.99) * 1e3:6.2f} ms"
        )
    print(f"{'1,000 records':<16}{many * 1e3:13.1f} ms")


def _seconds(call) -> float:  # type: ignore[no-untyped-def]
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
