"""Records without a clock, made independent of the order of their rows."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import polars as pl

from forestall.data import Tables
from forestall.data.about import KEYS, ROW_NUMBER
from forestall.moments.labels import has_no_clock

ROW_ORDER, IGNORED = "row_order", "ignored"
"""Key of `about` for tables that `without_row_order` returned, and its value."""
_START = datetime(2000, 1, 1, tzinfo=UTC)
_US = pl.Datetime("us", "UTC")
_EVENT_ORDER = ("interaction_id", "at", "kind", "actor", "value", "text")


def without_row_order(tables: Tables) -> Tables:
    """Return tables that are the same for any order of the source's rows; tables with a clock are returned unchanged.

    Without a clock, the start of an interaction is only the place of its row. So all interactions start at the same
    time, and rows are sorted by their keys. A key that is a row's number is replaced by a digest of all that the row
    says, so that random draws do not depend on the order either. `with_own_rows` gives keys and times back.
    """
    if not has_no_clock(tables) or tables.about.get(ROW_ORDER) == IGNORED:
        return tables
    flat = _with_one_start(tables)
    names = _names(flat)
    new = flat.replace(
        interactions=_renamed(flat.interactions, names).sort("interaction_id"),
        events=_renamed(flat.events, names).sort(_EVENT_ORDER, nulls_last=True, maintain_order=True),
        feedback=_renamed(flat.feedback, names).sort("interaction_id", "rating", maintain_order=True),
    )
    new.about[ROW_ORDER] = IGNORED
    return new


def with_own_rows(rows: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Return rows of moments with the keys and times that the tables had before `without_row_order`.

    Parameters
    ----------
    rows
        Frame with `interaction_id` and perhaps `as_of`.
    tables
        The tables that were given to `without_row_order`.
    """
    if not has_no_clock(tables) or tables.about.get(ROW_ORDER) == IGNORED:
        return rows
    known = _names(_with_one_start(tables)).join(
        tables.interactions.select("interaction_id", later=pl.col("started_at") - _start()),
        on="interaction_id",
    )
    own = known.select(own="interaction_id", interaction_id="name", later="later")
    joined = rows.join(own, on="interaction_id", how="left", maintain_order="left")
    times = [(pl.col("as_of") + pl.col("later")).alias("as_of")] if "as_of" in rows.columns else []
    return joined.with_columns(pl.col("own").alias("interaction_id"), *times).select(rows.columns)


def _start() -> pl.Expr:
    return pl.lit(_START, dtype=_US)


def _with_one_start(tables: Tables) -> Tables:
    """Return the tables with all times moved by as much as the start of their interaction."""
    earlier = pl.col("started_at") - _start()
    shifts = tables.interactions.select("interaction_id", _earlier=earlier)
    own = [name for name, kind in tables.interactions.schema.items() if kind == _US]
    interactions = tables.interactions.with_columns(pl.col(name) - earlier for name in own)

    def moved(frame: pl.DataFrame, time: str) -> pl.DataFrame:
        joined = frame.join(shifts, on="interaction_id", how="left", maintain_order="left")
        return joined.with_columns(pl.col(time) - pl.col("_earlier")).drop("_earlier")

    return tables.replace(
        interactions=interactions,
        events=moved(tables.events, "at"),
        feedback=moved(tables.feedback, "rated_at"),
    )


def _names(flat: Tables) -> pl.DataFrame:
    """Return `interaction_id` and the `name` of each interaction, which does not depend on the order of rows."""
    ids = flat.interactions.select("interaction_id")
    if flat.about.get(KEYS) != ROW_NUMBER:
        return ids.with_columns(name="interaction_id")
    said = _said(flat.interactions.drop("started_at"), "own").sort("interaction_id")
    for frame, name in ((flat.events, "events"), (flat.feedback, "feedback")):
        parts = _said(frame, "said").group_by("interaction_id").agg(pl.col("said").sort().str.join("\x1d"))
        said = said.join(parts.rename({"said": name}), on="interaction_id", how="left")
    texts = said.select(pl.concat_str(pl.exclude("interaction_id").fill_null(""), separator="\x1c"))
    digests = [hashlib.blake2b(text.encode(), digest_size=16).hexdigest() for text in texts.to_series()]
    named = said.select("interaction_id", digest=pl.Series(digests))
    # rows that say the same are exchangeable, but must have different names
    number = pl.int_range(pl.len()).over("digest")
    return ids.join(
        named.select("interaction_id", name=pl.format("{}-{}", "digest", number)),
        on="interaction_id",
        how="left",
        maintain_order="left",
    )


def _said(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return `interaction_id` and one text of all other cells, in the order of the columns' names."""
    columns = sorted(column for column in frame.columns if column != "interaction_id")
    cells = [
        pl.format("{}\x1f{}", pl.lit(column), pl.col(column).cast(pl.String).fill_null("\x1e"))
        for column in columns
    ]
    return frame.select("interaction_id", pl.concat_str(cells, separator="\x1e").alias(name))


def _renamed(frame: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    joined = frame.join(names, on="interaction_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("name").alias("interaction_id")).drop("name")
