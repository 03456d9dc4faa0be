"""The split into training and test part: by time, or at random by customer if the data have no clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from forestall.errors import InputError
from forestall.moments.seeded_draws import SeededDraws


def split_by_time(moments: pl.DataFrame, test_share: float) -> pl.DataFrame:
    """Return labelled moments with their `part`: `train`, `test`, or null if they belong to neither.

    The interactions that start last are the test part. A moment belongs to the training part only if its label was
    known before the first moment of the test part. No interaction is in both parts.

    Parameters
    ----------
    moments
        Labelled moments with `interaction_id`, `as_of`, `started_at` and `decided_at`.
    test_share
        Share of the interactions in the test part, 0 to 1.

    Raises
    ------
    InputError
        No moment is left for training: for example, all interactions start at the same time, or no label was known
        before the test part.
    """
    if not moments.height:
        raise InputError(
            "there are no labelled interactions to split by time; check the label and the ratings"
        )
    starts = moments.unique("interaction_id").get_column("started_at").sort()
    border = starts[min(int(len(starts) * (1 - test_share)), len(starts) - 1)]
    is_test = pl.col("started_at") >= pl.lit(border, moments.schema["started_at"])
    marked = moments.with_columns(is_test=is_test)
    first_test: Any = marked.filter("is_test")["as_of"].min()
    is_train = ~pl.col("is_test") & (pl.col("decided_at") < first_test).fill_null(False)
    part = pl.when("is_test").then(pl.lit("test")).when(is_train).then(pl.lit("train"))
    result = marked.with_columns(part=part).drop("is_test")
    if not (result["part"] == "train").any():
        raise InputError(_why_none_to_learn_from(moments, first_test))
    return result


def _why_none_to_learn_from(moments: pl.DataFrame, first_test: datetime) -> str:
    if moments["started_at"].n_unique() == 1:
        return "the labelled interactions must begin at different times to be split by time; all begin at the same"
    known = moments["decided_at"].min()
    first = f"; the first is known on {known:%Y-%m-%d}" if isinstance(known, datetime) else ""
    return (
        f"no label is known before the test part begins on {first_test:%Y-%m-%d}{first}. Use records of a longer time, "
        "or a shorter `horizon_days`; where ratings have no time, map it as `rated_at`: without it a label counts as "
        "known `horizon_days` after the interaction ended"
    )


def split_by_customer(moments: pl.DataFrame, test_share: float, seed: int) -> pl.DataFrame:
    """Return moments with their `part`, drawn by customer, or by interaction if the customer is unknown.

    Parameters
    ----------
    moments
        Moments with `interaction_id` and `customer_id`.
    test_share
        Expected share of the customers in the test part, 0 to 1.
    seed
        Seed of the draws.
    """
    names = moments.select(pl.coalesce("customer_id", "interaction_id")).to_series()
    is_test = pl.lit(pl.Series(SeededDraws(names, seed).uniform("test part") < test_share))
    return moments.with_columns(part=pl.when(is_test).then(pl.lit("test")).otherwise(pl.lit("train")))
