"""The labelled moments of any data with their predicted risks."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from forestall.locations import is_remote
from forestall.model.prepared_tables import PreparedTables
from forestall.moment_features.stage import STAGE
from forestall.moment_features.table import plan_of
from forestall.moments import Label
from forestall.training.labelled_moments import IS_DRAWN, JUDGED, labelled_moments

TRUTH = "truth.parquet"


def labelled_predictions(prepared: PreparedTables, after: datetime | None = None) -> pl.DataFrame:
    """Return the labelled moments of the tables with their risks, in the form that `evaluation.evaluate` takes.

    Parameters
    ----------
    prepared
        The model, and the records.
    after
        Only interactions that start after this time; all without it.

    Returns
    -------
    pl.DataFrame
        One row a moment. `risk_base_rate` is the share of dissatisfied in these rows: the best that one risk for all
        could do.
    """
    model, tables = prepared.model, prepared.tables
    moments, _ = labelled_moments(tables, model.spec, model.info.get(IS_DRAWN))
    if after is not None:
        moments = moments.filter(pl.col("started_at") > after)
    if not moments.height:
        return moments.with_columns(risk=pl.lit(None, pl.Float64), risk_base_rate=pl.lit(None, pl.Float64))
    scores = prepared.score(moments)
    stage = prepared.features(moments, plan_of((), {"stage": STAGE}))["stage"]
    base_rate = (pl.col("label") * pl.col("weight")).sum() / pl.col("weight").sum()
    return moments.select(JUDGED).with_columns(
        stage=stage,
        risk=scores["dissatisfaction_risk"],
        risk_low=scores["risk_low"],
        risk_high=scores["risk_high"],
        risk_base_rate=base_rate,
    )


def with_truth(rows: pl.DataFrame, data: Any, label: Label | None = None) -> pl.DataFrame:
    """Return the rows with the `true_risk` of a simulated data folder, where there is one: that of a bad rating."""
    if label is not None and label.event is not None:
        return rows
    if is_remote(data) or not isinstance(data, str | Path) or not (Path(data) / TRUTH).is_file():
        return rows
    truth = pl.read_parquet(Path(data) / TRUTH, columns=["interaction_id", "true_risk"])
    return rows.join(truth, on="interaction_id", how="left", maintain_order="left")
