"""Categories that too few customers have: how much of the data they are, for a reader who may want to keep them."""

from __future__ import annotations

import polars as pl

from forestall.data.common_names import common_names
from forestall.moment_features.catalogue import STAFF_COLUMN
from forestall.reporting.text.formats import percent
from forestall.training.labelled_rows import Rows

_FEW = 5
"""Categories of so many customers can still tell something."""
_WORTH_TELLING = 0.2


def rare_category_notes(rows: Rows, least: int) -> list[str]:
    """Return a note for each feature of which many rows have categories that count as one, being too rare.

    Only categories of at least five customers count: rarer ones would tell nothing if they were kept. What is known of
    staff is left out.

    Parameters
    ----------
    rows
        The rows to learn from.
    least
        The fewest customers from whom a category is learnt: `privacy.least_customers`.
    """
    if least <= _FEW:
        return []
    notes = []
    for name, dtype in rows.frame.schema.items():
        if dtype != pl.String or name == STAFF_COLUMN:
            continue
        told = rows.moments.select("interaction_id", "customer_id").with_columns(
            rows.frame[name].alias("value")
        )
        filled = told.drop_nulls("value")
        kept, enough = (common_names(filled, "value", n) for n in (least, _FEW))
        lost = enough.filter(~enough.is_in(kept.implode()))
        share = float(filled["value"].is_in(lost.implode()).mean() or 0.0)  # type: ignore[arg-type]  # of booleans
        if share >= _WORTH_TELLING:
            notes.append(
                f"Of '{name}', {len(lost):,} of {filled['value'].n_unique():,} categories have {_FEW} to {least - 1} "
                f"customers each and count as one: {percent(share)} of its rows. If they say nothing of a person, as "
                f"products do, `privacy: {{least_customers: {_FEW}}}` in model.yaml keeps them."
            )
    return notes
