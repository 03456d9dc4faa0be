"""How rows are divided: to which bucket, part or block each goes, in one process and on Spark."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from forestall.data import Tables
from forestall.data.schemas import TABLES

DIVIDED_BY = f"polars {pl.__version__}"
"""What decides to which part a customer belongs: Polars may change its hash with its version."""


def numbers_of(keys: pl.Series, n: int) -> pl.Series:
    """Return the number from 0 to `n` - 1 of the bucket or part of each key; missing keys are spread."""
    row = pl.int_range(pl.len(), dtype=pl.UInt64)
    number = pl.when(pl.col("key").is_null()).then(row).otherwise(pl.col("key").hash(0)) % n
    return keys.alias("key").to_frame().select(number.cast(pl.UInt32)).to_series()


def parts_of(interactions: pl.DataFrame, n_parts: int) -> pl.Series:
    """Return the part of each interaction, `part`: that of its customer."""
    return numbers_of(customer_of(interactions), n_parts).alias("part")


def customer_of(interactions: pl.DataFrame) -> pl.Series:
    """Return the customer of each interaction; of an unknown customer, the interaction is a customer of its own."""
    own = pl.concat_str(pl.lit("interaction "), pl.col("interaction_id"))
    return interactions.select(pl.coalesce("customer_id", own)).to_series()


def spread(frame: pl.DataFrame, numbers: pl.Series) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield the rows of a frame by their number, in their order; many numbers take no more time than few.

    Parameters
    ----------
    frame
        The rows.
    numbers
        The number of each row.
    """
    if not frame.height:
        return
    number = numbers.alias("number").to_frame()
    order = number.select(pl.arg_sort_by("number", maintain_order=True)).to_series()
    rows, runs = frame[order], numbers.gather(order).rle()
    start = 0
    for length, value in runs.struct.unnest().iter_rows():
        yield value, rows.slice(start, length)
        start += length


def spread_tables(tables: Tables, part: pl.Series) -> Iterator[tuple[str, int, pl.DataFrame]]:
    """Yield the rows of tables by table and part: events and ratings go with their interaction.

    Parameters
    ----------
    tables
        Tables in which each event and rating has an interaction.
    part
        The part of each interaction.
    """
    of = tables.interactions.select("interaction_id").with_columns(part.alias("part"))
    for table in TABLES:
        frame: pl.DataFrame = getattr(tables, table)
        owned = frame.select("interaction_id").join(
            of, on="interaction_id", how="left", maintain_order="left"
        )
        for number, rows in spread(frame, owned["part"]):
            yield table, number, rows
