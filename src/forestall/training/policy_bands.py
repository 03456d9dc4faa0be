"""The bands that follow from a policy and a company's records."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.model import RiskModel
from forestall.model.policy import bands_by_policy, worth
from forestall.model.prepared_tables import PreparedTables
from forestall.moments.seeded_draws import draw_rows
from forestall.training.labelled_moments import IS_DRAWN, judged_moments

MOST_INTERACTIONS = 4000


def policy_bands(judge: PreparedTables, begin: datetime | None) -> dict[str, Any] | None:
    """Return the bands that follow from a model's policy, with what they follow from; None without a policy.

    Parameters
    ----------
    judge
        The model whose risks show how many customers lie above a threshold, with the records: the twin, which has not
        seen them.
    begin
        Interactions that start then or later are a usual day's customers; all without it.
    """
    model, tables = judge.model, judge.tables
    policy = model.spec.policy
    if policy is None:
        return None
    per_day = interactions_per_day(tables, begin)
    share = None if per_day is None else policy.capacity_per_day / per_day
    some = draw_rows(starting_from(tables, begin), MOST_INTERACTIONS, model.spec.seed, "valued")
    moments = judged_moments(tables, model.spec, model.info.get(IS_DRAWN)).join(
        some.select("interaction_id"), on="interaction_id", how="semi"
    )
    risks = judge.score(moments)["dissatisfaction_risk"].to_numpy()
    values = worth(policy, tables.interactions["customer_value"].to_numpy())
    typical = float(pl.Series(values).median() or policy.customer_value)  # type: ignore[arg-type]
    bands = bands_by_policy(policy, model.spec.bands, risks, typical, share)
    return {
        "bands": bands.model_dump(),
        "by_hand": [name for name in bands.model_dump() if getattr(policy.thresholds, name) is not None],
        "break_even": policy.break_even(typical),
        "typical_value": typical,
        "interactions_per_day": per_day,
        "capacity_share": share,
    }


def with_bands(model: RiskModel, bands: dict[str, Any] | None) -> RiskModel:
    """Return a model with the bands that `policy_bands` returned."""
    return model if bands is None else replace(model, info={**model.info, "policy": bands})


def band_notes(model: RiskModel) -> list[str]:
    """Return a note for bands that the policy leaves empty: they begin where the next band begins."""
    settled_by = model.info.get("policy")
    if settled_by is None:
        return []
    begins = settled_by["bands"]
    empty = [name for name, after in pairwise(begins) if begins[name] == begins[after]]
    if not empty:
        return []
    return [
        f"With this policy the band {' or '.join(empty)} is empty: the capacity exceeds the number of contacts that "
        f"pay off, so all customers from a risk of {begins[empty[0]]:.2f} on are in a higher band."
    ]


def interactions_per_day(tables: Tables, begin: datetime | None) -> float | None:
    """Return the mean number of interactions on days with at least one; None without a clock."""
    starts = starting_from(tables, begin)["started_at"]
    if tables.about.get("clock") == "none" or not len(starts):
        return None
    return len(starts) / starts.dt.date().n_unique()


def starting_from(tables: Tables, begin: datetime | None) -> pl.DataFrame:
    """Return the interactions that start at `begin` or later; all without it."""
    rows = tables.interactions.select("interaction_id", "started_at")
    return rows if begin is None else rows.filter(pl.col("started_at") >= begin)
