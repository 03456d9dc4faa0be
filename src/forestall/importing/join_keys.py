"""The keys by which further tables are joined: how they are compared, and what is said if they do not match."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from forestall.data.casting import to_text
from forestall.errors import UsageError
from forestall.importing.values import Cells

_MOST_COMPARED = 10_000
"""How many keys without a partner are compared once more, without regard to how they are written."""
_WHOLE = r"^-?\d+\.0$"


def key_names(columns: Collection[str]) -> list[str]:
    """Return the names under which the columns of a key are compared."""
    return [f"__on_{i}__" for i in range(len(columns))]


def with_keys(rows: pl.DataFrame, columns: Collection[str]) -> pl.DataFrame:
    """Return rows with the columns of a key as text, so that a number of one file is that of another.

    A column of text in which every key is written like `12.0` was a column of numbers with gaps: its keys are `12`.
    """
    names = zip(columns, key_names(columns), strict=True)
    return rows.with_columns(as_key(rows[column], column).alias(name) for column, name in names)


def as_key(column: pl.Series, name: str) -> pl.Series:
    """Return a column of keys as the text by which they are compared."""
    text = to_text(column, name).str.strip_chars()
    was_float = (
        column.dtype == pl.String and text.str.ends_with(".0").all() and text.str.contains(_WHOLE).all()
    )
    return text.str.strip_suffix(".0") if was_float else text


def check_keys(
    cells: Cells, table: str, on: dict[str, str], theirs: pl.DataFrame, ours: pl.DataFrame
) -> None:
    """Say where keys of a further table have no partner only because they are written in another way.

    Parameters
    ----------
    cells
        Has the mapping file's name, and takes the warnings.
    table, on
        The further table's name, and its columns with those of the main file.
    theirs, ours
        The rows of both with the columns of `key_names`.

    Raises
    ------
    UsageError
        No key has a partner, and some would have one without regard to case, marks and leading zeros.
    """
    names = key_names(on)
    their_keys, our_keys = (frame.select(names).drop_nulls().unique() for frame in (theirs, ours))
    alone = their_keys.join(our_keys, on=names, how="anti")
    if not alone.height or not our_keys.height:
        return
    n_matched = their_keys.height - alone.height
    some = alone.gather_every(-(-alone.height // _MOST_COMPARED))
    loose = some.select(map(loose_key, names)).join(
        our_keys.select(map(loose_key, names)), on=names, how="semi"
    )
    shown = f"'{', '.join(on)}' and '{', '.join(on.values())}'"
    if loose.height and not n_matched:
        raise UsageError(
            f"{cells.name}: tables.{table}.on must name columns with the same keys, but none of the "
            f"{their_keys.height} keys is in both {shown}; without regard to case, marks and leading zeros "
            f"{loose.height} of {some.height} are: write the keys alike in both files"
        )
    if not n_matched:
        cells.notes.warn(
            f"tables.{table}: none of its {their_keys.height} keys is in both {shown}, so that nothing is joined; "
            f"check 'on'"
        )
    elif loose.height:
        cells.notes.warn(
            f"tables.{table}: {loose.height} of {some.height} keys without a partner would have one without regard "
            f"to case, marks and leading zeros; write the keys in {shown} alike"
        )


def count_lost(
    cells: Cells, table: str, rows: pl.DataFrame, ours: pl.DataFrame, used: list[str], *, ordered: bool
) -> None:
    """Count the rows of a joined table that reach no interaction, and those whose key another row has.

    Parameters
    ----------
    cells
        Takes the counts and warnings.
    table, rows
        The table's name and rows, with the columns of `key_names`.
    ours
        The main rows with these columns.
    used
        The table's columns that the mapping uses.
    ordered
        Whether the mapping says which row of a key counts.
    """
    on = [name for name in rows.columns if name in key_names(rows.columns)]
    joined = rows.join(ours.select(on).unique(), on=on, how="semi")
    counts, n_keys = cells.notes.counts, joined.select(on).n_unique() if joined.height else 0
    if joined.height < rows.height:
        counts[f"tables.{table}: rows of other records"] = rows.height - joined.height
    if joined.height == n_keys:
        return
    counts[f"tables.{table}: further rows of a key"] = joined.height - n_keys
    plain = [column for column in used if not joined.schema[column].is_nested()]
    n_others = joined.select(*on, *plain).n_unique() - n_keys
    if n_others and not ordered:
        cells.notes.warn(
            f"tables.{table}: {n_others} rows repeat a key with other values, and the first row of a key counts; say "
            "which row with 'newest_by', 'oldest_by' or 'only'"
        )


def loose_key(name: str) -> pl.Expr:
    """Return the text of a key without case, marks and leading zeros."""
    plain = pl.col(name).str.strip_suffix(".0").str.normalize("NFKC").str.to_lowercase()
    plain = plain.str.replace_all(r"(\d),(\d{3})\b", "${1}${2}")
    plain = plain.str.replace_all(r"(^|[^0-9])0+([0-9])", "${1}${2}")
    return plain.str.replace_all(r"[^\p{L}\p{N}]", "").alias(name)
