"""`forestall.simulate`: a simulated data folder."""

import polars as pl
import pytest

import forestall
from forestall.errors import UsageError


def test_the_options_reach_the_simulator_and_progress_is_reported(tmp_path):
    steps = []
    rows = forestall.simulate(
        tmp_path / "data", interactions=300, seed=3, response_rate=0.5, progress=steps.append
    )
    assert rows["interactions"] == rows["truth"] == 300
    assert steps == ["simulating 300 interactions"]
    other = forestall.simulate(tmp_path / "other", interactions=300, seed=3, response_rate=0.1)
    assert other["feedback"] < rows["feedback"]
    assert forestall.read_tables(tmp_path / "data").interactions.height == 300


def test_another_seed_draws_other_people(tmp_path):
    for seed in (1, 2):
        forestall.simulate(tmp_path / str(seed), interactions=50, seed=seed)
    one, two = (pl.read_parquet(tmp_path / str(seed) / "interactions.parquet") for seed in (1, 2))
    assert not one.equals(two)


def test_a_number_out_of_its_range_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(UsageError, match="response rate must be between 0 and 1, is 2"):
        forestall.simulate(tmp_path / "data", interactions=10, response_rate=2)
    assert list(tmp_path.iterdir()) == []
