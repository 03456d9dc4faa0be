"""Partial dependence: the curve of a known function."""

import numpy as np

from forestall.evaluation.questions.partial_dependence import partial_dependence


def test_the_curve_is_that_of_the_function():
    rng = np.random.default_rng(0)
    matrix = rng.random((500, 2))
    curve = partial_dependence(
        matrix,
        0,
        lambda X: X[:, 0] * 0.5 + X[:, 1] * 0.1,
        feature="a",
        family="service",
        description="",
        mark=0.4,
    )
    expected = 0.5 * np.array(curve.values) + 0.1 * matrix[::2, 1].mean()
    assert np.allclose(curve.risks, expected, atol=1e-9)
    assert np.allclose(
        curve.observed[2:-2], expected[2:-2], atol=0.02
    )  # the other feature is independent of it
    assert 0.4 in curve.values
    assert all(low < risk < high for low, risk, high in zip(curve.low, curve.risks, curve.high, strict=True))
    assert (
        partial_dependence(np.ones((50, 1)), 0, lambda X: X[:, 0], feature="a", family="b", description="")
        is None
    )


def test_all_rows_of_a_value_count_in_its_observed_risk():
    """Of 300 rows of the same value the later ones have a higher risk; not only the first tenth counts."""
    matrix = np.repeat([[0.0, 0.1], [0.0, 0.5], [1.0, 0.3]], [150, 150, 200], axis=0)
    curve = partial_dependence(matrix, 0, lambda X: X[:, 1], feature="a", family="b", description="")
    assert np.allclose(curve.observed, [0.3, 0.3])
