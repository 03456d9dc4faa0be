"""The contact list: whom to contact first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from forestall.contacts.arms import with_arms
from forestall.data import Tables
from forestall.data.contact_schema import HOLDOUT
from forestall.model.contact_effect import EFFECT, ContactEffect
from forestall.model.policy import Policy, worth
from forestall.model.spec import Spec
from forestall.moments import Label

CONTACT_LIST = "contact_list.parquet"
ROW_COLUMNS = (
    *("interaction_id", "customer_id", "as_of", "dissatisfaction_risk", "risk_low", "risk_high", "risk_band"),
    *("data_quality", "customer_value"),
)
"""Columns of a score row that the lists show, and the customer's value."""


def contact_list(
    rows: pl.DataFrame, tables: Tables, spec: Spec, limit: float | None, now: datetime | None
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return whom to contact first, and counts.

    The order is that of the expected loss or, if the rows have `effect`, of the expected saving. Each customer is
    listed once, with the first interaction in this order. The list skips interactions that already have a rating, a
    complaint or the label event, those whose label horizon is over, those without a risk, those whose customer a
    contact is predicted to make unhappier (`effect` above 0) and, with a policy, contacts that would not pay.

    Parameters
    ----------
    rows
        Score rows.
    tables
        The records.
    spec
        The model's specification: its label and its policy.
    limit
        The longest list. By default the policy's `capacity_per_day`; without a policy there is no limit.
    now
        The time of the job: the time that it scores at, else the end of the records. None without a clock.

    Returns
    -------
    contacts : polars.DataFrame
        `place` (from 1), columns of the score rows, `customer_value`, `expected_loss` (unknown ones come last,
        ordered by risk), `expected_saving` (with a policy, from its assumed `saved_share`; with `effect`, which is
        then a column too, value x effect less the cost) and `reason`, the strongest one, if reasons were computed. In
        an experiment also `arm` and `probability` (see `contacts.arms.with_arms`): those with the arm `holdout` must
        not be contacted.
    counts : dict
        How many are listed, worth a contact, already known and too late, and the sums of the list.
    """
    return Candidates.of(rows, tables, spec, limit, now).contact_list()


@dataclass(frozen=True)
class Candidates:
    """Who may be on a contact list, of some customers; those of others may be added.

    Attributes
    ----------
    best
        The best candidates, at most as many as the list may have, in the order of the list.
    policy
        The model's policy.
    most
        The longest list, None without a limit.
    n_worth, n_known, n_late
        How many customers are worth a contact, and how many interactions are left out because their outcome is known or
        their label horizon is over.
    n_sleeping
        How many interactions are left out because a contact would make the customer unhappier; None if that is not
        known.
    """

    best: pl.DataFrame
    policy: Policy | None
    most: int | None
    n_worth: int
    n_known: int
    n_late: int
    n_sleeping: int | None = None

    @classmethod
    def of(
        cls, rows: pl.DataFrame, tables: Tables, spec: Spec, limit: float | None, now: datetime | None
    ) -> Candidates:
        """Return the candidates among the customers of tables, which are whole customers; see `contact_list`."""
        is_known = _outcome_is_known(rows, tables, spec.label, now)
        is_late = _horizon_is_over(rows, spec.label, now)
        is_open, n_sleeping = ~is_known & ~is_late, None
        if EFFECT in rows.columns:
            is_sleeping = (rows[EFFECT] > 0).fill_null(False)
            n_sleeping = int((is_open & is_sleeping).sum())
            is_open &= ~is_sleeping
        found = _candidates(rows.filter(is_open), tables, spec.policy)
        most = _longest(limit, spec.policy)
        strongest = pl.col("reasons").list.first().struct.field("text")
        columns = (*ROW_COLUMNS, "expected_loss", "expected_saving", *_effect_of(found))
        best = _first(found.select(*columns, "pays", reason=strongest), spec.policy, most)
        n_worth = int(found["pays"].sum())
        n_late = int((is_late & ~is_known).sum())
        return cls(best, spec.policy, most, n_worth, int(is_known.sum()), n_late, n_sleeping)

    def plus(self, other: Candidates) -> Candidates:
        """Return the candidates among the customers of both."""
        best = _in_order(pl.concat([self.best, other.best]))
        return Candidates(
            _first(best, self.policy, self.most),
            self.policy,
            self.most,
            self.n_worth + other.n_worth,
            self.n_known + other.n_known,
            self.n_late + other.n_late,
            None if self.n_sleeping is None else self.n_sleeping + (other.n_sleeping or 0),
        )

    def contact_list(self) -> tuple[pl.DataFrame, dict[str, Any]]:
        """Return the list and its counts; see the function `contact_list`."""
        listed = self.best.drop("pays").rechunk()
        if has_experiment(self.policy):
            assert self.policy is not None
            assert self.most is not None
            listed = with_arms(self.best, self.policy, self.most).drop("pays").rechunk()
        called = to_contact(listed)
        counts = {
            "contacts": called.height,
            "worth_a_contact": self.n_worth,
            "already_known": self.n_known,
            "too_late": self.n_late,
            "expected_loss": float(called["expected_loss"].sum()),
        }
        if self.policy is not None:
            counts["expected_saving"] = float(called["expected_saving"].sum())
            if self.n_sleeping is None:
                counts["assumed_saved_share"] = self.policy.saved_share
        if self.n_sleeping is not None:
            counts["sleeping_dogs"] = self.n_sleeping
            counts["expected_saving"] = float(called["expected_saving"].sum())
        return listed.with_row_index("place", offset=1), counts


def to_contact(listed: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of a contact list without the customers who are held out."""
    return listed if "arm" not in listed.columns else listed.filter(pl.col("arm") != HOLDOUT)


def has_experiment(policy: Policy | None) -> bool:
    """Return whether some customers are held out."""
    return policy is not None and policy.experiment is not None


def _first(candidates: pl.DataFrame, policy: Policy | None, most: int | None) -> pl.DataFrame:
    """Return the candidates who may be on the list, in their order; more candidates only replace some of them."""
    if most is None:
        return candidates
    if has_experiment(policy):
        assert policy is not None
        return with_arms(candidates, policy, most).drop("arm", "probability")
    return candidates.head(most)


def _candidates(rows: pl.DataFrame, tables: Tables, policy: Policy | None) -> pl.DataFrame:
    """Return one row per customer, the highest expected loss first, with `customer_value` and `expected_saving`."""
    saving, cost = pl.lit(None, pl.Float64), 0.0 if policy is None else policy.cost_per_contact
    if EFFECT in rows.columns:
        saving = -pl.col(EFFECT) * pl.col("customer_value") - cost
    elif policy is not None:
        saving = pl.col("expected_loss") * policy.saved_share - cost
    valued = (
        _with_customer_value(rows, tables, policy)
        .filter(pl.col("dissatisfaction_risk").is_not_null())
        .with_columns(expected_saving=saving)
    )
    pays = pl.lit(True) if policy is None else (pl.col("expected_saving") > 0).fill_null(False)
    valued = valued.with_columns(pays=pays)
    if policy is not None and not policy.explore_share:
        valued = valued.filter("pays")
    # Interactions of unknown customers are customers of their own.
    own = pl.concat_str(pl.lit("interaction "), pl.col("interaction_id"))
    return (
        _in_order(valued)
        .with_columns(customer=pl.coalesce("customer_id", own))
        .unique("customer", keep="first", maintain_order=True)
    )


def _in_order(candidates: pl.DataFrame) -> pl.DataFrame:
    money = "expected_saving" if EFFECT in candidates.columns else "expected_loss"
    order = (money, "dissatisfaction_risk", "interaction_id")
    return candidates.sort(*order, descending=[True, True, False], nulls_last=True)


def _effect_of(rows: pl.DataFrame) -> tuple[str, ...]:
    return (EFFECT,) if EFFECT in rows.columns else ()


def order_figures(effect: ContactEffect | None) -> dict[str, Any]:
    """Return by what a list is ordered, and why, for a model that has learnt the effect of a contact; else nothing."""
    if effect is None:
        return {}
    money = "expected_saving" if effect.orders_contacts else "expected_loss"
    return {"ordered_by": money, "order": str(effect.verdict["says"])}


def _longest(limit: float | None, policy: Policy | None) -> int | None:
    """Return the longest list: the limit given, else the policy's capacity; None for all candidates."""
    if limit is not None:
        return int(limit)
    return None if policy is None else int(policy.capacity_per_day)


def _outcome_is_known(rows: pl.DataFrame, tables: Tables, label: Label, now: datetime | None) -> pl.Series:
    """Return for each row whether its interaction has a rating, a complaint or the label event by now."""
    is_past = (pl.col("at") <= now).fill_null(True)  # a rating without a time counts as past
    rated = tables.feedback.select("interaction_id", at="rated_at")
    kinds = ["complained", *([label.event] if label.event else [])]
    done = tables.events.filter(pl.col("kind").is_in(kinds)).select("interaction_id", "at")
    known = pl.concat([rated, done]).filter(is_past)["interaction_id"]
    return rows["interaction_id"].is_in(known.unique().implode())


def _horizon_is_over(rows: pl.DataFrame, label: Label, now: datetime | None) -> pl.Series:
    """Return for each row whether its label horizon has ended by now."""
    end = pl.col("as_of") + timedelta(days=label.horizon_days)
    return rows.select(end < now).to_series().fill_null(False)


def _with_customer_value(rows: pl.DataFrame, tables: Tables, policy: Policy | None) -> pl.DataFrame:
    known = tables.interactions["customer_value"].to_numpy()
    value = pl.Series(worth(policy, known), nan_to_null=True)
    values = tables.interactions.select("interaction_id", customer_value=value)
    return rows.join(values, on="interaction_id", how="left", maintain_order="left")
