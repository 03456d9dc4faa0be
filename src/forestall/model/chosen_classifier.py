"""The estimator with a classifier of the user's choice in place of the blend: calibrated, and explained by sampling."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from joblib import delayed, effective_n_jobs
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, check_random_state
from threadpoolctl import threadpool_limits

from forestall.errors import UsageError
from forestall.model.boosting import boosting, direction_constraints
from forestall.model.calibrated_training import CalibratedTraining
from forestall.model.chosen_learner import Learner, LearnerRefits, Recipe, keeps_directions
from forestall.model.classifier_file import FILE, read_classifier, write_classifier
from forestall.model.finite_columns import FiniteColumns
from forestall.model.fit_progress import in_threads
from forestall.model.fold_results import usable_folds
from forestall.model.interval import Spread, fit_spread
from forestall.model.sampled_contributions import N_REFERENCES, Reference
from forestall.model.training_sample import Sample
from forestall.statistics import Floats, logit

log = logging.getLogger(__name__)

NOT_TUNED = (
    "--tune tries settings of LightGBM, and model.yaml names another `estimator`; find its parameters with "
    "GridSearchCV of scikit-learn and forestall.TimeSplit, or leave out --tune"
)


class ChosenClassifier(ClassifierMixin, CalibratedTraining, BaseEstimator):  # type: ignore[misc]
    """Calibrated probability of the second of two classes by any classifier, with a 90 % interval.

    The classifier learns from the encoded features. Folds that go forward in time calibrate its log-odds. One that
    takes no missing values gets ranks and flags of missing values instead. Contributions are sampled Shapley values.

    Parameters
    ----------
    classifier
        A classifier of scikit-learn with `predict_proba`, whose `fit` takes weights.
    directions
        By column: +1 if a higher value can only raise the risk, -1 if it can only lower it. Only
        `HistGradientBoostingClassifier` is bound to them.
    n_folds, calibration_share, calibration, least_customers, salts, random_state, n_jobs
        See `RiskClassifier`. Each fit has one thread.
    n_refits
        Largest number of refits on bootstraps of the customers for the interval; 0: no interval. Each takes as long as
        the training, so there are fewer than `RiskClassifier` has.

    Attributes
    ----------
    learner_
        The fitted classifier.
    reference_
        What contributions are computed from.
    ranges_
        The smallest and largest value of each column in training.
    """

    preset_ = "auto"  # it has no settings of LightGBM
    learner_: Learner
    reference_: Reference
    ranges_: list[tuple[float, float] | None]

    def __init__(
        self,
        classifier: Any = None,
        *,
        directions: Mapping[str, int] | None = None,
        n_folds: int = 5,
        calibration_share: float = 0.15,
        calibration: str = "auto",
        n_refits: int = 8,
        least_customers: int = 1,
        salts: Mapping[str, str] | None = None,
        random_state: Any = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.classifier = classifier
        self.directions = directions
        self.n_folds = n_folds
        self.calibration_share = calibration_share
        self.calibration = calibration
        self.n_refits = n_refits
        self.least_customers = least_customers
        self.salts = salts
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        time: Any = None,
        groups: Any = None,
        spread: Spread | None = None,
    ) -> ChosenClassifier:
        """Fit the model and return it; see `RiskClassifier.fit`."""
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        sample = self.read(X, y, sample_weight, time, groups)
        directions = direction_constraints(self.directions, self.column_names)
        recipe = Recipe(self.classifier, self.categorical_, directions)
        with threadpool_limits(limits=1, user_api="blas"):
            self._fit_on_folds(sample, recipe, seed)
            self._fit_encoder(sample)
            matrix = self._training_matrix(sample, seed)
            self.learner_ = Learner.fitted(recipe, matrix, sample.y, sample.weight)
            self.reference_ = Reference.of(matrix, seed)
            self.ranges_ = _ranges(matrix)
            self.spread_ = spread if self.n_refits else None
            if self.n_refits and spread is None:
                raw = self._raw(matrix)
                refits = LearnerRefits(sample, matrix, boosting({}, [], 1, seed, 1), recipe)
                truth, n_jobs = logit(self.calibrator_(raw)), effective_n_jobs(self.n_jobs)
                self.spread_ = fit_spread(refits, raw, truth, self.n_refits, seed, n_jobs)
        return self

    def find_settings(self, X: Any, y: Any, **rows: Any) -> dict[str, Any]:
        """Refuse to tune: trials try settings of LightGBM.

        Raises
        ------
        UsageError
            Always.
        """
        raise UsageError(NOT_TUNED)

    def _fit_on_folds(self, sample: Sample, recipe: Recipe, seed: int) -> None:
        """Fit the calibrator on the held-out log-odds of folds."""
        rng = np.random.default_rng([seed, 0])
        folds = usable_folds(sample, self.n_folds, self.calibration_share, rng)
        raw, block = np.full(len(sample.y), np.nan), np.zeros(len(sample.y), dtype=np.int64)
        settings = LearnerRefits(sample, np.empty((0, 0)), boosting({}, [], 1, seed, 1), recipe)
        calls = [
            delayed(settings.log_odds)(rows, later, sample.y[rows], sample.weight[rows], child)
            for (rows, later), child in zip(folds, rng.spawn(len(folds)), strict=True)
        ]
        held_out = in_threads("folds", calls, effective_n_jobs(self.n_jobs))
        for number, ((_, later), (log_odds, _)) in enumerate(zip(folds, held_out, strict=True)):
            raw[later], block[later] = log_odds, number
        self._fit_calibrator(sample, raw, block, rng)
        log.info("%s, calibrator %s", type(self.classifier).__name__, self.calibrator_.kind)

    def describe(self) -> str:
        """Return in a sentence what the model is made of."""
        check_is_fitted(self)
        classifier, columns = self.learner_.classifier, self.learner_.columns
        bound = "" if keeps_directions(classifier) else " It is not bound to the directions of the features."
        what = "encoded features" if columns is None else "ranks of the features and flags of missing values"
        return (
            f"The log-odds are those of {type(classifier).__name__} ({type(classifier).__module__.split('.')[0]}) on "
            f"{what}, as model.yaml names it; {self.calibrator_.describe()}.{bound} Contributions are Shapley "
            f"values sampled from {N_REFERENCES} reference rows."
        )

    def log_odds_of_learner(self, matrix: Floats) -> Floats:
        """Return the log-odds of the classifier for encoded rows, shape (n,)."""
        return self.learner_.log_odds(matrix)

    def _raw(self, matrix: Floats, learnt: Floats | None = None) -> Floats:
        return self.log_odds_of_learner(matrix) if learnt is None else learnt

    def contributions_encoded(self, matrix: Floats, learnt: Floats | None = None) -> Floats:
        """Return the contributions of encoded rows; they add up to the log-odds."""
        return self.reference_.contributions(matrix, self.log_odds_of_learner)

    def gains(self) -> None:
        """Return None: not every classifier says by how much a column lowered the loss."""

    def seen_ranges(self) -> list[tuple[float, float] | None]:
        """Return the smallest and largest value of each column in training; None if all its values were the same."""
        return self.ranges_

    def save(self, folder: str | Path) -> None:
        """Write `classifier.skops`, `spread.txt` and `estimator.json` into a folder.

        Raises
        ------
        UsageError
            The classifier cannot be stored without pickle.
        """
        check_is_fitted(self)
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_classifier(self.learner_.classifier, folder / FILE)
        columns = self.learner_.columns
        options = {**self.get_params(deep=False), "classifier": None, "random_state": None, "n_jobs": None}
        content = {
            "params": options,
            "finite_columns": None if columns is None else columns.as_dict(),
            "reference": self.reference_.as_dict(),
            "ranges": self.ranges_,
            **self._save_shared(folder),
        }
        (folder / "estimator.json").write_text(json.dumps(content, allow_nan=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Return the estimator that `save` wrote; no code of the files runs.

        Raises
        ------
        BrokenClassifierError
            The classifier's file is not as it was written.
        """
        folder = Path(folder)
        content = json.loads((folder / "estimator.json").read_text(encoding="utf-8"))
        self = cls(**{**content["params"], "n_jobs": -1})
        stored = content["finite_columns"]
        columns = None if stored is None else FiniteColumns.from_dict(stored)
        n_columns = content["n_columns"] if columns is None else len(columns.kept)
        self.learner_ = Learner(read_classifier(folder / FILE, n_columns), columns)
        self.reference_ = Reference.from_dict(content["reference"])
        self.ranges_ = [None if one is None else (one[0], one[1]) for one in content["ranges"]]
        self._load_shared(folder, content)
        return self


def _ranges(matrix: Floats) -> list[tuple[float, float] | None]:
    found: list[tuple[float, float] | None] = []
    for column in matrix.T:
        known = column[~np.isnan(column)]
        varies = len(known) and known.min() < known.max()
        found.append((float(known.min()), float(known.max())) if varies else None)
    return found
