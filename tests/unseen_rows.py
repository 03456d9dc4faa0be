"""Made-up rows in the shapes of tables never seen before, and what `--suggest` makes of them."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import yaml

from forestall.importing.suggest import suggest_mapping

FIRST = datetime(2026, 1, 5, 8)
N = 200


def rows_of(**columns: list[Any]) -> pl.DataFrame:
    """Give columns as a CSV reader does: text, empty cells null."""
    return pl.DataFrame(
        {
            name: [None if cell in (None, "") else str(cell) for cell in cells]
            for name, cells in columns.items()
        },
        schema=dict.fromkeys(columns, pl.String),
    )


def suggested(
    tables: pl.DataFrame | dict[str, pl.DataFrame],
) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Give mapping, model and questions for tables; a single one is called `tickets`."""
    found = suggest_mapping({"tickets": tables} if isinstance(tables, pl.DataFrame) else tables)
    return yaml.safe_load(found.mapping), yaml.safe_load(found.model), found.questions


def named(mapping: dict[str, Any], model: dict[str, Any]) -> set[str]:
    """Give the columns of `context` in the model."""
    return {*model["context"]["categorical"], *model["context"]["numeric"]}


def starts(seed: int = 0) -> list[datetime]:
    draw = random.Random(seed)
    return sorted(FIRST + timedelta(minutes=draw.randrange(120 * 24 * 60)) for _ in range(N))
