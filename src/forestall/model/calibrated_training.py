"""The steps that every training of the risk shares: reading the rows, encoding, and calibration on held-out rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from sklearn.utils.validation import _check_sample_weight

from forestall.model.calibration import Calibrator, CalibratorName, choose_calibrator, fit_calibrator
from forestall.model.encoded_estimator import EncodedEstimator
from forestall.model.encoding import crossfit_matrix, fit_encoder
from forestall.model.folds import customer_folds, draw_one_moment, weights_of_drawn
from forestall.model.matrix import Coded, code_columns, without_rare
from forestall.model.training_sample import (
    Sample,
    as_codes,
    has_both_classes,
    read_groups,
    read_labels,
    read_times,
)
from forestall.statistics import Floats, Ints


class CalibratedTraining(EncodedEstimator):
    """Training steps; the constructor of the subclass sets the options."""

    n_folds: int
    calibration: str
    least_customers: int
    salts: Mapping[str, str] | None

    def read(self, X: Any, y: Any, sample_weight: Any = None, time: Any = None, groups: Any = None) -> Sample:
        """Return the arguments of `fit` as numbers, without the rows of weight 0."""
        columns = self._columns(X, is_training=True)
        n = len(columns.numbers)
        self.classes_, label = read_labels(y, n)
        weight = _check_sample_weight(sample_weight, columns.numbers, ensure_non_negative=True)
        kept = np.flatnonzero(weight > 0)
        if not has_both_classes(label[kept]):
            raise ValueError(f"{type(self).__name__} needs rows of two classes; the data contain one class")
        customer, interaction = read_groups(groups, n)
        when = read_times(time, n)
        coded = code_columns(columns)
        codes = {place: one[kept] for place, one in coded.codes.items()}
        own = as_codes(customer[kept])
        return Sample(
            without_rare(Coded(coded.numbers[kept], codes, coded.known), own, self.least_customers),
            label[kept],
            weight[kept],
            own,
            as_codes(interaction[kept]),
            None if when is None else when[kept],
        )

    def _fit_calibrator(
        self, sample: Sample, held_out: Floats, block: Ints, rng: np.random.Generator
    ) -> None:
        tried = np.flatnonzero(np.isfinite(held_out))
        interaction, weights = sample.interaction[tried], sample.weight[tried]
        drawn = draw_one_moment(interaction, weights, rng)
        rows, weight = tried[drawn], weights_of_drawn(interaction, weights, drawn)
        raw, y = held_out[rows], sample.y[rows]
        self.calibration_losses_ = {}
        if not has_both_classes(y):
            self.calibrator_ = Calibrator()
        elif self.calibration == "auto":
            self.calibrator_, self.calibration_losses_ = choose_calibrator(
                raw, y, block[rows], sample.time is not None, weight
            )
        else:
            kind = cast(CalibratorName, self.calibration)
            self.calibrator_ = fit_calibrator(kind, raw, y, weight, block[rows])

    def _fit_encoder(self, sample: Sample) -> None:
        names = self.column_names
        salts = {names.index(name): salt for name, salt in (self.salts or {}).items() if name in names}
        self.encoder_ = fit_encoder(sample.coded, sample.y, sample.weight, salts)

    def _training_matrix(self, sample: Sample, seed: int) -> Floats:
        rows = np.arange(len(sample.y))
        fold = customer_folds(sample.customer, self.n_folds, np.random.default_rng([seed, 2]))
        return crossfit_matrix(sample.coded, rows, sample.y, sample.weight, fold)
