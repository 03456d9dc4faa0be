"""Small tables for tests of the data report, made by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from forestall import Tables
from forestall.data_report.records import Records


def made(
    interactions: Iterable[dict[str, Any]],
    events: Iterable[tuple[Any, ...]] = (),
    feedback: Iterable[tuple[Any, ...]] = (),
    **about: Any,
) -> Records:
    """Make records of interactions, events (id, at, kind, actor, text, value) and feedback (id, rating, at)."""
    names = ("interaction_id", "at", "kind", "actor", "text", "value")
    rated = ("interaction_id", "rating", "rated_at")
    text = dict.fromkeys(("interaction_id", "at", "kind", "actor", "text", "rated_at"), pl.String)
    return Records(
        Tables(
            pl.DataFrame(list(interactions), infer_schema_length=None),
            _frame(events, names, text | {"value": pl.Float64}),
            _frame(feedback, rated, text | {"rating": pl.Float64}),
            about,
        )
    )


def _frame(rows: Iterable[tuple[Any, ...]], names: tuple[str, ...], types: dict[str, Any]) -> pl.DataFrame:
    filled = [dict(zip(names, [*row, *[None] * len(names)], strict=False)) for row in rows]
    return pl.DataFrame(filled, schema={name: types[name] for name in names})


def starts(*times: str, **columns: Any) -> list[dict[str, Any]]:
    """Make interactions a, b, c … that start at these times; a column holds one value, or a list of them."""
    rows = []
    for place, time in enumerate(times):
        own = {name: value[place] if isinstance(value, list) else value for name, value in columns.items()}
        rows.append({"interaction_id": name_of(place), "started_at": time, **own})
    return rows


def name_of(place: int) -> str:
    """Give the name of an interaction by its place: a, b and so on, i26, i27 and so on."""
    return chr(ord("a") + place) if place < 26 else f"i{place}"


def hourly(n: int, first_day: str = "2024-01-01") -> list[str]:
    """Make times that are an hour and seven seconds apart."""
    begin = pl.Series([first_day]).str.to_datetime(time_unit="us")[0]
    every = pl.datetime_range(
        begin, interval="1h7s", end=begin.replace(year=begin.year + 2), eager=True, time_unit="us"
    ).head(n)
    return every.dt.strftime("%Y-%m-%dT%H:%M:%SZ").to_list()
