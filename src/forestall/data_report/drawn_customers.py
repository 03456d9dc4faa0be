"""Drawn customers, on whose interactions coverage is measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.data_report.records import tables_of
from forestall.moments.seeded_draws import SeededDraws

_SEED = 7


def drawn_tables(tables: Tables, n_max: int) -> Tables:
    """Return the tables of at most `n_max` interactions: all those of drawn customers, whose past stays whole.

    Customers with more interactions than there is room for are passed over. If less than half of `n_max` is reached so,
    because few customers have most interactions, drawn interactions of the others fill the rest.
    """
    rows = tables.interactions
    if rows.height > n_max:
        who = rows.select(who=pl.coalesce("customer_id", "interaction_id"))
        counts = who.group_by("who").len("n")
        counts = counts[_drawn_order(counts["who"])]
        fits = _fitting(counts["n"].to_list(), n_max)
        is_drawn = who["who"].is_in(counts["who"].filter(fits).implode())
        n_drawn = int(is_drawn.sum())
        if n_drawn < n_max / 2:
            others = rows["interaction_id"].filter(~is_drawn)
            filling = others[_drawn_order(others)].head(n_max - n_drawn)
            is_drawn |= rows["interaction_id"].is_in(filling.implode())
        rows = rows.filter(is_drawn)
    drawn = tables_of(tables, rows)
    drawn.frames = "polars"
    return drawn


def _drawn_order(names: pl.Series) -> np.ndarray:
    """Return the places of names in the order in which they are drawn."""
    return np.argsort(SeededDraws(names, _SEED).uniform("drawn for coverage"), kind="stable")


def _fitting(sizes: Sequence[int], room: int) -> list[bool]:
    """Return which sizes are taken, in their order, if each that fits into what is left of the room is taken."""
    fits = []
    for size in sizes:
        fits.append(size <= room)
        room -= size if fits[-1] else 0
    return fits
