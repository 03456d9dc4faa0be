"""The true risk: calibrated, best of all scores, and as hard to predict as in real data."""

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.special import ndtr
from sklearn.metrics import log_loss, roc_auc_score

from forestall.simulation.customers import SD_TRAIT
from forestall.simulation.reactions import (
    CUTS,
    HORIZON_S,
    SD_MOOD,
    SD_STAFF,
    SILENT,
    Scale,
    response_chance,
)
from forestall.simulation.true_risk import mean_rating_chances, rating_chances, trait_weights
from forestall.simulation.visits import draw_visits
from forestall.simulation.world import Columns


@pytest.fixture(scope="module", params=[7, 8, 9])
def drawn(request: pytest.FixtureRequest) -> Columns:
    """Return the visits of one seed; each test runs on three."""
    return draw_visits(60_000, request.param, 0.33)


def rated(visits: Columns) -> np.ndarray:
    return visits["does_rate"] & (visits["rating_s"] <= HORIZON_S)


def test_the_risk_is_as_hard_to_predict_as_in_real_data(drawn: Columns) -> None:
    here = rated(drawn)
    unhappy, risk = drawn["rating"][here] <= 2, drawn["true_risk"][here]
    assert 0.12 <= unhappy.mean() <= 0.18
    assert 0.80 <= roc_auc_score(unhappy, risk) <= 0.87


def test_the_truth_is_calibrated(drawn: Columns) -> None:
    here, everyone = rated(drawn), np.ones(60_000, dtype=bool)
    for name, chosen in (("true_risk", here), ("true_risk_all", everyone)):
        risk, unhappy = drawn[name][chosen], drawn["rating"][chosen] <= 2
        bins = np.digitize(risk, np.quantile(risk, np.arange(0.05, 1, 0.05)))
        groups = {"bin": bins, "visit": np.minimum(drawn["n_before"][chosen], 6)}
        groups |= {part: drawn[part][chosen] for part in ("channel", "locale", "tone", "lean", "is_resolved")}
        scores = np.array([z for values in groups.values() for z in z_scores(risk, unhappy, values)])
        # visits of one customer or one member of staff are correlated, so the scores are a little wider than 1
        assert abs(scores).max() < 4.3, name
        assert scores.std() < 1.5, name


def z_scores(risk: np.ndarray, unhappy: np.ndarray, groups: np.ndarray) -> Iterator[float]:
    for group in np.unique(groups):
        p, y = risk[groups == group], unhappy[groups == group]
        if len(p) >= 200:
            yield float((y - p).sum() / np.sqrt((p * (1 - p)).sum()))


def test_earlier_ratings_reveal_who_is_hard_to_please(visits: Columns) -> None:
    """The true risk is correlated with the hidden trait only after earlier visits of the customer."""
    for lowest, gains in ((0, False), (4, True)):
        chosen = (visits["n_before"] >= lowest) & ((visits["n_before"] == 0) != gains)
        correlation = np.corrcoef(visits["trait"][chosen], logit(visits["true_risk_all"][chosen]))[0, 1]
        f = np.corrcoef(visits["trait"][chosen], visits["f"][chosen])[0, 1]
        assert bool(correlation - f > 0.03) is gains


def logit(p: np.ndarray) -> np.ndarray:
    return np.log(p / (1 - p))


def test_the_truth_scores_best(visits: Columns) -> None:
    here = rated(visits)
    unhappy, best = visits["rating"][here] <= 2, visits["true_risk"][here]
    truth = log_loss(unhappy, best)
    assert truth < log_loss(unhappy, visits["true_risk_all"][here])
    for sharper in (0.8, 1.25):
        assert truth < log_loss(unhappy, 1 / (1 + np.exp(-sharper * logit(best))))


def test_without_effects_there_is_nothing_to_learn() -> None:
    noise = draw_visits(30_000, 3, 0.33, effect=0.0)
    here = rated(noise)
    assert noise["true_risk"].std() < 1e-9
    assert abs(roc_auc_score(noise["rating"][here] <= 2, noise["f"][here]) - 0.5) < 0.03
    assert 0.12 <= (noise["rating"][here] <= 2).mean() <= 0.19


def test_rating_probabilities_are_those_of_a_normal_distribution(visits: Columns) -> None:
    """Without words of the customer, all hidden variables but the trait add to one normal variable."""
    silent = np.flatnonzero(visits["tone"] == SILENT)[:500]
    some = {name: values[silent] for name, values in visits.items()}
    scale = Scale()
    nodes, _ = np.polynomial.hermite_e.hermegauss(15)
    spread = np.sqrt(SD_MOOD**2 + SD_STAFF**2 + scale.noise**2)
    centre = scale.centre(some["f"])[:, None] + SD_TRAIT * nodes
    above = ndtr((centre[..., None] - CUTS) / spread)
    chances = rating_chances(some, scale)
    np.testing.assert_allclose(chances.sum(axis=2), 1, atol=1e-9)
    np.testing.assert_allclose(chances[..., 4], 1 - above[..., 0], atol=1e-4)
    np.testing.assert_allclose(chances[..., :2].sum(axis=2), above[..., 2], atol=1e-4)


def test_the_posterior_of_the_trait_is_the_prior_at_a_first_visit(visits: Columns) -> None:
    chances, respond = rating_chances(visits, Scale()), response_chance(visits, 0.33)
    weights = trait_weights(visits, chances, respond)
    prior = np.polynomial.hermite_e.hermegauss(15)[1]
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    first = visits["n_before"] == 0
    np.testing.assert_allclose(weights[first], np.tile(prior / prior.sum(), (first.sum(), 1)), atol=1e-12)
    assert (abs(weights[~first] - prior / prior.sum()).max(axis=1) > 1e-9).all()


def test_the_sum_over_copies_is_that_of_the_chances_of_each_copy(visits: Columns) -> None:
    """It rounds f to 0.01, which the mean over many copies does not show."""
    n_moments, n_copies, scale = 30, 200, Scale()
    some = {name: values[: n_moments * n_copies] for name, values in visits.items()}
    rng = np.random.default_rng(1)
    by_trait, weight = rng.dirichlet(np.ones(15), n_moments), rng.uniform(size=(n_moments, n_copies))
    chances = rating_chances(some, scale).reshape(n_moments, n_copies, 15, 5)
    expected = np.einsum("mk,mq,mkqr->mr", weight, by_trait, chances)
    found = mean_rating_chances(some, scale, by_trait, weight)
    np.testing.assert_allclose(found.sum(axis=1), weight.sum(axis=1))
    np.testing.assert_allclose(found, expected, atol=2e-3 * n_copies)
    np.testing.assert_allclose(found.sum(axis=0), expected.sum(axis=0), rtol=2e-3)
