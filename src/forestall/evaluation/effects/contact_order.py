"""The gate of the order of contacts: whether the effect saves more than the risk, on customers not learnt from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forestall.evaluation.effects.arm_means import arm_means
from forestall.evaluation.effects.estimates import UNDEFINED, Estimate, intention_to_treat
from forestall.evaluation.effects.ranking import (
    EffectGroup,
    Ranking,
    effect_groups,
    mean_of,
    place_in_order,
    qini,
)
from forestall.evaluation.effects.trial import Trial
from forestall.statistics import Floats

CAPACITIES = tuple(share / 20 for share in range(1, 11))
"""Shares of the offered customers that can be contacted: the gate compares the mean saving over them."""


@dataclass(frozen=True)
class SleepingDogs:
    """Customers whom a contact is predicted to make unhappier.

    Parameters
    ----------
    n, share
        Their number and share among the customers of the experiments.
    predicted
        The mean of their predicted effects.
    observed
        What the experiments show of them.
    marks
        What is recorded of them more often than of others: name, value, share among them, share among the others.
    """

    n: int
    share: float
    predicted: float
    observed: Estimate
    marks: tuple[tuple[str, str, float, float], ...] = ()


@dataclass(frozen=True)
class ContactOrder:
    """How well a model of the effect orders customers that it has not learnt from.

    Parameters
    ----------
    n, n_contacted, n_held_out
        Customers with a known outcome, in all and by arm.
    effect
        The mean effect of being assigned to a contact.
    qini
        The Qini coefficient of the order by the effect, as a share of customers; see `ranking.qini`.
    gain
        By how much contacting by value × effect saves more than by risk × value: money for each customer offered, the
        mean over `CAPACITIES`, with its interval.
    saved_by_risk, saved_by_effect
        What both orders save, in the same unit.
    groups
        The calibration of the effect: see `ranking.effect_groups`.
    sleeping
        Customers whom a contact is predicted to make unhappier; None if there are none.
    trust
        How far the model believes that effects differ, from 0 (all have the same share of their risk) to 1.
    objections
        Why the order must stay whatever the gain, in sentences.
    """

    n: int
    n_contacted: int
    n_held_out: int
    effect: Estimate
    qini: Ranking
    gain: Ranking
    saved_by_risk: float
    saved_by_effect: float
    groups: Sequence[EffectGroup]
    sleeping: SleepingDogs | None
    trust: float
    objections: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether contacts are ordered by the effect."""
        return self.gain.is_above_chance and not self.objections

    def says(self) -> str:
        """Return the verdict in a sentence."""
        figures = (
            f"{self.gain.value:+.2f} ({self.gain.low:+.2f} to {self.gain.high:+.2f}) of money per customer offered, "
            f"measured on {self.n:,} customers that the model had not learnt from"
        )
        if self.objections:
            return f"The contact list stays ordered by risk × value: {' '.join(self.objections)}"
        if self.passed:
            return f"The contact list is ordered by value × effect, which saves more than risk × value: {figures}."
        return (
            "The contact list stays ordered by risk × value, because value × effect does not save more beyond chance: "
            f"{figures}."
        )

    def metrics(self) -> dict[str, float]:
        """Return flat names and numbers, for a run, without those that are not defined."""
        found = {
            "effect/n": float(self.n),
            "effect/mean": self.effect.value, "effect/mean_low": self.effect.low, "effect/mean_high": self.effect.high,
            "effect/qini": self.qini.value, "effect/qini_low": self.qini.low, "effect/qini_high": self.qini.high,
            "effect/gain": self.gain.value, "effect/gain_low": self.gain.low, "effect/gain_high": self.gain.high,
            "effect/saved_by_risk": self.saved_by_risk, "effect/saved_by_effect": self.saved_by_effect,
            "effect/trust": self.trust, "effect/passed": float(self.passed),
            "effect/sleeping_share": 0.0 if self.sleeping is None else self.sleeping.share,
        }  # fmt: skip
        return {name: float(value) for name, value in found.items() if math.isfinite(value)}

    def verdict(self) -> dict[str, Any]:
        """Return what the package holds of it."""
        return {"passed": self.passed, "says": self.says(), "metrics": self.metrics()}


def contact_order(
    trial: Trial,
    predicted: Floats,
    pseudo_outcome: Floats,
    worth: Floats,
    trust: float,
    objections: Sequence[str] = (),
    seed: int = 7,
) -> ContactOrder:
    """Return how well predicted effects order the customers of experiments.

    Parameters
    ----------
    trial
        The customers, with the risk at assignment as the first covariate; the outcome is the bad one.
    predicted
        The effects by models that have not learnt from the customer, below 0 if a contact helps, shape (n,).
    pseudo_outcome
        Figures whose mean is the effect; see `model.effect_model`.
    worth
        What each customer is worth, shape (n,).
    trust
        See `ContactOrder`.
    objections
        Why the order must stay.
    seed
        Of the resamples.
    """
    by_risk, by_effect = (_contacted(priority * worth) for priority in (trial.covariates[:, 0], -predicted))
    saved = -pseudo_outcome * worth
    good = Trial.of(-trial.outcome, trial.is_treated, probability=trial.probability, customer=trial.customer)
    return ContactOrder(
        n=trial.n,
        n_contacted=int(trial.is_treated.sum()),
        n_held_out=int((~trial.is_treated).sum()),
        effect=intention_to_treat(arm_means(trial)),
        qini=qini(good, -predicted, seed=seed),
        gain=mean_of(saved * (by_effect - by_risk), trial.customer, seed),
        saved_by_risk=float((saved * by_risk).mean()),
        saved_by_effect=float((saved * by_effect).mean()),
        groups=effect_groups(trial, predicted),
        sleeping=_sleeping(trial, predicted),
        trust=trust,
        objections=tuple(objections),
    )


def _contacted(priority: Floats) -> Floats:
    """Return at what share of the capacities each row is contacted, if the highest is contacted first."""
    place = place_in_order(priority)
    return np.asarray(np.mean([place < capacity for capacity in CAPACITIES], axis=0), dtype=np.float64)


def _sleeping(trial: Trial, predicted: Floats) -> SleepingDogs | None:
    rows = predicted > 0
    if not rows.any():
        return None
    some = trial.some(rows)
    has_both = min(some.n_customers(True), some.n_customers(False)) > 1
    observed = intention_to_treat(arm_means(some)) if has_both else UNDEFINED
    return SleepingDogs(int(rows.sum()), float(rows.mean()), float(predicted[rows].mean()), observed)
