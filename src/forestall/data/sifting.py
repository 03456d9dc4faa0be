"""Rows that meet the rules of a table, apart from those that do not."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from forestall.data.casting import is_internal
from forestall.data.rejections import Rejections
from forestall.data.schemas import ROW, RULE, broken_rules


def sift(
    rejections: Rejections, table: str, frame: pl.DataFrame, raw: pl.DataFrame, rules: type[dy.Schema]
) -> tuple[pl.DataFrame, Rejections]:
    """Return the rows that meet the rules, and the rejections with the others, as they came.

    Parameters
    ----------
    rejections
        The rows that were rejected so far.
    table
        The table's name.
    frame
        Rows in the types of the contract, with `ROW`, and if they were not checked before with `RULE`.
    raw
        The table as it came in.
    rules
        The rules.
    """
    broken = [broken_rules(frame, rules)]
    if RULE in frame.columns:
        unreadable = frame.filter(pl.col(RULE).is_not_null()).select(ROW, RULE)
        broken = [unreadable, broken[0].join(unreadable, on=ROW, how="anti")]
        frame = frame.drop(RULE)
    bad = pl.concat(broken).sort(ROW)
    if not bad.height:
        return frame, rejections
    shown = raw.select(pl.exclude(RULE))[bad[ROW]].with_columns(bad[RULE].alias("rule"))
    shown = shown.rename({name: name.strip("_") for name in shown.columns if is_internal(name)})
    good = frame.filter(~pl.col(ROW).is_in(bad[ROW].implode()))
    return good, rejections.plus(table, shown)


def starts_of(rows: pl.DataFrame, starts: pl.DataFrame) -> pl.Series:
    """Return when the interaction of each row started, null if there is no such interaction.

    Only keys are joined: a join of whole rows would copy them.

    Parameters
    ----------
    rows
        Rows with `interaction_id`.
    starts
        `interaction_id`, each once, and `started_at`.
    """
    keys = rows.select("interaction_id")
    return keys.join(starts, on="interaction_id", how="left", maintain_order="left")["started_at"]
