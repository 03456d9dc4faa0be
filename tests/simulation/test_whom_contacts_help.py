"""Whom a contact helps in a simulated company."""

import numpy as np
import polars as pl
import pytest

from forestall.errors import UsageError
from forestall.simulation import simulate_tables
from forestall.simulation.whom_contacts_help import ANNOYED, HELPED, LITTLE, VISIBLE_SHARES, kinds_of_help


@pytest.fixture(scope="module")
def frames():
    return simulate_tables(3000, seed=4)


def kinds(frames, helps, seed=1):
    return kinds_of_help(frames, helps, np.random.default_rng(seed))


def test_visible_facts_decide_by_other_facts_in_each_company(frames):
    found = [kinds(frames, "visible", seed) for seed in (1, 2)]
    for one in found:
        shares = [(one["help"] == kind).mean() for kind in (HELPED, LITTLE, ANNOYED)]
        assert shares == pytest.approx(VISIBLE_SHARES, abs=0.001)
    by_channel = [
        one.join(frames["interactions"], on="interaction_id").group_by("channel")
        .agg(helped=(pl.col("help") == HELPED).mean()).sort("channel")["helped"]
        for one in found
    ]  # fmt: skip
    assert by_channel[0].max() - by_channel[0].min() > 0.2
    assert not by_channel[0].equals(by_channel[1])


def test_the_same_seed_decides_by_the_same_facts_in_companies_of_unlike_size(frames):
    small = simulate_tables(2000, seed=9)
    shares = [
        kinds(one, "visible").join(one["interactions"], on="interaction_id").group_by("channel")
        .agg(helped=(pl.col("help") == HELPED).mean()).sort("channel")["helped"]
        for one in (frames, small)
    ]  # fmt: skip
    assert np.corrcoef(*shares)[0, 1] > 0.7


def test_all_alike_or_drawn_by_customer(frames):
    assert set(kinds(frames, "alike")["help"]) == {LITTLE}
    drawn = kinds(frames, "hidden").join(frames["interactions"], on="interaction_id")
    by_customer = drawn.drop_nulls("customer_id").group_by("customer_id").agg(pl.col("help").n_unique())
    assert set(by_customer["help"]) == {1}


def test_another_name_is_refused(frames):
    with pytest.raises(UsageError, match="helps must be one of hidden, visible, alike"):
        kinds(frames, "all")
