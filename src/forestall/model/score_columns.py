"""The columns of a score row that come from the model itself, as a frame or as lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from forestall.model.contact_effect import EFFECT
from forestall.model.reasons import REASON_TYPE
from forestall.model.spec import FAMILY_NAMES
from forestall.moment_features.name_columns import listed

TIME = pl.Datetime("us", "UTC")
SCORE_COLUMNS: dict[str, Any] = {
    "interaction_id": pl.String,
    "customer_id": pl.String,
    "as_of": TIME,
    "dissatisfaction_risk": pl.Float64,
    "risk_low": pl.Float64,
    "risk_high": pl.Float64,
    "risk_band": pl.String,
    "expected_loss": pl.Float64,
    "data_quality": pl.String,
    **{f"contribution_{name}": pl.Float64 for name in (*FAMILY_NAMES, "context", "base")},
    "reasons": REASON_TYPE,
}


def score_frame(columns: Mapping[str, Any], height: int) -> pl.DataFrame:
    """Return columns as a frame of all score columns; a column that is not given is null, or left out for the effect.

    Parameters
    ----------
    columns
        By name, `height` values each; NaN and None become null.
    height
        The number of rows.
    """
    nothing = pl.Series([None]).new_from_index(0, height)
    series = []
    for name, dtype in SCORE_COLUMNS.items():
        values = columns.get(name, nothing)
        given = values if isinstance(values, pl.Series) else pl.Series(values, nan_to_null=True, strict=False)
        series.append(given.cast(dtype).alias(name))
    if EFFECT in columns:
        series.append(pl.Series(EFFECT, columns[EFFECT], pl.Float64, nan_to_null=True))
    return pl.DataFrame(series)


def score_lists(columns: Mapping[str, Any], height: int) -> dict[str, Sequence[Any]]:
    """Return the same values as `score_frame`, as lists by column; `as_of` stays in microseconds."""
    return {name: listed(columns[name]) if name in columns else [None] * height for name in SCORE_COLUMNS}
