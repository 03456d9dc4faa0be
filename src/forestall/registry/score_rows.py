"""The columns of a score row, in their order and with their types, and the explanation of one interaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from forestall.model.contact_effect import EFFECT
from forestall.model.score_columns import SCORE_COLUMNS, TIME

SCORE_SCHEMA = pl.Schema(
    {
        **SCORE_COLUMNS,
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
    has_effect: bool = False,
) -> pl.DataFrame:
    """Return scores with all columns of a score row: also the model, the scoring job's run and the time.

    Parameters
    ----------
    scores
        One row per moment, as `RiskModel.score` returns them.
    model_name, model_version
        The model that scored.
    run_id, scored_at
        The scoring job's run, null outside of a job, and the time.
    has_effect
        Whether `effect`, the effect of a contact, is kept where the scores have it.
    """
    own = {"model_name": model_name, "model_version": model_version, "run_id": run_id, "scored_at": scored_at}
    columns = []
    for name, dtype in SCORE_SCHEMA.items():
        if name in scores.columns and name not in own:
            column = scores[name]
        else:
            column = pl.Series(name, [own.get(name)], dtype).new_from_index(0, scores.height)
        columns.append(column if column.dtype == dtype else column.cast(dtype))
    if has_effect and EFFECT in scores.columns:
        columns.append(scores[EFFECT])
    return pl.DataFrame(columns)


_OF_A_MOMENT = ("dissatisfaction_risk", "risk_low", "risk_high", "risk_band", "data_quality")


def explained(rows: pl.DataFrame, happened: Mapping[datetime, str]) -> dict[str, Any]:
    """Return the explanation of one interaction: its risk at each moment, with reasons.

    Parameters
    ----------
    rows
        At least one score row, in the order of their moments.
    happened
        By moment, the kinds of its events; a moment without events is left out.

    Returns
    -------
    dict
        interaction_id, model_name, model_version, and `moments`: a list with as_of, happened, the risk with its
        interval, band and data_quality, and the reasons.
    """
    moments = [
        {"as_of": row["as_of"], "happened": happened.get(row["as_of"]), **row} for row in of_moments(rows)
    ]
    first = {name: rows[name][0] for name in ("interaction_id", "model_name", "model_version")}
    return {**first, "moments": moments}


def of_moments(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Return what an explanation says of each moment: as_of, risk with interval and band, data_quality, reasons."""
    kept = rows.select("as_of", *_OF_A_MOMENT, "reasons")
    return [{**row, "reasons": row["reasons"] or []} for row in kept.iter_rows(named=True)]
