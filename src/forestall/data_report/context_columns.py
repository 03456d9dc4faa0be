"""The further columns that a model lists under `context`: whether they are there, and hold what it says."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from forestall.data import Tables
from forestall.data.schemas import column_types
from forestall.data_report.finding import MAPPING, MODEL, Finding, shown_name, yaml_line
from forestall.errors import InputError
from forestall.model import Spec
from forestall.model.context import Context
from forestall.model.input_tables import with_types
from forestall.model.near_fields import near_fields
from forestall.reporting.text.formats import number

_MAX_NAMED = 8


def with_context(tables: Tables, spec: Spec | None) -> tuple[Tables, list[Finding]]:
    """Return tables whose context columns have the types of the model, and what is wrong with them.

    A column that the tables lack stays away. One of which no value is a number, though it is listed as numeric, has
    no value.
    """
    if spec is None:
        return tables, list(_misspelt(tables, set()))
    found = [*_missing(spec, tables), *_misspelt(tables, set(spec.context.holds))]
    for name, holds in spec.context.holds.items():
        if name not in tables.interactions.columns:
            continue
        own = Context(categorical=[name]) if holds == "text" else Context(numeric=[name])
        try:
            tables = with_types(tables, own)
        except InputError:
            found.append(_no_number(name))
            empty = pl.lit(None, pl.Float64).alias(name)
            tables = tables.replace(interactions=tables.interactions.with_columns(empty))
    return tables, found


def _misspelt(tables: Tables, read: set[str]) -> Iterator[Finding]:
    """Yield empty columns of the data folder beside a further column of nearly the same name, which nothing reads."""
    for table, frame in (("interactions", tables.interactions), ("events", tables.events)):
        known = column_types(table)
        filled = [
            name for name in frame.columns if name not in known or frame[name].null_count() < frame.height
        ]
        for name, near in near_fields(filled, {*known, *read}):
            if near not in read and near not in tables.about.get("known_at", {}):
                yield Finding(
                    "coverage",
                    "warning",
                    f"The {table} have no value of {name}, but a column {shown_name(near)}.",
                    f"Features read {name}. If it is the same, rename the column, or map it.",
                    MAPPING,
                    yaml_line(table, {name: near}) if table == "interactions" else "",
                )


def _missing(spec: Spec, tables: Tables) -> Iterator[Finding]:
    """Yield the columns that the model lists and the interactions do not have."""
    missing = [name for name in spec.context.holds if name not in tables.interactions.columns]
    if missing:
        yield Finding(
            "coverage",
            "error",
            f"model.yaml lists {number(len(missing))} columns under context that the interactions do not "
            f"have: {', '.join(shown_name(name) for name in missing[:_MAX_NAMED])}.",
            "Training stops. Import the columns, or take them out of context.",
            MAPPING,
            yaml_line("keep", missing[:_MAX_NAMED]),
        )


def _no_number(name: str) -> Finding:
    return Finding(
        "coverage",
        "error",
        f"model.yaml lists {shown_name(name)} under context.numeric, and none of its values is a number.",
        "Training stops. List it under categorical, or import it as numbers.",
        MODEL,
        yaml_line("context", {"categorical": [name]}),
    )
