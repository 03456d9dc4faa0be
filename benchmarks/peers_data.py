"""The same tickets for all: rows held out, and the raw columns that a peer learns from."""

from __future__ import annotations

import pandas as pd
import polars as pl

from forestall.data import Tables
from forestall.moments.seeded_draws import SeededDraws

_TIMES = ("started_at", "promised_at", "purchased_at")


def hold_out(tables: Tables, share: float, seed: int = 7) -> tuple[Tables, Tables]:
    """Return what was known before the last `share` of the interactions began, and these interactions.

    Of the past nothing later remains: events and ratings that came after the border are not there yet. Without a
    clock the interactions held out are drawn at random by customer.

    Parameters
    ----------
    tables
        The company's records.
    share
        From 0 to 1.
    seed
        Of the draw.
    """
    if tables.about.get("clock") == "none":
        who = tables.interactions.select(pl.coalesce("customer_id", "interaction_id")).to_series()
        is_later = pl.Series(SeededDraws(who, seed).uniform("held out") < share)
        drawn = tables.interactions.filter(is_later)["interaction_id"]
        return _only(tables, drawn, is_in=False), _only(tables, drawn)
    starts = tables.interactions["started_at"].sort()
    border = starts[int(len(starts) * (1 - share))]
    later = tables.interactions.filter(pl.col("started_at") >= border)["interaction_id"]
    past = _only(tables, later, is_in=False)
    events, feedback = (
        past.events.filter(pl.col("at") < border),
        past.feedback.filter(pl.col("rated_at") < border),
    )
    return past.replace(events=events, feedback=feedback), _only(tables, later)


def without_time_of_day(tables: Tables, kind: str, day: str) -> Tables:
    """Return the tables with one day's events of a kind as an export leaves them that has lost the time of day.

    Such an event lies at its day's first minute, before most of its interactions began, and is rejected.

    Parameters
    ----------
    day
        Local to the tables' time zone, such as 2023-08-24.
    """
    zone = str(tables.about.get("timezone", "UTC"))
    local = pl.col("at").dt.convert_time_zone(zone)
    is_hit = (pl.col("kind") == kind) & (local.dt.date() == pl.lit(day).str.to_date())
    midnight = local.dt.truncate("1d").dt.convert_time_zone("UTC")
    starts = tables.interactions.select("interaction_id", "started_at")
    events = tables.events.with_columns(at=pl.when(is_hit).then(midnight).otherwise("at"))
    events = events.join(starts, on="interaction_id", how="left", maintain_order="left")
    return tables.replace(events=events.filter(pl.col("at") >= pl.col("started_at")).drop("started_at"))


def _only(tables: Tables, ids: pl.Series, is_in: bool = True) -> Tables:
    chosen = pl.col("interaction_id").is_in(ids.implode())
    chosen = chosen if is_in else ~chosen
    frames = (getattr(tables, table).filter(chosen) for table in ("interactions", "events", "feedback"))
    return tables.replace(**dict(zip(("interactions", "events", "feedback"), frames, strict=True)))


def raw_columns(tables: Tables) -> pd.DataFrame:
    """Return the plain columns of each interaction, as one would hand them to a peer.

    These are the interactions' own columns, the hour and day of the week of the start, the age of the purchase, and of
    each kind of event the count and the seconds from the start to the first: the facts that Forestall uses too.

    Returns
    -------
    pandas.DataFrame
        One row an interaction, indexed by interaction_id: numbers, and strings.
    """
    own = tables.interactions
    names = [name for name in own.columns if name not in ("interaction_id", "customer_id", *_TIMES)]
    table = own.select("interaction_id", *names).with_columns(pl.col(pl.Boolean).cast(pl.Float64))
    if tables.about.get("clock") != "none":
        local = own["started_at"].dt.convert_time_zone(str(tables.about.get("timezone", "UTC")))
        table = table.with_columns(
            hour=local.dt.hour() + local.dt.minute() / 60,
            weekday=local.dt.weekday().cast(pl.Float64),
            purchase_age_s=(own["started_at"] - own["purchased_at"]).dt.total_seconds().cast(pl.Float64),
            promise_s=(own["promised_at"] - own["started_at"]).dt.total_seconds().cast(pl.Float64),
        )
    starts = own.select("interaction_id", "started_at")
    events = tables.events.join(starts, on="interaction_id")
    for kind in sorted(events["kind"].unique()):
        of_kind = events.filter(pl.col("kind") == kind).group_by("interaction_id")
        after = (pl.col("at") - pl.col("started_at")).dt.total_seconds().cast(pl.Float64)
        counted = of_kind.agg(pl.len().cast(pl.Float64).alias(f"{kind}_n"), after.min().alias(f"{kind}_s"))
        table = table.join(counted, on="interaction_id", how="left", maintain_order="left")
        table = table.with_columns(pl.col(f"{kind}_n").fill_null(0.0))
    return table.to_pandas().set_index("interaction_id")


def same_columns(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both tables with the columns that vary in the first, strings as categories of the first."""
    train = train[[name for name in train if train[name].nunique(dropna=False) > 1]].copy()
    test = test.reindex(columns=train.columns).copy()
    for name in train:
        if not pd.api.types.is_numeric_dtype(train[name]):
            known = pd.CategoricalDtype(sorted(train[name].dropna().unique()))
            train[name], test[name] = train[name].astype(known), test[name].astype(known)
    return train, test
