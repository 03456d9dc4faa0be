"""The predictions that a run keeps: without the ids of customers and interactions.

Pseudonyms are needed to compare two runs row by row, and to draw whole customers in a bootstrap. Runs of one model have
the same salt, so that they can be compared when the data are gone.
"""

from __future__ import annotations

import polars as pl

from forestall.data import Tables
from forestall.pseudonyms import pseudonyms, salt_of, salts_in

IDS = ("interaction_id", "customer_id")


def run_salt(model_name: str) -> str:
    """Return the salt of the runs of a model."""
    return salt_of("run", model_name)


def without_ids(rows: pl.DataFrame, salt: str) -> pl.DataFrame:
    """Return rows with pseudonyms in place of the ids; those that are pseudonyms already stay."""
    given = [column for column in IDS if column in rows.columns and not salts_in(rows[column].head(1))]
    return rows.with_columns(pseudonyms(rows[column], salt).alias(column) for column in given)


def with_ids(rows: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Return rows of a run with the ids of the interactions of the tables; other rows are left out.

    Rows of a run of version 0.1 have ids already.
    """
    salts = salts_in(rows["interaction_id"])
    if not salts:
        return rows
    own = tables.interactions["interaction_id"]
    known = pl.concat(
        [pl.DataFrame({"own": own, "interaction_id": pseudonyms(own, salt)}) for salt in sorted(salts)]
    )
    found = rows.join(known, on="interaction_id", how="inner", maintain_order="left")
    return found.with_columns(interaction_id="own").select(rows.columns)
