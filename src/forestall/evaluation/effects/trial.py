"""The customers of an experiment, as arrays: who was to be contacted, who was reached, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forestall.evaluation.metrics.binning import Bools
from forestall.statistics import Floats, Ints


@dataclass(frozen=True)
class Trial:
    """The rows of an experiment with a known outcome.

    Parameters
    ----------
    outcome
        Shape (n,), without gaps.
    is_treated
        Whether the row was assigned to be contacted, shape (n,). The others were held out.
    is_reached
        Whether the customer was reached, shape (n,).
    probability
        The probability of the arm that the row is in, shape (n,), above 0.
    covariates
        What was known at the assignment and is adjusted for, shape (n, k); k may be 0.
    customer
        The customer of each row, from 0, shape (n,).
    """

    outcome: Floats
    is_treated: Bools
    is_reached: Bools
    probability: Floats
    covariates: Floats
    customer: Ints

    @classmethod
    def of(
        cls,
        outcome: Floats,
        is_treated: Bools,
        *,
        is_reached: Bools | None = None,
        probability: Floats | float = 0.5,
        covariates: Floats | None = None,
        customer: Ints | None = None,
    ) -> Trial:
        """Return a trial; by default all who were to be contacted were reached, and each row is a customer."""
        n = len(outcome)
        treated = np.asarray(is_treated, dtype=bool)
        given = np.empty((n, 0)) if covariates is None else np.asarray(covariates, dtype=np.float64)
        return cls(
            np.asarray(outcome, dtype=np.float64),
            treated,
            treated if is_reached is None else np.asarray(is_reached, dtype=bool),
            np.broadcast_to(np.asarray(probability, dtype=np.float64), (n,)),
            given if given.ndim == 2 else given[:, None],
            np.arange(n)
            if customer is None
            else np.unique(customer, return_inverse=True)[1].astype(np.int64),
        )

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.outcome)

    def n_customers(self, is_treated: bool) -> int:
        """Return the number of customers in an arm."""
        return len(np.unique(self.customer[self.is_treated == is_treated]))

    def some(self, rows: Bools | Ints) -> Trial:
        """Return the trial of some rows."""
        return Trial.of(
            self.outcome[rows],
            self.is_treated[rows],
            is_reached=self.is_reached[rows],
            probability=self.probability[rows],
            covariates=self.covariates[rows],
            customer=self.customer[rows],
        )

    def without_covariates(self) -> Trial:
        """Return the trial without covariates: a plain comparison of the arms."""
        return replace(self, covariates=np.empty((self.n, 0)))
