"""The effect of a contact in a package: its columns, its file, and the bounds of what it says."""

import numpy as np
import polars as pl
import pytest

from forestall.model.contact_effect import FILE, ContactEffect
from forestall.model.effect_columns import EffectColumns
from forestall.model.effect_model import EffectModel

FEATURES = pl.DataFrame(
    {
        "service_wait_s": [10.0, None, 30.0, 20.0],
        "expectation_channel": ["chat", "phone", "chat", None],
        "service_staff": ["S1", "S1", "S2", "S2"],
    }
)
CUSTOMERS = pl.Series(["a", "b", "c", "c"])


def an_effect(share: float = -0.5, *, passed: bool = True) -> ContactEffect:
    columns = EffectColumns.of(FEATURES, CUSTOMERS)
    k = 1 + len(columns.columns)
    model = EffectModel(share, 0.0, 0.0, np.zeros((k, 3)), np.zeros(k))
    return ContactEffect(model, columns, {"passed": passed, "says": "It saves more.", "metrics": {}})


def test_a_value_of_a_category_is_a_column_and_staff_are_none() -> None:
    columns = EffectColumns.of(FEATURES, CUSTOMERS)
    assert columns.columns == (
        ("service_wait_s", None), ("expectation_channel", "chat"), ("expectation_channel", "phone")
    )  # fmt: skip
    few = EffectColumns.of(FEATURES, CUSTOMERS, least_customers=2)
    assert few.columns == (("service_wait_s", None), ("expectation_channel", "chat"))


def test_infinite_values_have_ranks_and_a_model_of_them_is_json() -> None:
    columns, rng = EffectColumns((("price", None),)), np.random.default_rng(0)
    prices = pl.DataFrame(
        {"price": [float("inf")] * 60 + [float("-inf")] * 60 + [float(n) for n in range(180)]}
    )
    x = columns.matrix(prices, rng.uniform(0.1, 0.5, 300))
    assert np.isfinite(x).all()
    y, treated = rng.integers(0, 2, 300).astype(float), np.arange(300) % 2 == 0
    model = EffectModel.fit(x, y, treated, np.full(300, 0.5), np.arange(300))
    assert EffectModel.of_text(model.to_text()).knots.tolist() == model.knots.tolist()


def test_frames_and_lists_give_the_same_matrix() -> None:
    columns = EffectColumns.of(FEATURES, CUSTOMERS)
    risk = np.array([0.1, 0.2, 0.3, 0.4])
    found = columns.matrix(FEATURES, risk)
    nan = np.nan
    expected = [[0.1, 10, 1, 0], [0.2, nan, 0, 1], [0.3, 30, 1, 0], [0.4, 20, 0, 0]]
    np.testing.assert_array_equal(found, np.array(expected))
    np.testing.assert_array_equal(columns.matrix(FEATURES.to_dict(as_series=False), risk), found)


def test_an_effect_leaves_the_risk_between_0_and_1_and_is_unknown_where_the_risk_is() -> None:
    risk = np.array([0.2, np.nan, 0.9, 0.6])
    half = an_effect().predict(FEATURES, risk)
    np.testing.assert_allclose(half, [-0.1, np.nan, -0.45, -0.3])
    assert an_effect(-3.0).predict(FEATURES, risk)[2] == pytest.approx(-0.9)
    assert an_effect(3.0).predict(FEATURES, risk)[2] == pytest.approx(0.1)


def test_the_file_gives_the_same_effect(tmp_path) -> None:
    effect = an_effect(passed=False)
    effect.save(tmp_path)
    again = ContactEffect.load(tmp_path)
    assert again is not None
    assert again.columns == effect.columns
    assert not again.orders_contacts
    risk = np.full(4, 0.5)
    np.testing.assert_array_equal(again.predict(FEATURES, risk), effect.predict(FEATURES, risk))
    (tmp_path / FILE).unlink()
    assert ContactEffect.load(tmp_path) is None
