"""Interactions moment by moment, made by hand in hours of one day."""

import datetime as dt

import polars as pl

DAY = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
TIME = pl.Datetime("us", "UTC")


def at(hour: float) -> dt.datetime:
    return DAY + dt.timedelta(hours=hour)


def walk(*rows, **columns) -> pl.DataFrame:
    """Return moments (interaction, hour, risk); an interaction starts at its first moment."""
    frame = pl.DataFrame(
        [(name, at(hour), risk) for name, hour, risk in rows],
        schema={"interaction_id": pl.String, "as_of": TIME, "risk": pl.Float64},
        orient="row",
    )
    whole = {
        "customer_id": pl.col("interaction_id"),
        "started_at": pl.col("as_of").min().over("interaction_id"),
        "stage": pl.lit("arrived"),
        "label": pl.lit(None, dtype=pl.Int8),
        "complained_at": pl.lit(None, dtype=TIME),
        "bad_at": pl.lit(None, dtype=TIME),
    }
    return frame.with_columns(**(whole | columns))
