"""Simulated tables and visits that several tests read."""

import polars as pl
import pytest

from forestall.simulation import simulate_tables
from forestall.simulation.visits import draw_visits
from forestall.simulation.world import Columns


@pytest.fixture(scope="session")
def tables() -> dict[str, pl.DataFrame]:
    return simulate_tables(12_000, seed=1)


@pytest.fixture(scope="session")
def visits() -> Columns:
    return draw_visits(40_000, seed=2, response_rate=0.33)
