"""Scores that must not change by accident: what a model learnt with fixed seeds answers, kept in `tests/golden/`.

`python tests/golden_scores.py [FORESTALL_DATA]` writes them anew: only after a change that is meant to move scores, and
that the CHANGELOG names under "Changes that move scores".
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl

import forestall

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
PROJECT = HERE.parent
LIBRARIES = ("numpy", "polars", "scikit-learn", "scipy", "lightgbm", "glum", "venn-abers")
_NO_NUMBERS = ("interaction_id", "customer_id", "as_of", "reasons")

Scores = dict[str, pl.DataFrame]


def machine() -> dict[str, object]:
    """Return what floating point results depend on: versions of libraries, and the processor's instructions."""
    found = np.show_config(mode="dicts")["SIMD Extensions"]
    return {**{name: version(name) for name in LIBRARIES}, "simd": found}


def simulated() -> Scores:
    """Return scores of a simulated company, at random moments, by a model of it with the settings as shipped."""
    from companies import random_moments
    from forestall.training.learn import learn
    from refits import SHIPPED, refits

    tables = _simulated_tables(3000, 11)
    spec = forestall.read_spec(PROJECT / "models" / "dissatisfaction")
    with refits(SHIPPED):
        learnt = learn(tables, spec, allow_small=True)
    moments = random_moments(tables, 1000, seed=3)
    return _scores(learnt, tables, moments)


def deepcsat(real_data: Path) -> Scores:
    """Return scores of the DeepCSAT tickets, at their default moments, without the tickets' own names."""
    from forestall.training.learn import learn
    from refits import SHIPPED, refits

    mapping = PROJECT / "pipelines" / "mappings" / "deepcsat.yaml"
    tables = forestall.import_records(mapping, [real_data / "deepcsat" / "tickets.csv"])
    spec = forestall.read_spec(PROJECT / "models" / "deepcsat")
    with refits(SHIPPED):
        learnt = learn(tables, spec)
    moments = forestall.default_moments(tables).gather_every(20)
    return _scores(learnt, tables, moments)


def _simulated_tables(n: int, seed: int) -> forestall.Tables:
    from companies import simulate_tables

    frames = simulate_tables(n, seed)
    frames.pop("truth")
    return forestall.Tables(**frames)


def _scores(learnt, tables: forestall.Tables, moments: pl.DataFrame) -> Scores:  # type: ignore[no-untyped-def]
    def numbers(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.select(pl.exclude(*_NO_NUMBERS))

    records = forestall.records(tables, moments.head(200))
    return {
        "scores": numbers(learnt.model.score(tables, moments=moments, reasons=True)),
        "records": numbers(_polars(learnt.model.score(records, reasons=True))),
        "test": numbers(learnt.test).select(pl.col("^risk.*$")),
    }


def _polars(frame) -> pl.DataFrame:  # type: ignore[no-untyped-def]
    return frame if isinstance(frame, pl.DataFrame) else pl.from_pandas(frame)


def kept(name: str) -> Scores:
    """Return the scores that were kept under a name."""
    return {
        file.stem.partition("-")[2]: pl.read_parquet(file)
        for file in sorted(GOLDEN.glob(f"{name}-*.parquet"))
    }


def _keep(name: str, scores: Scores) -> None:
    for what, frame in scores.items():
        frame.write_parquet(GOLDEN / f"{name}-{what}.parquet", compression="zstd")


def main(real_data: Path | None) -> None:
    """Write the scores anew."""
    GOLDEN.mkdir(exist_ok=True)
    makers: dict[str, Callable[[], Scores]] = {"simulated": simulated}
    if real_data is not None:
        makers["deepcsat"] = lambda: deepcsat(real_data)
    for name, make in makers.items():
        _keep(name, make())
    (GOLDEN / "machine.json").write_text(json.dumps(machine(), indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
