"""Online equals batch: random moments scored from the tables, and over HTTP from records made of them.

python benchmarks/serving_moments.py simulated
python benchmarks/serving_moments.py deepcsat
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import polars as pl

import forestall
from forestall.importing import import_tables
from forestall.registry import load
from serving_company import ROOT, learnt, registry, simulated

N_MOMENTS = 1_000
BATCH = 200


def main(what: str, n: int = N_MOMENTS) -> None:
    """Score both ways, and print how far apart they are."""
    from servers import forestall_serve

    tables = simulated(6_000, seed=4) if what == "simulated" else _deepcsat()
    moments = random_moments(tables, n)
    with registry() as store:
        store.register(learnt(tables, "dissatisfaction" if what == "simulated" else what), "bench-risk")
        model = load("models:/bench-risk/1", store.tracking_uri)
        batch = model.score(tables, moments=moments)["dissatisfaction_risk"].to_list()
        records = forestall.records(tables, moments)
        with forestall_serve("models:/bench-risk/1", store.tracking_uri, store.folder / "log") as server:
            online = [
                risk
                for begin in range(0, n, BATCH)
                for risk in server.score(records[begin : begin + BATCH]).risks
            ]
    assert [risk is None for risk in batch] == [risk is None for risk in online]
    pairs = np.array([pair for pair in zip(batch, online, strict=True) if pair[0] is not None])
    furthest = np.abs(pairs[:, 0] - pairs[:, 1]).max()
    print(
        f"{n:,} random moments of {what}: {len(pairs):,} scored both ways, {n - len(pairs):,} abstained both ways; "
        f"{len(np.unique(pairs[:, 0])):,} different risks; furthest apart {furthest:.1e}"
    )
    assert furthest <= 1e-12


def random_moments(tables: forestall.Tables, n: int) -> pl.DataFrame:
    """Return moments at random times between the start of an interaction and a day after its default moment."""
    rng = np.random.default_rng(11)
    last = forestall.default_moments(tables).join(
        tables.interactions.select("interaction_id", "started_at"), on="interaction_id"
    )
    drawn = last[rng.integers(0, last.height, 2 * n).tolist()]
    share = pl.Series(rng.choice([0, 0.1, 0.5, 0.9, 1, 1.5], 2 * n))
    spread = (pl.col("as_of") - pl.col("started_at")).dt.total_microseconds() * share
    at = pl.col("started_at") + pl.duration(microseconds=spread.cast(pl.Int64))
    return drawn.select("interaction_id", as_of=at).unique(maintain_order=True).head(n)


def _deepcsat() -> forestall.Tables:
    source = Path(os.environ.get("FORESTALL_DATA", "data")) / "deepcsat" / "tickets.csv"
    return import_tables(ROOT / "pipelines" / "mappings" / "deepcsat.yaml", [source])


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
