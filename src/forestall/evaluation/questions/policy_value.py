"""What contacting customers by their risk would save, under a policy and its assumption."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.evaluation.metrics.binning import Bools
from forestall.evaluation.metrics.bootstrap import mean_interval
from forestall.evaluation.metrics.customers import customer_codes
from forestall.model.policy import Policy
from forestall.statistics import Floats, Ints

CAPACITY_STEPS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
SAVED_STEPS = (0.5, 1.0, 1.5)
_N_RESAMPLES = 300


@dataclass(frozen=True)
class PolicyVariant:
    """What the policy would save with another capacity and another saved share.

    Parameters
    ----------
    capacity_per_day, saved_share
        The changed figures of the policy.
    contacts_per_day, saving_per_day
        The number of contacts that pay, and what they save.
    """

    capacity_per_day: float
    saved_share: float
    contacts_per_day: float
    saving_per_day: float


@dataclass(frozen=True)
class PolicyValue:
    """What a policy would save on interactions that the model has not learnt from.

    Parameters
    ----------
    capacity_per_day, cost_per_contact, saved_share, customer_value
        The policy. `saved_share` is an assumption, unless `measured` says where it was measured.
    n, n_days, per_day
        The interactions, the days on which the company had any, and how many it has on such a day.
    contacts_per_day
        Contacts that pay, at most the capacity.
    saving_per_day
        Expected from the risks: risk x customer value x saved share, less the cost of a contact.
    random_per_day
        The expected saving of as many contacts made at random.
    loss_share
        The share of the expected loss (risk x customer value) of those contacted in that of all.
    n_rated, counted_per_day, counted_low, counted_high
        The observed saving: that of the contacted interactions with a label, with its 95 % interval over customers;
        NaN if there are none.
    least_saved_share
        The saved share from which these contacts pay for themselves.
    cells
        The saving at other capacities and saved shares.
    measured
        Where a measured saved share comes from; empty if it is assumed.
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
    cells: list[PolicyVariant] = field(default_factory=list)
    measured: str = ""

    def metrics(self) -> dict[str, float]:
        """Return flat names and numbers, such as `value/saving_per_day`."""
        names = ("contacts_per_day", "saving_per_day", "random_per_day", "loss_share", "least_saved_share")
        counted = ("counted_per_day", "counted_low", "counted_high")
        return {f"value/{name}": float(getattr(self, name)) for name in (*names, *counted)}


def policy_value(
    rows: pl.DataFrame,
    policy: Policy,
    *,
    share: float = 1.0,
    per_day: float = math.nan,
    n_days: int | None = None,
    seed: int = 7,
) -> PolicyValue:
    """Return what a policy would save.

    On each day (UTC) the interactions are contacted in the order of their expected loss, until the capacity is used or
    the next contact does not pay.

    Parameters
    ----------
    rows
        A row an interaction at its last moment, rated or not: interaction_id, customer_id, as_of, risk,
        customer_value (no gaps) and label (null if it is not known).
    policy
        The capacity, the cost of a contact, and the assumed share of the loss that it saves.
    share
        The share of the company's interactions that the rows are; the capacity is reduced to it.
    per_day
        How many interactions the company has on a day.
    n_days
        Number of days on which the company had interactions; None: those of the rows.
    seed
        Seed of the resamples behind the interval.
    """
    days = _Days(rows, policy, share, n_days or rows["as_of"].dt.date().n_unique())
    loss = days.loss
    plan = days.contacted(policy.capacity_per_day, policy.saved_share)
    own = days.variant(policy.capacity_per_day, policy.saved_share)
    mean, low, high, n_rated = _observed_saving(rows.filter(pl.Series(plan)), policy, seed)
    shares = sorted({min(round(policy.saved_share * step, 4), 1.0) for step in SAVED_STEPS})
    random_saving = float(loss.mean()) * policy.saved_share - policy.cost_per_contact
    reached = float(loss[plan].sum())
    return PolicyValue(
        capacity_per_day=policy.capacity_per_day,
        cost_per_contact=policy.cost_per_contact,
        saved_share=policy.saved_share,
        customer_value=policy.customer_value,
        n=rows.height,
        n_days=days.n_days,
        measured=policy.measured or "",
        per_day=per_day,
        contacts_per_day=own.contacts_per_day,
        saving_per_day=own.saving_per_day,
        random_per_day=random_saving * own.contacts_per_day,
        loss_share=reached / float(loss.sum()) if loss.sum() else math.nan,
        n_rated=n_rated,
        counted_per_day=mean * own.contacts_per_day,
        counted_low=low * own.contacts_per_day,
        counted_high=high * own.contacts_per_day,
        least_saved_share=policy.cost_per_contact * plan.sum() / reached if reached else math.nan,
        cells=[
            days.variant(policy.capacity_per_day * step, saved) for saved in shares for step in CAPACITY_STEPS
        ],
    )


class _Days:
    """Interactions by day, in the order in which they would be contacted."""

    def __init__(self, rows: pl.DataFrame, policy: Policy, share: float, n_days: int) -> None:
        self.n_days, self._share, self._cost = n_days, share, policy.cost_per_contact
        self.loss: Floats = (rows["risk"] * rows["customer_value"]).to_numpy()
        days = rows["as_of"].dt.date()
        self._rank = _rank_of_day(days, self.loss)
        self._day: Ints = days.rank("dense").cast(pl.Int64).to_numpy() - 1

    def contacted(self, capacity: float, saved_share: float) -> Bools:
        """Return which interactions are contacted, shape (n,)."""
        is_within = self._rank < _budget(capacity * self._share, self._day)
        return np.asarray(is_within & (self.loss * saved_share > self._cost))

    def variant(self, capacity: float, saved_share: float) -> PolicyVariant:
        """Return what the policy would save with this capacity and saved share."""
        chosen = self.contacted(capacity, saved_share)
        gain = self.loss[chosen] * saved_share - self._cost
        return PolicyVariant(
            capacity, saved_share, self._daily(float(chosen.sum())), self._daily(float(gain.sum()))
        )

    def _daily(self, total: float) -> float:
        return total / self._share / self.n_days


def _rank_of_day(days: pl.Series, loss: Floats) -> npt.NDArray[np.int64]:
    """Return the rank of each row among those of its day, from 0, the highest loss first."""
    frame = pl.DataFrame({"day": days, "loss": loss})
    rank = frame.select(pl.col("loss").rank("ordinal", descending=True).over("day").cast(pl.Int64) - 1)
    return rank.to_series().to_numpy()


def _budget(capacity: float, day: Ints) -> Ints:
    """Return the contacts on the day of each row: whole numbers, whose fractions add up over the days."""
    return np.asarray(np.floor(capacity * (day + 1) + 1e-9) - np.floor(capacity * day + 1e-9), dtype=np.int64)


def _observed_saving(contacted: pl.DataFrame, policy: Policy, seed: int) -> tuple[float, float, float, int]:
    """Return the mean saving of a contact with a label, the ends of its interval, and the number of labels."""
    known = contacted.filter(pl.col("label").is_not_null())
    if not known.height:
        return math.nan, math.nan, math.nan, 0
    gain = (known["label"] * known["customer_value"]).to_numpy() * policy.saved_share
    gain = gain - policy.cost_per_contact
    low, high = mean_interval(gain, customer_codes(known), n=_N_RESAMPLES, seed=seed)
    return float(gain.mean()), low, high, known.height
