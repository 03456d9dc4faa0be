import numpy as np
import pytest

from forestall.model.effect_model import EffectModel, fit_and_hold_out, folds_of, pseudo_outcome

N = 4000


def experiment(rng: np.random.Generator, differs: float, n: int = N) -> tuple[dict, np.ndarray]:
    """Return an experiment in which half of the customers are helped by 0.1 + differs, the others by 0.1 - differs."""
    x = rng.random((n, 3))
    effect = -0.1 - differs * np.where(x[:, 1] > 0.5, 1, -1)
    treated = rng.random(n) < 0.7
    y = rng.random(n) < 0.3 + 0.4 * x[:, 0] + effect * treated
    facts = {
        "x": x,
        "outcome": y.astype(float),
        "is_treated": treated,
        "probability": np.where(treated, 0.7, 0.3),
        "customer": np.arange(n),
    }
    return facts, effect


@pytest.fixture(scope="module")
def learnt() -> tuple[EffectModel, dict, np.ndarray]:
    facts, _ = experiment(np.random.default_rng(0), 0.2)
    fresh, effect = experiment(np.random.default_rng(1), 0.2)
    return EffectModel.fit(**facts), fresh, effect


def test_the_predicted_effect_of_new_customers_follows_the_true_one(learnt) -> None:
    model, fresh, effect = learnt
    predicted = model.predict(fresh["x"])
    assert np.corrcoef(predicted, effect)[0, 1] > 0.8
    assert predicted.mean() == pytest.approx(-0.1, abs=0.05)
    assert model.share == pytest.approx(-0.1, abs=0.05)


def test_the_text_of_a_model_gives_the_same_model(learnt) -> None:
    model, fresh, _ = learnt
    again = EffectModel.of_text(model.to_text())
    assert (again.predict(fresh["x"]) == model.predict(fresh["x"])).all()


def test_a_missing_value_counts_as_a_middle_one(learnt) -> None:
    model, fresh, _ = learnt
    middle, missing = np.median(fresh["x"][:1], axis=0)[None], np.full((1, 3), np.nan)
    middle[:] = model.knots[:, model.knots.shape[1] // 2]
    assert model.predict(missing) == pytest.approx(model.predict(middle), abs=0.01)


def test_the_mean_of_the_pseudo_outcomes_is_the_effect() -> None:
    facts, effect = experiment(np.random.default_rng(2), 0.0)
    folds = folds_of(facts["customer"])
    found = pseudo_outcome(facts["outcome"], facts["is_treated"], facts["probability"], folds)
    assert found.mean() == pytest.approx(effect.mean(), abs=4 * found.std() / np.sqrt(N))


def test_where_effects_are_one_share_of_the_risk_the_order_is_hardly_believed() -> None:
    """Over ten experiments in which a contact takes a fifth off every risk."""
    trust, spread = [], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        x, risk, treated = rng.random((2000, 10)), rng.uniform(0.1, 0.9, 2000), rng.random(2000) < 0.5
        y = (rng.random(2000) < np.where(treated, 0.8 * risk, risk)).astype(float)
        found = fit_and_hold_out(x, y, treated, np.full(2000, 0.5), np.arange(2000), risk)
        assert found.model.share == pytest.approx(-0.2, abs=0.15)
        trust.append(found.model.trust)
        spread.append(np.std(found.predicted / risk))
    assert np.mean(np.array(trust) == 0) >= 0.4
    assert np.mean(spread) < 0.04


def test_rows_of_a_customer_are_in_one_fold() -> None:
    customer = np.random.default_rng(3).integers(0, 50, 400)
    fold = folds_of(customer)
    assert all(len(set(fold[customer == one])) == 1 for one in range(50))
    assert set(fold) == set(range(5))


def test_a_held_out_prediction_does_not_depend_on_the_customers_own_outcome() -> None:
    facts, _ = experiment(np.random.default_rng(4), 0.2, n=600)
    before = fit_and_hold_out(**facts)
    other = facts["outcome"].copy()
    other[7] = 1 - other[7]
    after = fit_and_hold_out(**{**facts, "outcome": other})
    # the trust is one number of all customers, so that it moves a little
    own = before.predicted[7] - before.model.share, after.predicted[7] - after.model.share
    assert own[0] == pytest.approx(own[1], abs=0.02)
    assert before.pseudo_outcome[7] != after.pseudo_outcome[7]
