"""What every estimator of the risk shares: its columns, calibrated predictions, and the interval."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from joblib import effective_n_jobs
from sklearn.utils.validation import check_is_fitted, validate_data

from forestall.data.frames import is_frame
from forestall.model.booster_text import read_booster
from forestall.model.calibration import Calibrator
from forestall.model.encoding import Encoder
from forestall.model.interval import Spread
from forestall.model.matrix import Columns, read_columns
from forestall.statistics import Floats

# on fewer rows one thread is faster than several: waking them takes a millisecond, and several where others are busy
_WAKING_ROWS = 512


class EncodedEstimator:
    """A learner on encoded features, a calibrator of its log-odds, and a model of their error.

    `fit` of a subclass sets the attributes; a subclass says what the log-odds of the learner are, and explains them.
    """

    n_jobs: int | None
    classes_: npt.NDArray[Any]
    n_features_in_: int
    feature_names_in_: npt.NDArray[Any]
    categorical_: list[int]
    encoder_: Encoder
    calibrator_: Calibrator
    calibration_losses_: dict[str, float]
    spread_: Spread | None

    @abstractmethod
    def log_odds_of_learner(self, matrix: Floats) -> Floats:
        """Return the part of the log-odds of encoded rows that takes long to compute, shape (n,)."""

    @abstractmethod
    def _raw(self, matrix: Floats, learnt: Floats | None = None) -> Floats:
        """Return the log-odds before calibration, shape (n,); `learnt` are those of the learner, if known."""

    def found(self) -> dict[str, Any]:
        """Return the settings that training found, by name: what `model.yaml` does not say."""
        check_is_fitted(self)
        one = self.calibrator_
        return {"calibrator": one.kind} | ({"level": one.intercept} if one.kind == "level" else {})

    @abstractmethod
    def contributions_encoded(self, matrix: Floats, learnt: Floats | None = None) -> Floats:
        """Return the contributions of encoded rows: see `contributions`, and `predict_encoded` for the parameters."""

    @abstractmethod
    def describe(self) -> str:
        """Return in a sentence what the model is made of."""

    @abstractmethod
    def gains(self) -> Floats | None:
        """Return by how much the splits of each column lowered the loss in training, shape (p,); None if unknown."""

    @abstractmethod
    def seen_ranges(self) -> list[tuple[float, float] | None]:
        """Return the smallest and largest value of each column in training; None if all its values were the same."""

    @abstractmethod
    def save(self, folder: str | Path) -> None:
        """Write the files of the estimator into a folder."""

    def encode(self, X: Any) -> Floats:
        """Return the matrix that the booster takes, shape (n, p): numbers, and categories as log-odds.

        Raises
        ------
        ValueError
            The columns are not those of training.
        """
        check_is_fitted(self)
        return self.encoder_.matrix(self._columns(X))

    def _n_threads(self, n_rows: int) -> int:
        return 1 if n_rows < _WAKING_ROWS else int(effective_n_jobs(self.n_jobs))

    def predict_encoded(
        self, matrix: Floats, learnt: Floats | None = None
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """Return risk, lower and upper end of its 90 % interval, and log-odds of encoded rows.

        Parameters
        ----------
        matrix
            A result of `encode`, shape (n, p).
        learnt
            Their `log_odds_of_learner`, if they are known already.

        Returns
        -------
        risk, low, high, raw
            Shape (n,) each; low <= risk <= high. Without refits low and high are NaN.
        """
        raw = self._raw(matrix, learnt)
        if self.spread_ is None:
            gap = np.full(len(raw), np.nan)
            return self.calibrator_(raw), gap, gap, raw
        width = self.spread_.half_width(matrix, raw, self._n_threads(len(raw)))
        risk, low, high = self.calibrator_(np.stack([raw, raw - width, raw + width]))
        return risk, low, high, raw

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class, shape (n, 2)."""
        matrix = self.encode(X)
        risk = self.calibrator_(self._raw(matrix))
        return np.column_stack([1 - risk, risk])

    def predict(self, X: Any) -> Any:
        """Return the more probable class of each row, shape (n,)."""
        risk = self.predict_proba(X)[:, 1]
        return self.classes_[(risk > 0.5).astype(np.int64)]

    def predict_interval(self, X: Any) -> Floats:
        """Return the lower and upper end of the 90 % interval of the risk, shape (n, 2).

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
        """Return the log-odds before calibration, shape (n,)."""
        matrix = self.encode(X)
        return self._raw(matrix)

    def contributions(self, X: Any) -> Floats:
        """Return the contributions of the features to the log-odds, and last the base, shape (n, p + 1).

        They are Shapley values and add up to `decision_function`.
        """
        matrix = self.encode(X)
        return self.contributions_encoded(matrix)

    def _save_shared(self, folder: Path) -> dict[str, Any]:
        """Write `spread.txt`; return what every estimator writes into `estimator.json`."""
        if self.spread_ is not None:
            (folder / "spread.txt").write_text(self.spread_.booster.model_to_string(), encoding="utf-8")
        return {
            "classes": self.classes_.tolist(),
            "columns": self._expected,
            "n_columns": self.n_features_in_,
            "categorical": self.categorical_,
            "encoder": self.encoder_.as_dict(),
            "calibrator": self.calibrator_.as_dict(),
            "calibration_losses": self.calibration_losses_,
            "inflation": None if self.spread_ is None else self.spread_.inflation,
        }

    def _load_shared(self, folder: Path, content: dict[str, Any]) -> None:
        """Read what `_save_shared` wrote."""
        self.classes_ = np.array(content["classes"])
        self.n_features_in_ = content["n_columns"]
        if content["columns"] is not None:
            self.feature_names_in_ = np.array(content["columns"], dtype=object)
        self.categorical_ = content["categorical"]
        self.encoder_ = Encoder.from_dict(content["encoder"])
        self.calibrator_ = Calibrator.from_dict(content["calibrator"])
        self.calibration_losses_ = content["calibration_losses"]
        inflation = content["inflation"]
        if inflation is None:
            self.spread_ = None
        else:  # the raw risk is its last column
            self.spread_ = Spread(read_booster(folder / "spread.txt", self.n_features_in_ + 1), inflation)

    def _columns(self, X: Any, is_training: bool = False) -> Columns:
        """Return the columns of X, checked against those of training."""
        if not is_training and isinstance(X, pl.DataFrame) and X.height and X.columns == self._expected:
            return read_columns(X, self.categorical_)
        if not is_frame(X):
            if not is_training and self.categorical_:
                raise ValueError("X must be a frame, as in training: it has columns of categories")
            numbers = validate_data(
                self, X, reset=is_training, dtype=np.float64, ensure_all_finite="allow-nan"
            )
            if is_training:
                self.categorical_ = []
            return Columns(numbers, {})
        X = X.collect() if isinstance(X, pl.LazyFrame) else X
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

    @property
    def column_names(self) -> list[str]:
        """The names of the columns that it learnt from."""
        if hasattr(self, "feature_names_in_"):
            return [str(name) for name in self.feature_names_in_]
        return [f"x{place}" for place in range(self.n_features_in_)]
