"""The lists that people work from: whom to contact first, and whom to think about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.model.policy import worth
from forestall.model.spec import Spec
from forestall.moment_features.fact_changes import FAILURES
from forestall.moments import Label, Timeline
from forestall.moments.timeline import whole

CONTACT_LIST, PARTINGS = "contact_list.parquet", "partings.parquet"
FOR_A_PERSON = (
    "For a person to think about, never to act on by itself: Forestall parts with nobody. High risk and cost may be "
    "the company's own fault."
)
COST_DAYS = 365
_ALARMING = "critical"
_CENTS = 100
_SHOWN = (
    *("interaction_id", "customer_id", "as_of", "dissatisfaction_risk", "risk_low", "risk_high", "risk_band"),
    *("data_quality", "customer_value", "expected_loss"),
)


def contact_list(
    rows: pl.DataFrame, tables: Tables, spec: Spec, limit: float | None, now: datetime | None
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return whom to contact first, by expected loss, and what was counted.

    A customer is in it once, with the interaction of the highest expected loss. Left out is who by now has complained,
    rated, or done what is foreseen; whose time to do so is over, the horizon after the moment; from whom the model
    abstains; and, with a policy, whose contact would not pay.

    Parameters
    ----------
    rows
        Score rows.
    tables, spec
        The records, and what the model learnt.
    limit
        At most so many; without it the policy's `capacity_per_day`.
    now
        The time of the job: that which it scores as of, else the end of the records. None where they have no time.

    Returns
    -------
    pl.DataFrame
        `place` (from 1), columns of the score rows, `customer_value`, `expected_loss` (where nothing is known of the
        value they come last, by risk), `expected_saving` (with a policy; it rests on its assumed `saved_share`) and
        `reason`, the strongest, where reasons were asked for.
    """
    policy = spec.policy
    known = _is_known(rows, tables, spec.label, now)
    is_over = (
        rows.select(pl.col("as_of") + timedelta(days=spec.label.horizon_days) < now)
        .to_series()
        .fill_null(False)
    )
    open_rows = _with_value(rows.filter(~known & ~is_over), tables, spec).filter(
        pl.col("dissatisfaction_risk").is_not_null()
    )
    saving = pl.lit(None, pl.Float64)
    if policy is not None:
        saving = pl.col("expected_loss") * policy.saved_share - policy.cost_per_contact
        open_rows = open_rows.filter(saving > 0)
    first = (
        open_rows.sort(
            "expected_loss",
            "dissatisfaction_risk",
            "interaction_id",
            descending=[True, True, False],
            nulls_last=True,
        )
        .with_columns(
            who=pl.coalesce("customer_id", pl.concat_str(pl.lit("interaction "), pl.col("interaction_id")))
        )
        .unique("who", keep="first", maintain_order=True)
    )
    most = limit if limit is not None else policy.capacity_per_day if policy is not None else first.height
    listed = first.head(int(most)).select(
        *_SHOWN,
        expected_saving=saving,
        reason=pl.col("reasons").list.first().struct.field("text"),
    )
    counted = {
        "contacts": listed.height,
        "worth_a_contact": first.height,
        "already_known": int(known.sum()),
        "too_late": int((is_over & ~known).sum()),
        "expected_loss": float(listed["expected_loss"].sum()),
    }
    if policy is not None:
        counted["expected_saving"] = float(listed["expected_saving"].sum())
        counted["assumed_saved_share"] = policy.saved_share
    return listed.with_row_index("place", offset=1), counted


def partings(rows: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Return customers of high risk and low value whom failures have cost more than they are worth, for a person.

    Low is a known value at or below the median of all known ones; a value that is not known is no ground for anything.
    The cost is that of the customer's defects, returns and refunds in the year before the moment.

    Parameters
    ----------
    rows
        Score rows.
    tables
        The records.

    Returns
    -------
    pl.DataFrame
        A row a customer: columns of the score rows, `customer_value`, `failure_cost` and `note`, which says what the
        list is for; the highest cost first.
    """
    values = tables.interactions.select("interaction_id", "customer_value")
    candidates = rows.filter(pl.col("risk_band") == _ALARMING, pl.col("customer_id").is_not_null()).join(
        values.drop_nulls(), on="interaction_id", maintain_order="left"
    )
    low = values["customer_value"].median()
    costly = (
        candidates.with_columns(failure_cost=_failure_cost(candidates, tables))
        .filter(pl.col("customer_value") <= low, pl.col("failure_cost") > pl.col("customer_value"))
        .sort("failure_cost", "interaction_id", descending=[True, False])
        .unique("customer_id", keep="first", maintain_order=True)
    )
    shown = [name for name in _SHOWN if name != "expected_loss"]
    return costly.select(*shown, "failure_cost", note=pl.lit(FOR_A_PERSON))


def _is_known(rows: pl.DataFrame, tables: Tables, label: Label, now: datetime | None) -> pl.Series:
    """Return of whom it is known by now how they felt: they have rated, complained, or done what is foreseen."""
    is_by_now = (pl.col("at") <= now).fill_null(True)  # what was recorded without a time has come
    rated = tables.feedback.select("interaction_id", at="rated_at")
    kinds = ["complained", *([label.event] if label.event else [])]
    done = tables.events.filter(pl.col("kind").is_in(kinds)).select("interaction_id", "at")
    told = pl.concat([rated, done]).filter(is_by_now)["interaction_id"]
    return rows["interaction_id"].is_in(told.unique().implode())


def _with_value(rows: pl.DataFrame, tables: Tables, spec: Spec) -> pl.DataFrame:
    values = tables.interactions.select(
        "interaction_id",
        customer_value=pl.Series(
            worth(spec.policy, tables.interactions["customer_value"].to_numpy()), nan_to_null=True
        ),
    )
    return rows.join(values, on="interaction_id", how="left", maintain_order="left")


def _failure_cost(rows: pl.DataFrame, tables: Tables) -> pl.Series:
    """Return what failures of each row's customer have cost in the year before its moment."""
    customers = tables.interactions["customer_id"].drop_nulls().unique().sort()
    place = pl.DataFrame({"customer_id": customers}).with_row_index("owner")
    costs = (
        tables.events.filter(pl.col("kind").is_in(FAILURES), pl.col("value").is_not_null())
        .join(tables.interactions.select("interaction_id", "customer_id"), on="interaction_id")
        .join(place, on="customer_id")
    )
    owner = costs["owner"].cast(pl.Int64).to_numpy()
    timeline = Timeline.of(owner, costs["at"].dt.timestamp("us").to_numpy(), len(customers))
    cents = whole(costs["value"].to_numpy() * _CENTS)[timeline.order]
    whose = rows.join(place, on="customer_id", how="left", maintain_order="left")["owner"]
    mine = whose.cast(pl.Int64).to_numpy()
    until, since = (
        timeline.known(mine, (rows["as_of"] - before).dt.timestamp("us").to_numpy())
        for before in (timedelta(0), timedelta(days=COST_DAYS))
    )
    return pl.Series(np.asarray(timeline.sums(cents, since, until)) / _CENTS)
