"""The effect as it was seen day by day."""

from __future__ import annotations

import numpy as np
import polars as pl

from forestall.evaluation.effects.arm_means import arm_means
from forestall.evaluation.effects.confidence_sequence import FEWEST, Look, sequence_half_width
from forestall.evaluation.effects.estimates import intention_to_treat
from forestall.evaluation.effects.trial import Trial

MOST_LOOKS = 60


def daily_looks(trial: Trial, decided_at: pl.Series) -> list[Look]:
    """Return the effect at the end of each day on which outcomes were decided, at most 60 days, the last one too.

    The first look is when each arm has 50 customers.

    Parameters
    ----------
    trial
        The experiment.
    decided_at
        When the outcome of each row was known, shape (n,).
    """
    decided_on = decided_at.dt.date()
    days = decided_on.unique().sort()
    some = np.unique(np.linspace(0, max(len(days) - 1, 0), MOST_LOOKS).round().astype(int))
    found = []
    for day in days.to_list() if len(days) <= MOST_LOOKS else days.gather(some).to_list():
        part = trial.some((decided_on <= day).to_numpy())
        n_treated, n_held_out = part.n_customers(True), part.n_customers(False)
        if min(n_treated, n_held_out) < FEWEST:
            continue
        one = intention_to_treat(arm_means(part))
        n = n_treated + n_held_out
        half = sequence_half_width(one.error, n)
        found.append(
            Look(day.isoformat(), n, one.value, one.value - half, one.value + half, one.low, one.high)
        )
    return found
