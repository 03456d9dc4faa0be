"""The risk of interactions over time: at their start, at each event and in the silence between them."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from forestall.data import Tables
from forestall.data.ratings import newest_ratings
from forestall.evaluation.questions.earliness import ELAPSED_S
from forestall.model import RiskModel
from forestall.model.prepared_tables import PreparedTables
from forestall.moment_features.stage import STAGE
from forestall.moment_features.table import plan_of
from forestall.moments import default_moments, label_events, label_moments, until_label
from forestall.moments.seeded_draws import draw_rows

MOST_INTERACTIONS = 4000
COMPLAINED = "complained"
_US = pl.Datetime("us", "UTC")


def risk_trajectories(
    prepared: PreparedTables,
    begin: datetime | None = None,
    *,
    only: pl.Series | None = None,
    most: int = MOST_INTERACTIONS,
) -> pl.DataFrame:
    """Return the risk of interactions at their start, at each event, and at set times in between.

    Parameters
    ----------
    prepared
        The model, and the records.
    begin
        Only interactions that start then or later; all without it.
    only
        Only these interactions.
    most
        Of more interactions a sample is drawn, the same each time.

    Returns
    -------
    pl.DataFrame
        The columns that `earliness` takes, and `is_last`, `kinds` (the events at the moment), `rating`,
        `risk_low`, `risk_high`, `risk_band` and `data_quality`.
    """
    model, tables = prepared.model, prepared.tables
    # an interaction whose label event has come is over: there is nothing left to predict
    seen = until_label(tables, model.spec.label)
    moments = _moments(seen, _sampled(tables, begin, only, most, model.spec.seed))
    labelled = label_moments(tables, moments, model.spec.label).drop("decided_at", "outcome")
    scores = prepared.score(moments)
    stage = prepared.features(moments, plan_of((), {"stage": STAGE}))["stage"]
    kept = ("risk_low", "risk_high", "risk_band", "data_quality")
    rows = labelled.with_columns(
        stage=stage, risk=scores["dissatisfaction_risk"], **{name: scores[name] for name in kept}
    ).join(_outcomes(tables, model), on="interaction_id", how="left", maintain_order="left")
    true_now = _true_risk(tables, rows) if model.spec.label.event is None else None
    return rows if true_now is None else rows.with_columns(true_now=true_now)


def _true_risk(tables: Tables, rows: pl.DataFrame) -> pl.Series | None:
    """Return the true risk at the moments of simulated data; None for any other."""
    # the simulator does not travel with a packaged model
    from forestall.simulation import true_risk_at

    return true_risk_at(tables.about, rows)


def _sampled(
    tables: Tables, begin: datetime | None, only: pl.Series | None, most: int, seed: int
) -> pl.DataFrame:
    rows = tables.interactions.select("interaction_id", "customer_id", "started_at")
    if begin is not None:
        rows = rows.filter(pl.col("started_at") >= begin)
    if only is not None:
        rows = rows.filter(pl.col("interaction_id").is_in(only.unique().implode()))
    return rows if rows.height <= most else draw_rows(rows, most, seed, "walked through").sort("started_at")


def _moments(tables: Tables, chosen: pl.DataFrame) -> pl.DataFrame:
    """Return start, events and fixed elapsed times of interactions up to their default moments, each once."""
    ends = default_moments(tables).rename({"as_of": "ends_at"})
    lives = chosen.join(ends, on="interaction_id", how="left", maintain_order="left")
    own = tables.events.join(lives.select("interaction_id", "ends_at"), on="interaction_id")
    events = (
        own.filter(pl.col("at") <= pl.col("ends_at"))
        .group_by("interaction_id", as_of="at")
        .agg(kinds=pl.col("kind").unique(maintain_order=True))
    )
    silence = lives.select(
        "interaction_id",
        "ends_at",
        as_of=pl.concat_list(
            [(pl.col("started_at") + timedelta(seconds=s)).cast(_US) for s in ELAPSED_S.values()]
        ),
    ).explode("as_of")
    times = [
        lives.select("interaction_id", as_of="started_at"),
        lives.select("interaction_id", as_of="ends_at"),
        silence.filter(pl.col("as_of") < pl.col("ends_at")).drop("ends_at"),
        events.select("interaction_id", "as_of"),
    ]
    return (
        pl.concat(times)
        .unique()
        .join(events, on=["interaction_id", "as_of"], how="left")
        .join(lives, on="interaction_id")
        .with_columns(is_last=pl.col("as_of") == pl.col("ends_at"))
        .drop("ends_at")
        .sort("started_at", "interaction_id", "as_of")
    )


def _outcomes(tables: Tables, model: RiskModel) -> pl.DataFrame:
    """Return when each interaction's customer complained and rated badly, and the label's event; null if never."""
    complained = (
        tables.events.filter(pl.col("kind") == COMPLAINED)
        .group_by("interaction_id")
        .agg(complained_at=pl.col("at").min())
    )
    bar = model.spec.label.dissatisfied_at_or_below
    is_bad = pl.col("rating") <= bar if bar is not None else pl.lit(False)
    ratings = newest_ratings(tables.feedback).select(
        "interaction_id", "rating", bad_at=pl.when(is_bad).then("rated_at").cast(_US)
    )
    ids = tables.interactions.select("interaction_id")
    label = model.spec.label
    if label.event not in (None, COMPLAINED):
        came = label_events(tables, label).rename({"decided_at": "event_at"})
        ids = ids.join(came, on="interaction_id", how="left")
    return ids.join(complained, on="interaction_id", how="left").join(
        ratings, on="interaction_id", how="left"
    )
