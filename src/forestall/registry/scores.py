"""The columns of a score row, in their order and with their types."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from forestall.model.spec import FAMILY_NAMES

TIME = pl.Datetime("us", "UTC")
REASON = pl.Struct(
    {"family": pl.String, "feature": pl.String, "contribution": pl.Float64, "text": pl.String},
)
_COLUMNS: dict[str, Any] = {
    "interaction_id": pl.String,
    "customer_id": pl.String,
    "as_of": TIME,
    "dissatisfaction_risk": pl.Float64,
    "risk_low": pl.Float64,
    "risk_high": pl.Float64,
    "risk_band": pl.String,
    "expected_loss": pl.Float64,
    "data_quality": pl.String,
    **{f"contribution_{family}": pl.Float64 for family in FAMILY_NAMES},
    "contribution_context": pl.Float64,
    "contribution_base": pl.Float64,
    "reasons": pl.List(REASON),
    "model_name": pl.String,
    "model_version": pl.String,
    "run_id": pl.String,
    "scored_at": TIME,
}
SCORE_SCHEMA = pl.Schema(_COLUMNS)


def score_rows(
    scores: pl.DataFrame,
    *,
    model_name: str,
    model_version: str | None,
    run_id: str | None = None,
    scored_at: datetime | None = None,
) -> pl.DataFrame:
    """Return `scores` with every column of a score row, who scored, in which job and when.

    Parameters
    ----------
    scores
        What `RiskModel.score` returns: one row per moment.
    run_id
        The scoring job's; null outside of a job.
    """
    own = {"model_name": model_name, "model_version": model_version, "run_id": run_id, "scored_at": scored_at}
    columns = []
    for name, dtype in SCORE_SCHEMA.items():
        if name in scores.columns and name not in own:
            column = scores[name]
        else:
            column = pl.Series(name, [own.get(name)], dtype).new_from_index(0, scores.height)
        columns.append(column if column.dtype == dtype else column.cast(dtype))
    return pl.DataFrame(columns)
