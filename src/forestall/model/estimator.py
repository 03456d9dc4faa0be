"""The estimator: LightGBM on encoded features, calibrated, with an interval of the risk."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import lightgbm as lgb
import numpy as np
import polars as pl
from joblib import Parallel, delayed, effective_n_jobs
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import (
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
    check_random_state,
    column_or_1d,
    validate_data,
)

from forestall.model.boosting import Boosting, best_rounds, boosting, direction_constraints
from forestall.model.calibration import (
    CALIBRATORS,
    Calibrator,
    CalibratorName,
    choose_calibrator,
    fit_calibrator,
)
from forestall.model.encoding import Encoder, crossfit_matrix, fit_encoder, later_matrix, log_odds
from forestall.model.folds import Fold, customer_folds, forward_folds, one_moment, random_folds
from forestall.model.interval import Sample, Spread, fit_spread
from forestall.model.matrix import Coded, Columns, Floats, Ints, code_columns, is_frame, read_columns

log = logging.getLogger(__name__)
_FEW_ROUNDS = 50
_MANY_ROWS = 200_000
# waking further threads costs more than they save on fewer rows than these
_WAKING_ROWS = 1000


class RiskClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Calibrated probability of the second of two classes, with a 90 % interval.

    Categories are encoded by their smoothed log-odds, cross-fitted by customer. The number of rounds is found, and the
    calibrator learnt, on folds that go forward in time; the booster then learns from all rows.

    Parameters
    ----------
    lightgbm
        LightGBM parameters over the defaults (`forestall.model.boosting.DEFAULTS`).
    directions
        Columns whose growth can only raise (+1) or lower (-1) the risk.
    max_rounds
        The most boosting rounds tried.
    n_folds
        How many folds the rounds and the calibrator are found on.
    calibration_share
        Each fold's share of the interactions: what one calibrator is judged on.
    calibration
        `none`, `sigmoid`, `isotonic`, `venn_abers`, or `auto`: the best of them on held-out rows.
    n_refits
        Refits on customer bootstraps for the interval; 0: no interval.
    random_state
        Seed: an int, a RandomState or None.
    n_jobs
        Threads; None: 1, -1: all. The result does not depend on it.

    Attributes
    ----------
    classes_
        The two labels, sorted; the risk is that of the second.
    n_features_in_, feature_names_in_
        As in scikit-learn.
    rounds_
        Rounds of the booster.
    booster_
        The LightGBM booster of the log-odds.
    encoder_, calibrator_, spread_
        The parts beside it; `spread_` is None without refits.
    calibration_losses_
        Held-out log-loss of each candidate calibrator.
    out_of_fold_
        (n,) log-odds of the training rows by boosters that had not seen them, NaN where there is none.
    """

    def __init__(
        self,
        *,
        lightgbm: Mapping[str, Any] | None = None,
        directions: Mapping[str, int] | None = None,
        max_rounds: int = 2000,
        n_folds: int = 5,
        calibration_share: float = 0.15,
        calibration: str = "auto",
        n_refits: int = 20,
        random_state: Any = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.lightgbm = lightgbm
        self.directions = directions
        self.max_rounds = max_rounds
        self.n_folds = n_folds
        self.calibration_share = calibration_share
        self.calibration = calibration
        self.n_refits = n_refits
        self.random_state = random_state
        self.n_jobs = n_jobs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.classifier_tags.multi_class = False
        return tags

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, time: Any = None, groups: Any = None
    ) -> RiskClassifier:
        """Fit.

        Parameters
        ----------
        X
            (n, p) array of numbers, or a polars or pandas frame with numbers and strings. Gaps are allowed.
        y
            (n,) labels of two classes.
        sample_weight
            (n,) weights, none negative; with several moments per interaction they should add up to 1 for each.
        time
            (n,) whole numbers or times, the order of the rows; None: folds are drawn by customer.
        groups
            (n,) each row's customer, or (n, 2) customer and interaction. None: each row is its own. A missing
            customer is one of its own.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            The input is not as described, or `y` has one class.
        """
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        self._check_options()
        sample, when = self._read(X, y, sample_weight, time, groups)
        learn = boosting(
            self.lightgbm,
            direction_constraints(self.directions, self._names()),
            self.max_rounds,
            seed,
            # threads of one booster pay off on large data only
            effective_n_jobs(self.n_jobs) if len(sample.y) >= _MANY_ROWS else 1,
        )
        self._fit_forward(sample, when, learn, seed)
        self._fit_all(sample, learn, seed)
        self.spread_ = self._fit_spread(sample, learn, seed) if self.n_refits else None
        return self

    def _check_options(self) -> None:
        if self.calibration != "auto" and self.calibration not in CALIBRATORS:
            raise ValueError(
                f"calibration must be auto, {', '.join(CALIBRATORS[:-1])} or {CALIBRATORS[-1]}; "
                f"got {self.calibration!r}"
            )
        if self.n_folds < 2:
            raise ValueError(f"n_folds must be at least 2; got {self.n_folds}")
        if not 0 < self.calibration_share < 1:
            raise ValueError(f"calibration_share must be between 0 and 1; got {self.calibration_share}")

    def _read(self, X: Any, y: Any, sample_weight: Any, time: Any, groups: Any) -> tuple[Sample, Ints | None]:
        """Return what is learnt from, without the rows that weigh nothing, and the rows' times."""
        if y is None:
            raise ValueError("RiskClassifier requires y to be passed, but the target y is None")
        columns = self._columns(X, is_training=True)
        y = column_or_1d(y.to_numpy() if isinstance(y, pl.Series) else y, warn=True)
        check_classification_targets(y)
        n = len(columns.numbers)
        if len(y) != n:
            check_consistent_length(columns.numbers, y)
        weight = _check_sample_weight(sample_weight, columns.numbers, ensure_non_negative=True)
        kept = np.flatnonzero(weight > 0)
        if len(kept) == 0:
            raise ValueError("sample_weight must be positive somewhere; all weights are zero")
        self.classes_ = np.unique(y)
        if len(self.classes_) > 2:
            raise ValueError(
                f"Only binary classification is supported. The type of the target is {type_of_target(y)}."
            )
        label = (y == self.classes_[-1]).astype(np.float64)
        if len(self.classes_) < 2 or label[kept].min() == label[kept].max():
            raise ValueError("RiskClassifier needs rows of two classes; the data contain one class")
        customer, interaction = _groups(groups, n)
        when = None if time is None else _times(time, n)[kept]
        coded = code_columns(columns)
        self._n_rows = n
        self._kept = kept
        coded = Coded(coded.numbers[kept], {k: codes[kept] for k, codes in coded.codes.items()}, coded.known)
        return Sample(
            coded, label[kept], weight[kept], _ranks(customer[kept]), _ranks(interaction[kept])
        ), when

    def _columns(self, X: Any, is_training: bool = False) -> Columns:
        """Return X's columns, checked against those of training."""
        if not is_training and isinstance(X, pl.DataFrame) and X.height and X.columns == self._expected:
            return read_columns(X, self.categorical_)
        if not is_frame(X):
            numbers = validate_data(
                self, X, reset=is_training, dtype=np.float64, ensure_all_finite="allow-nan"
            )
            if is_training:
                self.categorical_: list[int] = []
            elif self.categorical_:
                raise ValueError("X must be a frame, as in training: it has columns of categories")
            return Columns(numbers, {})
        validate_data(self, X, reset=is_training, skip_check_array=True)
        if X.shape[0] == 0 or X.shape[1] == 0:
            what = "sample(s)" if X.shape[0] == 0 else "feature(s)"
            raise ValueError(f"Found array with 0 {what} (shape={X.shape}) while a minimum of 1 is required.")
        columns = read_columns(X, None if is_training else self.categorical_)
        if is_training:
            self.categorical_ = sorted(columns.categories)
        return columns

    @property
    def _expected(self) -> list[str] | None:
        return self.feature_names_in_.tolist() if hasattr(self, "feature_names_in_") else None

    def _names(self) -> list[str]:
        if hasattr(self, "feature_names_in_"):
            return [str(name) for name in self.feature_names_in_]
        return [f"x{place}" for place in range(self.n_features_in_)]

    def _fit_forward(self, sample: Sample, when: Ints | None, learn: Boosting, seed: int) -> None:
        """Find the rounds and the calibrator on folds."""
        rng = np.random.default_rng([seed, 0])
        folds = (
            random_folds(sample.customer, self.n_folds, rng)
            if when is None
            else forward_folds(when, sample.interaction, self.n_folds, self.calibration_share)
        )
        folds = [fold for fold in folds if _has_both(sample.y[fold[0]]) and _has_both(sample.y[fold[1]])]
        raw = np.full(len(sample.y), np.nan)
        block = np.zeros(len(sample.y), dtype=np.int64)
        one = Boosting({**learn.params, "num_threads": 1}, learn.max_rounds)
        tried = Parallel(n_jobs=effective_n_jobs(self.n_jobs), prefer="threads")(
            delayed(_try_fold)(sample, fold, one, child)
            for fold, child in zip(folds, rng.spawn(len(folds)), strict=True)
        )
        if tried:
            weights = [float(sample.weight[later].sum()) for _, later in folds]
            rounds = best_rounds([curve for _, curve, _ in tried], weights)
            # more rows bear more rounds
            share = float(np.mean([len(rows) for rows, _ in folds])) / len(sample.y)
            self.rounds_ = round(rounds / np.sqrt(share))
        else:
            self.rounds_ = rounds = min(_FEW_ROUNDS, self.max_rounds)
        for k, ((_, later), (booster, _, matrix)) in enumerate(zip(folds, tried, strict=True)):
            raw[later] = booster.predict(matrix, raw_score=True, num_iteration=rounds)
            block[later] = k
        self.out_of_fold_ = np.full(self._n_rows, np.nan)
        self.out_of_fold_[self._kept] = raw
        self._fit_calibrator(sample, raw, block, when is not None, rng)
        log.info("%d rounds, calibrator %s, on %d folds", self.rounds_, self.calibrator_.kind, len(folds))

    def _fit_calibrator(
        self, sample: Sample, raw: Floats, block: Ints, is_in_time: bool, rng: np.random.Generator
    ) -> None:
        rows = one_moment(sample.interaction, sample.weight * np.isfinite(raw) + 1e-12, rng)
        rows = rows[np.isfinite(raw[rows])]
        self.calibration_losses_: dict[str, float] = {}
        if not _has_both(sample.y[rows]):
            self.calibrator_ = Calibrator()
        elif self.calibration == "auto":
            self.calibrator_, self.calibration_losses_ = choose_calibrator(
                raw[rows], sample.y[rows], block[rows], is_in_time
            )
        else:
            self.calibrator_ = fit_calibrator(
                cast(CalibratorName, self.calibration), raw[rows], sample.y[rows]
            )

    def _fit_all(self, sample: Sample, learn: Boosting, seed: int) -> None:
        """Learn encodings and booster from all rows."""
        matrix = self._training_matrix(sample, seed)
        self.encoder_ = fit_encoder(sample.coded, sample.y, sample.weight)
        booster = learn.train(matrix, sample.y, sample.weight, self.rounds_)
        # through its text, so that what is saved is what predicts
        self.booster_ = lgb.Booster(model_str=booster.model_to_string())

    def _training_matrix(self, sample: Sample, seed: int) -> Floats:
        rows = np.arange(len(sample.y))
        fold = customer_folds(sample.customer, self.n_folds, np.random.default_rng([seed, 2]))
        return crossfit_matrix(sample.coded, rows, sample.y, sample.weight, fold)

    def _fit_spread(self, sample: Sample, learn: Boosting, seed: int) -> Spread:
        matrix = self._training_matrix(sample, seed)
        raw = self._raw(matrix)
        return fit_spread(
            sample,
            learn,
            self.rounds_,
            matrix,
            raw,
            log_odds(self.calibrator_(raw)),
            self.n_refits,
            seed,
            effective_n_jobs(self.n_jobs),
        )

    def encode(self, X: Any) -> Floats:
        """Return the (n, p) matrix that the booster learns from: categories as log-odds.

        Raises
        ------
        ValueError
            The columns are not those of training.
        """
        check_is_fitted(self)
        return self.encoder_.matrix(self._columns(X))

    def _n_threads(self, n_rows: int) -> int:
        return 1 if n_rows < _WAKING_ROWS else int(effective_n_jobs(self.n_jobs))

    def _raw(self, matrix: Floats) -> Floats:
        n_threads = self._n_threads(len(matrix))
        return np.asarray(self.booster_.predict(matrix, raw_score=True, num_threads=n_threads))

    def predict_encoded(self, matrix: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return risk, lower and upper end of its 90 % interval, and log-odds of encoded rows.

        Parameters
        ----------
        matrix
            (n, p) what `encode` returned.

        Returns
        -------
        risk, low, high, raw
            (n,) each; low <= risk <= high, both NaN without refits.
        """
        raw = self._raw(matrix)
        risk = self.calibrator_(raw)
        if self.spread_ is None:
            gap = np.full(len(raw), np.nan)
            return risk, gap, gap, raw
        width = self.spread_.half_width(matrix, raw, self._n_threads(len(raw)))
        return risk, self.calibrator_(raw - width), self.calibrator_(raw + width), raw

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class, (n, 2)."""
        matrix = self.encode(X)
        risk = self.calibrator_(self._raw(matrix))
        return np.column_stack([1 - risk, risk])

    def predict(self, X: Any) -> Any:
        """Return the likelier class of each row, (n,)."""
        risk = self.predict_proba(X)[:, 1]
        return self.classes_[(risk > 0.5).astype(np.int64)]

    def predict_interval(self, X: Any) -> Floats:
        """Return the lower and upper end of the 90 % interval of the risk, (n, 2).

        Raises
        ------
        ValueError
            The estimator was fitted without refits.
        """
        matrix = self.encode(X)
        if self.spread_ is None:
            raise ValueError("there is no interval: fit with n_refits above 0")
        _, low, high, _ = self.predict_encoded(matrix)
        return np.column_stack([low, high])

    def decision_function(self, X: Any) -> Floats:
        """Return the booster's log-odds, before calibration, (n,)."""
        matrix = self.encode(X)
        return self._raw(matrix)

    def contributions(self, X: Any) -> Floats:
        """Return each feature's contribution to the log-odds, and last their base, (n, p + 1).

        They are Shapley values of the trees and add up to `decision_function`.
        """
        matrix = self.encode(X)
        return np.asarray(self.booster_.predict(matrix, pred_contrib=True))

    def save(self, folder: str | Path) -> None:
        """Write `booster.txt`, `spread.txt` and `estimator.json` into a folder."""
        check_is_fitted(self)
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "booster.txt").write_text(self.booster_.model_to_string(), encoding="utf-8")
        if self.spread_ is not None:
            (folder / "spread.txt").write_text(self.spread_.booster.model_to_string(), encoding="utf-8")
        content = {
            "params": {**self.get_params(), "random_state": None},
            "classes": self.classes_.tolist(),
            "columns": self._names() if hasattr(self, "feature_names_in_") else None,
            "n_columns": self.n_features_in_,
            "categorical": self.categorical_,
            "rounds": self.rounds_,
            "encoder": self.encoder_.as_dict(),
            "calibrator": self.calibrator_.as_dict(),
            "calibration_losses": self.calibration_losses_,
            "inflation": None if self.spread_ is None else self.spread_.inflation,
        }
        (folder / "estimator.json").write_text(json.dumps(content, allow_nan=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> RiskClassifier:
        """Return the estimator that `save` wrote; it predicts exactly the same."""
        folder = Path(folder)
        content = json.loads((folder / "estimator.json").read_text(encoding="utf-8"))
        self = cls(**content["params"])
        self.classes_ = np.array(content["classes"])
        self.n_features_in_ = content["n_columns"]
        if content["columns"] is not None:
            self.feature_names_in_ = np.array(content["columns"], dtype=object)
        self.categorical_ = content["categorical"]
        self.rounds_ = content["rounds"]
        self.encoder_ = Encoder.from_dict(content["encoder"])
        self.calibrator_ = Calibrator.from_dict(content["calibrator"])
        self.calibration_losses_ = content["calibration_losses"]
        self.booster_ = lgb.Booster(model_str=(folder / "booster.txt").read_text(encoding="utf-8"))
        self.spread_ = None
        if content["inflation"] is not None:
            booster = lgb.Booster(model_str=(folder / "spread.txt").read_text(encoding="utf-8"))
            self.spread_ = Spread(booster, content["inflation"])
        return self


def _try_fold(
    sample: Sample, fold: Fold, learn: Boosting, rng: np.random.Generator
) -> tuple[lgb.Booster, Floats, Floats]:
    """Return a fold's booster, its curve of log-loss on the later rows, and their matrix."""
    rows, later = fold
    y, weight = sample.y[rows], sample.weight[rows]
    parts = customer_folds(sample.customer, 5, rng)[rows]
    matrix = crossfit_matrix(sample.coded, rows, y, weight, parts)
    later_x = later_matrix(sample.coded, later, rows, y, weight)
    booster, curve = learn.curve(matrix, y, weight, (later_x, sample.y[later], sample.weight[later]))
    return booster, curve, later_x


def _has_both(y: Floats) -> bool:
    return len(y) > 0 and bool(y.min() < y.max())


def _ranks(keys: Any) -> Ints:
    return np.asarray(np.unique(keys, return_inverse=True)[1], dtype=np.int64).reshape(-1)


def _groups(groups: Any, n: int) -> tuple[Ints, Ints]:
    """Return each row's customer and interaction as whole numbers."""
    rows = np.arange(n, dtype=np.int64)
    if groups is None:
        return rows, rows
    if is_frame(groups):
        keys = [pl.Series(groups[name]) for name in groups.columns]
    else:
        table = groups.to_numpy() if hasattr(groups, "to_numpy") else np.asarray(groups)
        keys = [
            pl.Series(table.reshape(len(table), -1)[:, k])
            for k in range(table.reshape(len(table), -1).shape[1])
        ]
    if len(keys) not in (1, 2) or len(keys[0]) != n:
        raise ValueError(f"groups must hold a customer, or customer and interaction, for each of {n} rows")
    codes = [key.rank("dense").cast(pl.Int64) for key in keys]
    interaction = codes[1].fill_null(-1).to_numpy() if len(codes) == 2 else rows
    own = -1 - interaction
    customer = np.where(codes[0].is_null().to_numpy(), own, codes[0].fill_null(0).to_numpy())
    return customer, interaction


def _times(time: Any, n: int) -> Ints:
    """Return the rows' times as whole numbers."""
    series = pl.Series(time)
    if len(series) != n or series.null_count():
        raise ValueError(f"time must hold a time for each of {n} rows, without gaps")
    if not (series.dtype.is_numeric() or series.dtype.is_temporal()):
        raise ValueError(f"time must hold whole numbers or times; it holds {series.dtype}")
    return np.asarray(series.rank("dense").to_numpy(), dtype=np.int64)
