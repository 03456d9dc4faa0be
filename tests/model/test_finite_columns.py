"""Columns for classifiers that take no missing values."""

import json

import numpy as np

from forestall.model.finite_columns import FiniteColumns

RNG = np.random.default_rng(0)
MATRIX = RNG.normal(size=(300, 4))
MATRIX[RNG.random((300, 4)) < 0.3] = np.nan
MATRIX[:, 2], MATRIX[:, 3] = 5.0, np.nan


def test_they_are_finite_and_standardised():
    columns = FiniteColumns.of(MATRIX, [])
    found = columns(MATRIX)
    assert np.isfinite(found).all()
    assert found.shape == (300, 4)  # two ranks and two flags; constant columns are left out
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(found.std(axis=0), 1, atol=1e-9)


def test_a_row_does_not_depend_on_others_and_other_values_are_finite():
    columns = FiniteColumns.of(MATRIX, [])
    assert np.array_equal(columns(MATRIX[:1])[0], columns(MATRIX)[0])
    assert np.isfinite(columns(np.array([[1e12, -1e12, 7.0, 1.0]]))).all()


def test_without_a_column_that_varies_there_is_still_one():
    assert FiniteColumns.of(np.ones((20, 2)), [])(np.ones((3, 2))).shape == (3, 1)


def test_they_survive_json():
    columns = FiniteColumns.of(MATRIX, [1])
    again = FiniteColumns.from_dict(json.loads(json.dumps(columns.as_dict(), allow_nan=False)))
    assert np.array_equal(again(MATRIX), columns(MATRIX))
