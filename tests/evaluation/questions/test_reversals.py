"""Reversals: venues where a feature is associated with dissatisfaction in the opposite direction."""

import numpy as np
import polars as pl

from forestall.evaluation.questions.reversals import reversals


def with_manner(n: int, seed: int, odd: bool) -> pl.DataFrame:
    """Return venues where rude words go with bad ratings; at `v0`, if it is `odd`, with good ones."""
    rng = np.random.default_rng(seed)
    manner, venue = rng.normal(size=n), rng.integers(0, 6, n)
    sign = np.where((venue == 0) & odd, 1.0, -1.0)
    label = (rng.random(n) < 1 / (1 + np.exp(1.5 - 0.8 * sign * manner))).astype(int)
    return pl.DataFrame({"venue": [f"v{one}" for one in venue], "manner": manner, "label": label})


def test_only_the_venue_with_the_opposite_association_is_found():
    (found,) = reversals(with_manner(3000, 0, True), ["manner"])
    assert found.name == "v0"
    assert found.here_low > 0 > found.elsewhere
    assert sum(bool(reversals(with_manner(3000, seed, False), ["manner"])) for seed in range(10)) == 0


def test_missing_values_and_small_venues_are_not_compared():
    frame = with_manner(3000, 0, True)
    is_small = (pl.col("venue") == "v0") & (pl.int_range(pl.len()) > 500)
    assert reversals(frame.filter(~is_small), ["manner"]) == []
    missing = pl.when(pl.col("venue") == "v0").then(None).otherwise("manner")
    assert reversals(frame.with_columns(manner=missing), ["manner"]) == []
