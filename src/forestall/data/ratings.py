"""The ratings of interactions that were rated more than once."""

from __future__ import annotations

import polars as pl


def newest_ratings(feedback: pl.DataFrame) -> pl.DataFrame:
    """Return the newest rating of each interaction, in the order of the table.

    A rating without a time counts only if the interaction has no other.

    Parameters
    ----------
    feedback
        The table `feedback`: no two rows have the same `interaction_id` and `rated_at`.
    """
    if feedback["interaction_id"].is_unique().all():
        return feedback
    latest = pl.col("rated_at").max().over("interaction_id")
    return feedback.filter((pl.col("rated_at") == latest) | latest.is_null())
