"""The columns of a score row, in their order and with their types."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from forestall.model.score_frame import TIME, TOLD

SCORE_SCHEMA = pl.Schema(
    {
        **TOLD,
        **dict.fromkeys(("model_name", "model_version", "run_id"), pl.String),
        "scored_at": TIME,
    }
)


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
