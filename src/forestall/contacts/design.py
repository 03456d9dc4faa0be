"""What an experiment costs, and when it can show an effect: said before it starts."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from forestall.data.contact_schema import EXPLORE, HOLDOUT
from forestall.model.policy import Policy
from forestall.model.spec import Spec
from forestall.moments import Label

POWER, ALPHA = 0.8, 0.05
_MOST_DAYS = (
    36_525  # a hundred years: with a tiny saved share the day may lie beyond the last one of a calendar
)


def design_of(listed: pl.DataFrame, policy: Policy, label: Label, now: datetime | None) -> dict[str, Any]:
    """Return what the experiment of a policy costs each day, and when it can show the assumed effect.

    Parameters
    ----------
    listed
        The contact list of a day, with `arm`.
    policy
        The policy.
    label
        The outcome, and after how many days it is known.
    now
        The time of the job; None without a clock.

    Returns
    -------
    dict
        `held_out_per_day` (customers), `not_saved_per_day` (money: the expected saving of those who would be contacted
        otherwise), `explored_per_day`, `exploring_costs_per_day`, `offers_needed` and `contacts_needed` (customers
        with a known outcome, in both arms and contacted, to see the assumed effect with a power of 80 % at a
        two-sided level of 5 %), `days_needed` and `earliest` (a day, null if it is more than a hundred years away), if
        every day has as many new offers as this one and all outcomes become known. Null where the list is too small to
        say.
    """
    explored = listed.filter(
        pl.col("arm") == EXPLORE, (pl.col("probability") + policy.holdout_share - 1).abs() > 1e-9
    )
    is_held = pl.col("arm") == HOLDOUT
    # the held-out below the threshold would not be contacted anyway; their probability is another
    held = listed.filter(is_held & ((pl.col("probability") - policy.holdout_share).abs() < 1e-9))
    n_below = explored.height + listed.filter(is_held).height - held.height
    n_offers = listed.height - n_below
    wasted = explored.filter(pl.col("expected_saving") < 0)
    needed = offers_needed(listed["dissatisfaction_risk"].mean(), policy)
    days = None if needed is None or not n_offers else math.ceil(needed / n_offers)
    return {
        "experiment": policy.experiment,
        "holdout_share": policy.holdout_share,
        "held_out_per_day": held.height,
        "not_saved_per_day": float(held["expected_saving"].sum()),
        "explored_per_day": explored.height,
        "exploring_costs_per_day": 0.0 - float(wasted["expected_saving"].sum()),  # no negative zero
        "offers_needed": needed,
        "contacts_needed": None if needed is None else math.ceil(needed * (1 - policy.holdout_share)),
        "days_needed": days,
        "earliest": _earliest(now, days, label),
    }


def _earliest(now: datetime | None, days: int | None, label: Label) -> str | None:
    """Return the day on which the last of the outcomes is known; None if that is not known, or far away."""
    if now is None or days is None or days > _MOST_DAYS:
        return None
    return f"{now + timedelta(days=days + label.horizon_days):%Y-%m-%d}"


def offers_needed(risk: Any, policy: Policy) -> int | None:
    """Return how many customers must be offered to see the assumed effect; None if the risk is not known.

    Parameters
    ----------
    risk
        The mean risk of those offered, without a contact.
    policy
        The assumed `saved_share`: a contact lowers the risk by this share. `holdout_share`: the smaller arm.
    """
    if risk is None or not 0 < risk < 1:
        return None
    from statsmodels.stats.power import NormalIndPower  # noqa: PLC0415 - takes a second to import
    from statsmodels.stats.proportion import proportion_effectsize  # noqa: PLC0415

    size = proportion_effectsize(risk, risk * (1 - policy.saved_share))
    ratio = (1 - policy.holdout_share) / policy.holdout_share
    held = NormalIndPower().solve_power(size, alpha=ALPHA, power=POWER, ratio=ratio)
    return math.ceil(float(held) * (1 + ratio))


def design_sentence(design: dict[str, Any]) -> str:
    """Return the cost and the duration of an experiment in words."""
    cost = (
        f"Experiment {design['experiment']}: {design['held_out_per_day']:,} customers a day are held out, which "
        f"forgoes an expected saving of {design['not_saved_per_day']:,.2f} a day"
    )
    if design["offers_needed"] is None:
        return f"{cost}. The list is too small to say when the assumed effect can be seen."
    when = f", on {design['earliest']} at the earliest" if design["earliest"] else ""
    return (
        f"{cost}. {design['offers_needed']:,} customers with a known outcome ({design['contacts_needed']:,} contacted) "
        f"are needed to see the assumed effect: {design['days_needed']:,} days like this one{when}."
    )


def design_figures(listed: pl.DataFrame, spec: Spec, now: datetime | None) -> dict[str, Any]:
    """Return `offered_at`, `design` and `note`, its sentence, for a contact list with arms; nothing for one without."""
    if spec.policy is None or "arm" not in listed.columns:
        return {}
    design = design_of(listed, spec.policy, spec.label, now)
    offered_at = None if now is None else now.isoformat()
    return {"offered_at": offered_at, "design": design, "note": design_sentence(design)}
