"""Tables with the contacts of a ledger."""

from __future__ import annotations

import polars as pl

from forestall.contacts.ledger import Ledger
from forestall.contacts.ledger_store import KEY, check_is_there
from forestall.data import Tables


def with_ledger(tables: Tables, url: str | None) -> Tables:
    """Return tables with the contacts of a ledger too; those of interactions that are not in the tables are left out.

    Of an offer that is in both, that of the ledger counts.

    Raises
    ------
    UsageError
        The ledger is not there, or its URL is not valid.
    """
    if url is None:
        return tables
    check_is_there(url)
    with Ledger(url) as ledger:
        found = ledger.read().join(
            tables.interactions.select("interaction_id"),
            on="interaction_id",
            how="semi",
            maintain_order="left",
        )
    rest = tables.contacts.join(found, on=KEY, how="anti", maintain_order="left")
    return tables.replace(contacts=pl.concat([rest, found]))
