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


def several_ratings(feedback: pl.DataFrame) -> dict[str, int]:
    """Return how many interactions were rated more than once, and what becomes of their earlier ratings.

    Parameters
    ----------
    feedback
        As for `newest_ratings`.

    Returns
    -------
    dict
        `interactions` (rated more than once), `earlier` (ratings before the newest: facts from their time on) and
        `unused` (ratings without a time, of interactions that have one with a time).
    """
    several = feedback.filter(pl.len().over("interaction_id") > 1)
    n_interactions = several["interaction_id"].n_unique()
    n_unused = several["rated_at"].null_count()
    return {
        "interactions": n_interactions,
        "earlier": several.height - n_unused - n_interactions,
        "unused": n_unused,
    }
