"""The baseline `raw`: LightGBM with its own defaults on the raw columns of the interactions."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from lightgbm import LGBMClassifier

from forestall.model.folds import draw_one_moment, weights_of_drawn
from forestall.model.training_sample import as_codes, read_groups
from forestall.statistics import Floats

MAX_ROWS = 50_000
# a string with more different values than this share of the training rows is an id or a text
_MAX_LEVEL_SHARE = 0.5


def raw_baseline(
    train_X: pl.DataFrame, y: Floats, w: Floats, test_X: pl.DataFrame, seed: int, *, groups: Any = None
) -> Floats:
    """Return the risks of the test rows by LightGBM with its own defaults.

    It learns from one moment of each interaction, drawn by weight: moments of one interaction share their label, and
    LightGBM's defaults would learn interactions by heart. Strings are categories; ids and texts, which have nearly as
    many values as rows, are left out. A value that training does not have is missing.

    Parameters
    ----------
    train_X, test_X
        Columns of Float64 and String, all numbers finite or null; a missing string is empty.
    y, w
        Labels 0 or 1 of the training rows, and their weights, shape (n,).
    seed
        Seed of the draw and of LightGBM.
    groups
        As for `RiskClassifier.fit`.
    """
    rng = np.random.default_rng(seed)
    interaction = as_codes(read_groups(groups, len(y))[1])
    rows = draw_one_moment(interaction, w, rng)
    if len(rows) > MAX_ROWS:
        rows = np.sort(rng.choice(rows, MAX_ROWS, replace=False))
    train_X, y, weight = train_X[rows], y[rows], weights_of_drawn(interaction, w, rows)
    names = [name for name in train_X.columns if name in test_X.columns and _is_used(train_X[name])]
    if not names or len(np.unique(y)) < 2:
        return np.full(len(test_X), float(y.mean()))
    categories = [place for place, name in enumerate(names) if train_X.schema[name] == pl.String]
    train, test = (_matrix(X, train_X, names) for X in (train_X, test_X))
    # on so few rows several threads mostly wait for one another
    model = LGBMClassifier(random_state=seed, n_jobs=1, deterministic=True, force_row_wise=True, verbosity=-1)
    model.fit(train, y, sample_weight=weight, categorical_feature=categories)
    return np.asarray(model.predict_proba(test), dtype=np.float64)[:, 1]


def _is_used(column: pl.Series) -> bool:
    """Return whether a column varies, and is no id or text."""
    n_values = column.n_unique()
    return n_values > 1 and (column.dtype != pl.String or n_values <= _MAX_LEVEL_SHARE * len(column))


def _matrix(X: pl.DataFrame, train_X: pl.DataFrame, names: list[str]) -> Floats:
    """Return columns as an array, strings as the places of their values among those of training."""

    def numbers(name: str) -> pl.Series:
        column = X[name]
        if column.dtype != pl.String:
            return column
        levels = [level for level in train_X[name].unique().sort() if level]
        places = [float(place) for place in range(len(levels))]
        return column.replace_strict(levels, places, default=None, return_dtype=pl.Float64)

    return np.column_stack([numbers(name).to_numpy() for name in names])
