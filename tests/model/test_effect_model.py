import numpy as np
import pytest

from forestall.model.effect_model import EffectModel, pseudo_outcome

N = 4000


def experiment(rng: np.random.Generator, differs: float) -> tuple[dict, np.ndarray]:
    """Return an experiment in which half of the customers are helped by 0.1 + differs, the others by 0.1 - differs."""
    x = rng.random((N, 3))
    effect = -0.1 - differs * np.where(x[:, 1] > 0.5, 1, -1)
    treated = rng.random(N) < 0.7
    y = rng.random(N) < 0.3 + 0.4 * x[:, 0] + effect * treated
    facts = {
        "x": x,
        "outcome": y.astype(float),
        "is_treated": treated,
        "probability": np.where(treated, 0.7, 0.3),
        "customer": np.arange(N),
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
    assert model.mean == pytest.approx(-0.1, abs=0.05)


def test_the_text_of_a_model_gives_the_same_model(learnt) -> None:
    model, fresh, _ = learnt
    again = EffectModel.of_text(model.to_text())
    assert (again.predict(fresh["x"]) == model.predict(fresh["x"])).all()


def test_the_mean_of_the_pseudo_outcomes_is_the_effect() -> None:
    facts, effect = experiment(np.random.default_rng(2), 0.0)
    found = pseudo_outcome(**facts)
    assert found.mean() == pytest.approx(effect.mean(), abs=4 * found.std() / np.sqrt(N))
