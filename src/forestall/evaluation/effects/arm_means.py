"""The mean outcome of both arms, adjusted for covariates, with the influence of each customer on it.

In each arm the outcome is regressed on the covariates, weighted by one over the known probability of the arm, and
predicted at the mean of the covariates of all rows. The difference of the two predictions is the estimator of Lin
(2013, "Agnostic notes on regression adjustments to experimental data", Annals of Applied Statistics 7): it is right
even if the regression is wrong, and never less precise in large samples than the plain difference.

All intervals come from the influence of the customers, so rows of one customer may be alike (cluster-robust errors,
Liang and Zeger 1986). Residuals are divided by the square root of one minus their leverage (HC2): without covariates
the error is that of Welch's two-sample comparison, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student
from statsmodels.regression.linear_model import WLS

from forestall.evaluation.effects.trial import Trial
from forestall.evaluation.metrics.binning import Bools
from forestall.statistics import Floats

_ROWS_PER_COVARIATE = 10
LEVEL = 0.95


@dataclass(frozen=True)
class ArmMeans:
    """The adjusted mean of both arms.

    Parameters
    ----------
    treated, held_out
        The adjusted means.
    treated_influence, held_out_influence
        By customer, shape (n_customers,): the squares add up to the variance of the mean.
    dof
        Degrees of freedom of the intervals: the customers of the smaller arm, less the estimated coefficients.
    """

    treated: float
    held_out: float
    treated_influence: Floats
    held_out_influence: Floats
    dof: int

    @property
    def difference(self) -> float:
        """The mean of the treated less that of the held out."""
        return self.treated - self.held_out

    @property
    def difference_influence(self) -> Floats:
        """The influence of each customer on the difference."""
        return self.treated_influence - self.held_out_influence

    def quantile(self, level: float = LEVEL) -> float:
        """Return the half width of an interval of that level, in standard errors."""
        return float(student.ppf((1 + level) / 2, self.dof))


def arm_means(trial: Trial, outcome: Floats | None = None) -> ArmMeans | None:
    """Return the adjusted mean of both arms; None if an arm has fewer than two customers.

    Parameters
    ----------
    trial
        The experiment. Covariates are left out if an arm has fewer than 10 customers for each of them.
    outcome
        Another outcome of the same rows, such as whether the customer was reached.
    """
    smaller = min(trial.n_customers(is_treated) for is_treated in (True, False))
    if smaller < 2:
        return None
    x = _usable(trial.covariates)
    if smaller < _ROWS_PER_COVARIATE * (x.shape[1] + 1):
        x = x[:, :0]
    y = trial.outcome if outcome is None else outcome
    treated, treated_influence = _mean(trial, y, x, trial.is_treated)
    held_out, held_out_influence = _mean(trial, y, x, ~trial.is_treated)
    dof = max(smaller - x.shape[1] - 1, 1)
    return ArmMeans(treated, held_out, treated_influence, held_out_influence, dof)


def _usable(covariates: Floats) -> Floats:
    """Return the covariates that vary, each less its mean and in units of its deviation."""
    centred = covariates - covariates.mean(axis=0)
    spread = centred.std(axis=0)
    varies = spread > 1e-12
    return np.asarray(centred[:, varies] / spread[varies])


def _mean(trial: Trial, y: Floats, x: Floats, rows: Bools) -> tuple[float, Floats]:
    """Return the adjusted mean of the rows of one arm, and the influence of each customer on it."""
    design = np.column_stack([np.ones(int(rows.sum())), x[rows]])
    weight = 1 / trial.probability[rows]
    fit = WLS(y[rows], design, weights=weight).fit()
    slope = design @ fit.normalized_cov_params * weight[:, None]
    leverage = np.minimum((slope * design).sum(axis=1), 1 - 1e-9)
    by_row = np.zeros(trial.n)
    by_row[rows] = slope[:, 0] * fit.resid / np.sqrt(1 - leverage)
    by_row += x @ fit.params[1:] / trial.n  # the mean of the covariates is itself estimated
    return float(fit.params[0]), np.asarray(np.bincount(trial.customer, by_row), dtype=np.float64)
