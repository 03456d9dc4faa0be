"""The rows of some interactions, checked, with what is computed from each interaction alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import polars as pl

from forestall.data import Tables
from forestall.data.casting import cast_column
from forestall.data.whole_tables import ReadCounts, WholeTables
from forestall.moment_features.queue_facts import waits_of
from forestall.moments.records_end import LastTimes
from forestall.streaming.account import Account
from forestall.streaming.wanted import Wanted


class CheckedRows(NamedTuple):
    """The valid rows of some interactions.

    Attributes
    ----------
    tables
        The valid rows, and the rejected ones.
    moments
        The moments: `place` (of the interaction in the table) and `as_of` (microseconds).
    waits
        The queue and the wait of each interaction, and `as_of` of its moment or null: see
        `moment_features.queue_facts`. None where no queue is wanted.
    account
        Facts that add up.
    """

    tables: Tables
    moments: pl.DataFrame
    waits: pl.DataFrame | None
    account: Account


def check_rows(
    raw: Mapping[str, pl.DataFrame],
    whole: WholeTables,
    about: Mapping[str, Any],
    wanted: Wanted,
    n_interactions: int,
) -> CheckedRows:
    """Return the valid rows of some interactions.

    Parameters
    ----------
    raw
        All rows of these interactions as they came in, in their order, by table.
    whole
        What is known of the whole tables.
    about
        The content of `about.json`.
    wanted
        What is computed.
    n_interactions
        The rows of interactions in the whole table.
    """
    part_of = replace(whole, counts=ReadCounts())
    tables = Tables.of_some(raw, part_of, about={"clock": "times", **about})
    spec = wanted.spec
    if spec.label.scale is not None:
        tables = tables.reject_off_scale(*spec.label.scale)
    for name in spec.context.numbers:
        column = tables.interactions.to_dict().get(name)
        if column is not None and column.dtype == pl.String:
            cast_column(column, pl.Float64(), f"interactions.{name}", part_of)  # only counts what can be read
    end = LastTimes.of(tables, n_interactions) if wanted.end and tables.interactions.height else None
    moments = wanted.moments(tables)
    waits = _waits(tables, moments, wanted) if wanted.has_queue else None
    return CheckedRows(tables, moments, waits, Account.of(tables, part_of.counts, end))


def _waits(tables: Tables, moments: pl.DataFrame, wanted: Wanted) -> pl.DataFrame:
    known = tables
    if wanted.hidden_kind is not None:
        known = tables.replace(events=tables.events.filter(pl.col("kind") != wanted.hidden_kind))
    places = pl.int_range(tables.interactions.height, eager=True).alias("place").to_frame()
    as_of = places.join(moments, on="place", how="left", maintain_order="left")["as_of"]
    return waits_of(known).with_columns(as_of.cast(pl.Int64))
