"""The split into training and test part: by time, or, where there is no clock, random by customer."""

from __future__ import annotations

import polars as pl

from forestall.errors import InputError
from forestall.moments.seeded_draws import SeededDraws


def split_by_time(moments: pl.DataFrame, test_share: float) -> pl.DataFrame:
    """Return labelled moments with their `part`: `train`, `test`, or null where they belong to neither.

    The last interactions, by their start, are the test part. A moment is for training only when its label was known
    before the first moment of the test part; an interaction is never on both sides.

    Parameters
    ----------
    moments
        Labelled moments with `interaction_id`, `as_of`, `started_at` and `decided_at`.
    test_share
        The share of the interactions in the test part.

    Raises
    ------
    InputError
        All interactions start at once, so that no time divides them.
    """
    if not moments.height:
        raise InputError(
            "the labelled interactions must begin at different times to be split by time; there are none"
        )
    starts = moments.unique("interaction_id").get_column("started_at").sort()
    border = starts[min(int(len(starts) * (1 - test_share)), len(starts) - 1)]
    is_test = pl.col("started_at") >= pl.lit(border, moments.schema["started_at"])
    marked = moments.with_columns(is_test=is_test)
    first_test = marked.filter("is_test")["as_of"].min()
    is_train = ~pl.col("is_test") & (pl.col("decided_at") < first_test).fill_null(False)
    part = pl.when("is_test").then(pl.lit("test")).when(is_train).then(pl.lit("train"))
    result = marked.with_columns(part=part).drop("is_test")
    if not (result["part"] == "train").any():
        raise InputError(
            "the labelled interactions must begin at different times to be split by time; "
            "no label is known before the test part begins"
        )
    return result


def split_by_customer(moments: pl.DataFrame, test_share: float, seed: int) -> pl.DataFrame:
    """Return moments with their `part`, drawn at random by customer (by interaction where there is none)."""
    who = moments.select(pl.coalesce("customer_id", "interaction_id")).to_series()
    is_test = pl.lit(pl.Series(SeededDraws(who, seed).uniform("test part") < test_share))
    return moments.with_columns(part=pl.when(is_test).then(pl.lit("test")).otherwise(pl.lit("train")))
