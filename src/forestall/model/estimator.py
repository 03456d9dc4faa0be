"""The estimator: boosted trees and a linear part on encoded features, calibrated, with an interval of the risk."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import lightgbm as lgb
import numpy as np
from joblib import delayed, effective_n_jobs
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_random_state
from threadpoolctl import threadpool_limits

from forestall.model.average_boosters import average_boosters
from forestall.model.boosting import Boosting, boosting, direction_constraints, threads
from forestall.model.calibrated_training import CalibratedTraining
from forestall.model.estimator_options import check_options
from forestall.model.fit_progress import in_threads
from forestall.model.fold_results import run_folds
from forestall.model.interval import Spread, fit_spread
from forestall.model.linear import Design, fit_weights
from forestall.model.predictor import RiskPredictor
from forestall.model.presets import PRESETS, presets
from forestall.model.refits import Refits, Ridge
from forestall.model.training_sample import Sample
from forestall.statistics import logit

log = logging.getLogger(__name__)


class RiskClassifier(ClassifierMixin, RiskPredictor, CalibratedTraining, BaseEstimator):  # type: ignore[misc]
    """Calibrated probability of the second of two classes, with a 90 % interval.

    The log-odds are a weighted mean of two parts: boosted trees, and a logistic regression on the ranks of the
    features. Categories are encoded by their smoothed log-odds, cross-fitted by customer. Folds that go forward in time
    give the preset, the number of rounds, the strength of the ridge, the weight of the trees and the rows of the
    calibrator; then both parts learn from all rows.

    Parameters
    ----------
    lightgbm
        LightGBM parameters; they come before those of the preset.
    preset
        The preset of LightGBM's settings (`forestall.model.presets.PRESETS`), or `auto`: that with the lowest log-loss.
    directions
        By column: +1 if a higher value can only raise the risk, -1 if it can only lower it.
    max_rounds
        The largest number of boosting rounds tried.
    n_folds
        Number of folds for the rounds and the calibrator.
    calibration_share
        The share of the interactions in each fold, on which calibrators are compared.
    calibration
        `none`, `level`, `sigmoid`, `isotonic`, `venn_abers`, or `auto`: the best of them on held-out rows.
    n_members
        Number of boosters whose mean is the trees' part, each with its own encodings and seed.
    max_trees
        The largest number of trees in all: with many rounds there are fewer boosters.
    n_refits
        Largest number of refits on bootstraps of the customers for the interval; 0: no interval.
    least_customers
        The fewest customers of a category; with fewer it counts as an unknown one.
    salts
        By column with names of people: the salt of the hashes that are kept in their place.
    random_state
        Seed: an int, a RandomState or None.
    n_jobs
        Number of threads; None: 1, -1: all. The result does not depend on it.

    Attributes
    ----------
    classes_
        The two labels, sorted. The risk is the probability of the second.
    n_features_in_, feature_names_in_
        As in scikit-learn.
    preset_, rounds_
        The preset, and the number of rounds of each booster.
    booster_, linear_, weight_
        The LightGBM booster with the trees of all boosters, the linear part, and the weight of the trees.
    encoder_, calibrator_, spread_
        The encoder of categories, the calibrator, and the model of the interval (None without refits).
    calibration_losses_
        The held-out log-loss of each candidate calibrator.
    """

    def __init__(
        self,
        *,
        lightgbm: Mapping[str, Any] | None = None,
        preset: str = "auto",
        directions: Mapping[str, int] | None = None,
        max_rounds: int = 1000,
        n_folds: int = 5,
        calibration_share: float = 0.15,
        calibration: str = "auto",
        n_members: int = 5,
        max_trees: int = 1000,
        n_refits: int = 20,
        least_customers: int = 1,
        salts: Mapping[str, str] | None = None,
        random_state: Any = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.lightgbm = lightgbm
        self.preset = preset
        self.directions = directions
        self.max_rounds = max_rounds
        self.n_folds = n_folds
        self.calibration_share = calibration_share
        self.calibration = calibration
        self.n_members = n_members
        self.max_trees = max_trees
        self.n_refits = n_refits
        self.least_customers = least_customers
        self.salts = salts
        self.random_state = random_state
        self.n_jobs = n_jobs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.classifier_tags.multi_class = False
        return tags

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        time: Any = None,
        groups: Any = None,
        spread: Spread | None = None,
    ) -> RiskClassifier:
        """Fit the model and return it.

        Parameters
        ----------
        X
            Array of numbers, or a polars or pandas frame with numbers and strings, shape (n, p). Values may be missing.
        y
            Labels of two classes, shape (n,).
        sample_weight
            Weights, none negative, shape (n,). Those of the moments of an interaction should add up to 1.
        time
            Whole numbers or times that order the rows, shape (n,); None: folds are drawn by customer.
        groups
            The customer of each row, shape (n,), or customer and interaction, shape (n, 2). None: each row is a
            customer. So is each interaction with a missing customer.
        spread
            The model of the interval, if it is known from another training; None: it is learnt from refits.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            The input is not as described, or `y` has one class.
        """
        sample, learns, directions, seed = self._prepared(X, y, sample_weight, time, groups)
        # the last bits of a product depend on the number of threads, and several threads mostly wait for one another
        with threadpool_limits(limits=1, user_api="blas"):
            self._fit_on_folds(sample, learns, directions, seed)
            learn = learns[self.preset_]
            self._fit_trees(sample, learn, seed)
            refits = self._fit_linear_part(sample, learn, directions, seed)
            if self.n_refits and spread is None:
                spread = self._fit_spread(refits, seed)
            self.spread_ = spread if self.n_refits else None
        return self

    def find_settings(self, X: Any, y: Any, **rows: Any) -> dict[str, Any]:
        """Return the LightGBM settings of the preset with the lowest log-loss; those in `lightgbm` come first.

        Parameters
        ----------
        X, y, **rows
            As for `fit`.
        """
        sample, learns, directions, seed = self._prepared(X, y, **rows)
        with threadpool_limits(limits=1, user_api="blas"):
            self._fit_on_folds(sample, learns, directions, seed)
        return self._presets()[self.preset_]

    def _prepared(
        self, X: Any, y: Any, sample_weight: Any = None, time: Any = None, groups: Any = None
    ) -> tuple[Sample, dict[str, Boosting], list[int], int]:
        """Return the rows, the settings by preset, the directions and the seed."""
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        check_options(self)
        sample = self.read(X, y, sample_weight, time, groups)
        directions = direction_constraints(self.directions, self.column_names)
        n_threads = threads(len(sample.y), effective_n_jobs(self.n_jobs))
        learns = {
            name: boosting(settings, directions, self.max_rounds, seed, n_threads)
            for name, settings in self._presets().items()
        }
        return sample, learns, directions, seed

    def _presets(self) -> dict[str, dict[str, Any]]:
        """Return the settings that are tried, by preset."""
        if self.preset == "auto":
            return presets(self.lightgbm)
        return {self.preset: {**PRESETS[self.preset], **(self.lightgbm or {})}}

    def _fit_on_folds(
        self, sample: Sample, learns: dict[str, Boosting], directions: list[int], seed: int
    ) -> None:
        """Find on folds: the preset, the number of rounds, the ridge, the weight of the trees and the calibrator."""
        rng = np.random.default_rng([seed, 0])
        n_jobs = effective_n_jobs(self.n_jobs)
        results = run_folds(sample, learns, directions, self.n_folds, self.calibration_share, rng, n_jobs)
        self.preset_, self.rounds_ = results.preset, results.rounds
        self.strength_, self.weight_ = results.strength, results.weight
        self._fit_calibrator(sample, results.raw, results.block, rng)
        found = (self.preset_, self.rounds_, self.strength_, self.weight_, self.calibrator_.kind)
        log.info("preset %s, %d rounds, ridge %.3g, weight of the trees %.2f, calibrator %s", *found)

    def _fit_trees(self, sample: Sample, learn: Boosting, seed: int) -> None:
        """Fit the encoder and the boosters on all rows."""
        self._fit_encoder(sample)
        n_members = int(np.clip(self.max_trees // self.rounds_, 1, self.n_members))
        calls = [delayed(self._fit_member)(sample, learn, seed + k) for k in range(n_members)]
        self.booster_ = average_boosters(in_threads("boosters", calls, effective_n_jobs(self.n_jobs)))

    def _fit_member(self, sample: Sample, learn: Boosting, seed: int) -> lgb.Booster:
        matrix = self._training_matrix(sample, seed)
        return learn.reseeded(seed).train(matrix, sample.y, sample.weight, self.rounds_)

    def _fit_linear_part(self, sample: Sample, learn: Boosting, directions: list[int], seed: int) -> Refits:
        """Fit the linear part on all rows; return what refits need."""
        matrix = self._training_matrix(sample, seed)
        design = Design.of(matrix, self.categorical_, directions)
        found = fit_weights(design, matrix, sample.y, sample.weight, [self.strength_])[0]
        self.linear_, ridge = design.part(found), Ridge(design, self.strength_, found)
        return Refits.of(sample, learn, self.rounds_, ridge, self.weight_, matrix)

    def _fit_spread(self, refits: Refits, seed: int) -> Spread:
        raw = self._raw(refits.matrix)
        n_jobs = effective_n_jobs(self.n_jobs)
        return fit_spread(refits, raw, logit(self.calibrator_(raw)), self.n_refits, seed, n_jobs)
