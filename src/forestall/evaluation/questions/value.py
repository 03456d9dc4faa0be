"""What contacting customers by their risk would be worth, under a policy and its assumption."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.evaluation.metrics.bootstrap import customers, group_codes
from forestall.evaluation.metrics.risk_metrics import Floats
from forestall.model.policy import Policy

CAPACITY_STEPS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
SAVED_STEPS = (0.5, 1.0, 1.5)
_N_RESAMPLES = 300


@dataclass(frozen=True)
class Cell:
    """What other figures of the policy would bring.

    Parameters
    ----------
    capacity_per_day, saved_share
        The policy's, changed.
    contacts_per_day, saving_per_day
        How many contacts would pay, and what they would save.
    """

    capacity_per_day: float
    saved_share: float
    contacts_per_day: float
    saving_per_day: float


@dataclass(frozen=True)
class Value:
    """What a policy is worth on interactions that the model had not seen.

    Parameters
    ----------
    capacity_per_day, cost_per_contact, saved_share, customer_value
        The policy. `saved_share` is an assumption: nothing in the data measures it.
    n, n_days, per_day
        Interactions judged, the days on which the company had any, and how many it has on such a day.
    contacts_per_day
        Contacts that pay, at most the capacity.
    saving_per_day
        By the risks: risk x customer value x saved share, less the cost of a contact.
    random_per_day
        The same number of contacts, made at random.
    loss_share
        The share of all expected loss (risk x customer value) that lies with those contacted.
    n_rated, counted_per_day, counted_low, counted_high
        The same saving counted by what became of those contacted whose label is known, with its 95 % interval over
        customers; NaN where there are none.
    least_saved_share
        From which saved share on these contacts pay for themselves.
    cells
        The saving at other capacities and saved shares.
    """

    capacity_per_day: float
    cost_per_contact: float
    saved_share: float
    customer_value: float
    n: int
    n_days: int
    per_day: float
    contacts_per_day: float
    saving_per_day: float
    random_per_day: float
    loss_share: float
    n_rated: int
    counted_per_day: float
    counted_low: float
    counted_high: float
    least_saved_share: float
    cells: list[Cell] = field(default_factory=list)

    def metrics(self) -> dict[str, float]:
        """Return flat names and numbers, such as `value/saving_per_day`."""
        names = ("contacts_per_day", "saving_per_day", "random_per_day", "loss_share", "least_saved_share")
        counted = ("counted_per_day", "counted_low", "counted_high")
        return {f"value/{name}": float(getattr(self, name)) for name in (*names, *counted)}


def value(
    rows: pl.DataFrame,
    policy: Policy,
    *,
    share: float = 1.0,
    per_day: float = math.nan,
    n_days: int | None = None,
    seed: int = 7,
) -> Value:
    """Return what a policy is worth.

    On each day (UTC) those seen on it are contacted in the order of their expected loss, as long as there is capacity
    and the contact pays.

    Parameters
    ----------
    rows
        A row an interaction at its last moment, rated or not: interaction_id, customer_id, as_of, risk,
        customer_value (no gaps) and label (null where it is not known).
    policy
        What can be done, its cost, and what is assumed of it.
    share
        Which share of the company's interactions the rows are: the capacity is cut to it.
    per_day
        How many interactions the company has a day.
    n_days
        On how many days the company had any: a usual day is one of these. By default those of the rows.
    seed
        Of the interval.
    """
    days = rows["as_of"].dt.date()
    n_days = n_days or days.n_unique()
    loss = (rows["risk"] * rows["customer_value"]).to_numpy()
    place = _place_of_day(days, loss)
    codes = days.rank("dense").cast(pl.Int64).to_numpy() - 1

    def chosen(capacity: float, saved: float) -> npt.NDArray[np.bool_]:
        return (place < _budget(capacity * share, codes)) & (loss * saved > policy.cost_per_contact)

    def daily(total: float) -> float:
        return total / share / n_days

    def cell(capacity: float, saved: float) -> Cell:
        some = chosen(capacity, saved)
        gain = loss[some] * saved - policy.cost_per_contact
        return Cell(capacity, saved, daily(float(some.sum())), daily(float(gain.sum())))

    plan = chosen(policy.capacity_per_day, policy.saved_share)
    own = cell(policy.capacity_per_day, policy.saved_share)
    mean, low, high, n_rated = _counted(rows.filter(pl.Series(plan)), policy, seed)
    shares = sorted({min(round(policy.saved_share * step, 4), 1.0) for step in SAVED_STEPS})
    at_random = float(loss.mean()) * policy.saved_share - policy.cost_per_contact
    lost = float(loss[plan].sum())
    return Value(
        capacity_per_day=policy.capacity_per_day,
        cost_per_contact=policy.cost_per_contact,
        saved_share=policy.saved_share,
        customer_value=policy.customer_value,
        n=rows.height,
        n_days=n_days,
        per_day=per_day,
        contacts_per_day=own.contacts_per_day,
        saving_per_day=own.saving_per_day,
        random_per_day=at_random * own.contacts_per_day,
        loss_share=lost / float(loss.sum()) if loss.sum() else math.nan,
        n_rated=n_rated,
        counted_per_day=mean * own.contacts_per_day,
        counted_low=low * own.contacts_per_day,
        counted_high=high * own.contacts_per_day,
        least_saved_share=policy.cost_per_contact * plan.sum() / lost if lost else math.nan,
        cells=[cell(policy.capacity_per_day * step, saved) for saved in shares for step in CAPACITY_STEPS],
    )


def _place_of_day(days: pl.Series, loss: Floats) -> npt.NDArray[np.int64]:
    """Return the place of each row among those of its day, from 0, the highest loss first."""
    frame = pl.DataFrame({"day": days, "loss": loss})
    place = frame.select(pl.col("loss").rank("ordinal", descending=True).over("day").cast(pl.Int64) - 1)
    return place.to_series().to_numpy()


def _budget(capacity: float, day: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the contacts of each row's day: whole ones, whose fractions make a whole one now and then."""
    return np.asarray(np.floor(capacity * (day + 1) + 1e-9) - np.floor(capacity * day + 1e-9), dtype=np.int64)


def _counted(contacted: pl.DataFrame, policy: Policy, seed: int) -> tuple[float, float, float, int]:
    """Return the mean saving of a contact by what became of those whose label is known, its interval, and how many."""
    known = contacted.filter(pl.col("label").is_not_null())
    if not known.height:
        return math.nan, math.nan, math.nan, 0
    gain = (known["label"] * known["customer_value"]).to_numpy() * policy.saved_share
    gain = gain - policy.cost_per_contact
    codes = group_codes(customers(known), known.height)
    sums, sizes = np.bincount(codes, gain), np.bincount(codes)
    drawn = np.random.default_rng(seed).integers(0, len(sums), size=(_N_RESAMPLES, len(sums)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975]) if len(sums) > 1 else (math.nan, math.nan)
    return float(gain.mean()), float(low), float(high), known.height
