"""What drives it: shares, the claim with its interval, and how a risk moves with one feature."""

import numpy as np
import polars as pl
import pytest

from forestall.evaluation.questions.drivers import (
    SAID,
    claim_by_loss,
    family_shares,
    partial_dependence,
    with_losses,
)


def contributions(seed: int = 0, n: int = 600, **sizes: float) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    columns = {f"contribution_{name}": 5 + size * rng.normal(size=n) for name, size in sizes.items()}
    who = {"interaction_id": [f"i{i}" for i in range(n)], "customer_id": [f"c{i // 3}" for i in range(n)]}
    return pl.DataFrame({**who, **columns})


def test_shares_are_of_what_moves_not_of_what_is_always_there():
    shares, claim = family_shares(contributions(resolution=2.0, service=1.0, quality=0.0))
    assert [one.family for one in shares] == ["resolution", "service"]
    assert shares[0].share == pytest.approx(2 / 3, abs=0.04)
    assert shares[0].low < shares[0].share < shares[0].high
    assert (claim.verdict, claim.rival) == ("holds", "service")
    assert claim.low > 0


@pytest.mark.parametrize(("resolution", "verdict"), [(0.5, "fails"), (1.0, "open"), (2.0, "holds")])
def test_the_claim_holds_fails_or_stays_open(resolution, verdict):
    _, claim = family_shares(contributions(resolution=resolution, service=1.0, history=0.3))
    assert claim.verdict == verdict


def test_no_claim_without_resolution():
    assert family_shares(contributions(service=1.0, history=0.3))[1] is None
    assert family_shares(contributions(service=1.0).head(0)) == ([], None)


def test_what_customers_say_is_apart_and_never_the_rival():
    shares, claim = family_shares(contributions(resolution=1.0, customers_words=3.0, service=0.5))
    assert shares[0].family == SAID
    assert (claim.rival, claim.verdict) == ("service", "holds")
    assert family_shares(contributions(resolution=1.0, customers_words=3.0))[1] is None


def judged(seed: int = 0, n: int = 3000) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """Return rows judged with two causes, and without each: the first weighs more."""
    rng = np.random.default_rng(seed)
    first, second = rng.normal(size=(2, n))

    def risk(a: float, b: float) -> np.ndarray:
        return 1 / (1 + np.exp(1.5 - a * first - b * second))

    label = (rng.random(n) < risk(1.4, 0.7)).astype(int)
    base = pl.DataFrame(
        {
            "interaction_id": [f"i{i}" for i in range(n)],
            "customer_id": [None] * n,
            "as_of": range(n),
            "label": label,
        },
        schema_overrides={"customer_id": pl.String},
    )
    frames = {
        name: base.with_columns(risk=pl.Series(risk(a, b)))
        for name, (a, b) in {"all": (1.4, 0.7), "resolution": (0, 0.7), "service": (1.4, 0)}.items()
    }
    return frames.pop("all"), frames


def test_what_is_lost_without_a_family_is_measured_and_compared():
    full, without = judged()
    shares, _ = family_shares(contributions(resolution=1.4, service=0.7, history=0.1))
    found = {one.family: one for one in with_losses(shares, full, without)}
    assert found["resolution"].loss > found["service"].loss > 0
    assert found["resolution"].loss_low > 0
    assert found["resolution"].loss_share + found["service"].loss_share == pytest.approx(1)
    assert np.isnan(found["history"].loss)
    claim = claim_by_loss(list(found.values()), without)
    assert (claim.verdict, claim.rival) == ("holds", "service")
    assert claim_by_loss(list(found.values()), {"service": without["service"]}) is None


def test_a_curve_is_the_models_own():
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
    assert np.allclose(curve.observed[2:-2], expected[2:-2], atol=0.02)  # nothing goes along with it here
    assert 0.4 in curve.values
    assert all(low < risk < high for low, risk, high in zip(curve.low, curve.risks, curve.high, strict=True))
    assert (
        partial_dependence(np.ones((50, 1)), 0, lambda X: X[:, 0], feature="a", family="b", description="")
        is None
    )


def test_who_has_it_so_are_all_who_have_it_so():
    """Of rows of the same value not only the oldest count: 300 have none, of whom the later ones are at risk."""
    matrix = np.repeat([[0.0, 0.1], [0.0, 0.5], [1.0, 0.3]], [150, 150, 200], axis=0)
    curve = partial_dependence(matrix, 0, lambda X: X[:, 1], feature="a", family="b", description="")
    assert np.allclose(curve.observed, [0.3, 0.3])
