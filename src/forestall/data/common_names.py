"""Names that enough customers share to be no fact of one of them."""

from __future__ import annotations

import polars as pl


def common_names(rows: pl.DataFrame, column: str, least: int) -> pl.Series:
    """Return the names in a column that at least `least` customers have, in alphabetical order.

    Parameters
    ----------
    rows
        Has `interaction_id`, `customer_id` and the column. An interaction without a customer is one of its own.
    column
        The column.
    least
        The fewest customers.

    Examples
    --------
    >>> rows = pl.DataFrame({"interaction_id": [*"123"], "customer_id": [*"aab"], "venue": [*"xxx"]})
    >>> common_names(rows, "venue", 2).to_list(), common_names(rows, "venue", 3).to_list()
    (['x'], [])
    """
    customer = pl.struct("customer_id", own=pl.when(pl.col("customer_id").is_null()).then("interaction_id"))
    counts = rows.drop_nulls(column).group_by(column).agg(n=customer.n_unique())
    return counts.filter(pl.col("n") >= least)[column].sort()


def without_rare_names(rows: pl.DataFrame, columns: tuple[str, ...], least: int) -> pl.DataFrame:
    """Return the rows with null in place of the names that fewer than `least` customers have; see `common_names`."""
    if least <= 1:
        return rows
    kept = {column: common_names(rows, column, least) for column in columns}
    return rows.with_columns(
        pl.when(pl.col(column).is_in(names.implode())).then(column).alias(column)
        for column, names in kept.items()
    )
