"""The stage that an interaction has reached at a moment."""

from __future__ import annotations

import polars as pl

from forestall.features.terms import ENDED, IS_RESOLVED, first

STAGES = ("arrived", "greeted", "served", "issue_raised", "responded", "resolved", "closed")

STAGE = (
    pl.when(ENDED.is_not_null()).then(pl.lit("closed"))
    .when(IS_RESOLVED).then(pl.lit("resolved"))
    .when(first("responded").is_not_null()).then(pl.lit("responded"))
    .when(first("issue_raised").is_not_null()).then(pl.lit("issue_raised"))
    .when(first("served").is_not_null()).then(pl.lit("served"))
    .when(first("greeted").is_not_null()).then(pl.lit("greeted"))
    .otherwise(pl.lit("arrived"))
)  # fmt: skip
