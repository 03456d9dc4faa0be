"""The page of the features, from their declarations."""

from __future__ import annotations

import polars as pl

import forestall
from forestall.moment_features import FAMILIES
from tables import code, markdown_table

INTRODUCTION = """# Features

This page is generated from the features' declarations; in Python `forestall.dictionary()` returns the same table.

Each feature is computed at a moment, from facts known at or before it. A feature is null where the company has never
recorded what it needs: unobserved is not zero.

*Direction* is a constraint on the model: `+` means that a higher value never lowers the risk, `−` that it never raises
the risk. Without a sign the model is free. *Range* is checked for every feature.
"""
OF_CALENDARS = (
    "With `calendars` in `model.yaml` also, in [business time](../guide/features.md#business-time):"
)
OF_SEVERAL_RATINGS = (
    "If interactions are rated more than once also, from [earlier ratings](../guide/labels.md) of the same "
    "interaction:"
)
OF_TEXTS = "If [learnt scores of texts](../guide/words.md) tell more than the other features also:"
_ONLY_WITH = (
    ("learnt texts", OF_TEXTS),
    ("several ratings", OF_SEVERAL_RATINGS),
    ("calendars", OF_CALENDARS),
)


def page() -> str:
    """Return the page in Markdown."""
    every = forestall.dictionary()
    parts = [INTRODUCTION, _overview(every)]
    for family in FAMILIES:
        own = every.filter(pl.col("family") == family.name)
        parts += [f"## {family.name}", family.description, _table(own.filter(pl.col("needs").is_null()))]
        for needs, words in _ONLY_WITH:
            some = own.filter(pl.col("needs") == needs)
            if some.height:
                parts += [words, _table(some)]
    return "\n\n".join(parts) + "\n"


def _overview(every: pl.DataFrame) -> str:
    rows = [
        (
            f"[{family.name}](#{family.name})",
            every.filter(pl.col("family") == family.name).height,
            family.description,
        )
        for family in FAMILIES
    ]
    return markdown_table(["family", "features", "what it holds"], rows)


def _table(features: pl.DataFrame) -> str:
    signs = {1: "+", -1: "−", 0: ""}
    rows = [
        (code(one["column"]), one["description"], signs[one["direction"]], _range(one))
        for one in features.iter_rows(named=True)
    ]
    return markdown_table(["feature", "meaning", "direction", "range"], rows)


def _range(feature: dict[str, object]) -> str:
    if feature["type"] == "string":
        return "a name"
    low, high = feature["low"], feature["high"]
    if low is None and high is None:
        return "any number"
    if high is None:
        return f"≥ {low:g}"
    is_flag = (low, high) == (0, 1) and not str(feature["column"]).endswith("_share")
    return f"{low:g} or {high:g}" if is_flag else f"{low:g} to {high:g}"
