"""Names as whole numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from forestall.moments.timeline import Ints

_FEW = 1000  # so few names are looked up one by one, which costs less than a join


def codes(keys: pl.Series) -> tuple[Ints, list[str]]:
    """Return each key's place among the sorted known keys (-1 where null), and those keys."""
    known = keys.drop_nulls().unique().sort().to_list()
    return places_in(keys, {key: place for place, key in enumerate(known)}), known


def places_in(keys: pl.Series, places: Mapping[str, int]) -> Ints:
    """Return each key's place, -1 where it is null or has none."""
    if len(keys) < _FEW:
        return np.array([places.get(key, -1) for key in keys.to_list()], dtype=np.int64)
    table = pl.DataFrame({"key": list(places), "place": list(places.values())}, schema={"key": pl.String, "place": pl.Int64})
    found = keys.cast(pl.String).rename("key").to_frame().join(table, on="key", how="left", maintain_order="left")
    return found["place"].fill_null(-1).to_numpy()
