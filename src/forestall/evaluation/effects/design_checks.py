"""Checks of an experiment's design: without them no difference of the arms is an effect."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import chi2

from forestall.evaluation.effects.trial import Trial
from forestall.evaluation.metrics.multiple_testing import adjusted_p_values
from forestall.statistics import Floats

STRICT = 0.001
"""The level of the checks: they are made at each look, and a false alarm stops the use of an experiment."""


@dataclass(frozen=True)
class DesignCheck:
    """A check of the design.

    Parameters
    ----------
    check
        Its name.
    passed
        Whether it passed.
    figure, bound
        What was found, and what it is compared with.
    says
        The finding, in a sentence.
    invalidates
        Whether no figure is an effect if it fails. Otherwise it says what the figures understate or leave out.
    """

    check: str
    passed: bool
    figure: float
    bound: float
    says: str
    invalidates: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the check as JSON shows it."""
        return asdict(self)


def sample_ratio(trial: Trial) -> DesignCheck:
    """Check that the arms are as large as designed, by a chi-square test over customers at the level 0.001."""
    _, first = np.unique(trial.customer, return_index=True)
    treated = trial.is_treated[first]
    designed = np.where(treated, trial.probability[first], 1 - trial.probability[first])
    variance = float((designed * (1 - designed)).sum())
    distance = float(treated.sum() - designed.sum())
    p = float(chi2.sf(distance**2 / variance, 1)) if variance > 0 else float(abs(distance) < 0.5)
    return DesignCheck(
        "sample_ratio",
        p >= STRICT,
        p,
        STRICT,
        f"{int(treated.sum())} of {len(first)} customers are in the arm that is contacted, {designed.sum():.1f} were "
        f"expected from the designed probabilities (p = {p:.3g})",
    )


def balance(trial: Trial, names: Mapping[str, Floats]) -> DesignCheck:
    """Check that the arms are alike in what was known at the assignment.

    Each figure is compared by a cluster-robust test, and the p-values are adjusted for their number (Benjamini and
    Hochberg).

    Parameters
    ----------
    trial
        The experiment.
    names
        Figures by name, each of shape (n,): the risk, and a 0 or 1 for each segment.
    """
    tests = {name: _difference_p(trial, values) for name, values in names.items()}
    adjusted = dict(zip(tests, adjusted_p_values(list(tests.values())), strict=True))
    tested = {name: p for name, p in adjusted.items() if not math.isnan(p)}
    worst = min(tested, key=lambda name: tested[name], default=None)
    p = 1.0 if worst is None else tested[worst]
    what = "nothing could be compared" if worst is None else f"the largest difference is in {worst}"
    return DesignCheck(
        "balance", p >= STRICT, p, STRICT,
        f"the arms are compared in {len(tested)} figures known at the assignment; {what} (adjusted p = {p:.3g})",
    )  # fmt: skip


def _difference_p(trial: Trial, values: Floats) -> float:
    designed = np.where(trial.is_treated, trial.probability, 1 - trial.probability)
    by_row = (trial.is_treated - designed) * (values - values.mean())
    by_customer = np.bincount(trial.customer, by_row)
    variance = float(by_customer @ by_customer)
    return float(chi2.sf(float(by_customer.sum()) ** 2 / variance, 1)) if variance > 0 else math.nan


def ledger_checks(entries: pl.DataFrame) -> list[DesignCheck]:
    """Check the entries of an experiment: results are recorded, nobody held out was contacted, arms did not change.

    Parameters
    ----------
    entries
        All entries: customer (never null), is_treated, result and done_at (null: nothing recorded).
    """
    is_done = pl.col("result").is_in(["reached", "not_reached"]) | pl.col("done_at").is_not_null()
    treated = entries.filter("is_treated")
    n_open = treated.filter(pl.col("result").is_null()).height
    share = n_open / treated.height if treated.height else 0.0
    n_held = entries.filter(~pl.col("is_treated") & is_done).height
    arms = entries.group_by("customer").agg(n=pl.col("is_treated").n_unique())
    n_moved = arms.filter(pl.col("n") > 1).height
    return [
        DesignCheck(
            "ledger_complete", share <= 0.05, share, 0.05,
            f"{n_open} of {treated.height} entries to be contacted have no result "
            "(reached, not_reached or not_needed); those count as not reached",
            invalidates=False,
        ),
        DesignCheck(
            "no_contact_in_holdout", n_held == 0, float(n_held), 0.0,
            f"{n_held} entries of held-out customers show a contact; they stay in their arm, so the effect is "
            "understated",
            invalidates=False,
        ),
        DesignCheck(
            "one_arm_per_customer", n_moved == 0, float(n_moved), 0.0,
            f"{n_moved} customers are in both arms; the first entry counts",
        ),
    ]  # fmt: skip
