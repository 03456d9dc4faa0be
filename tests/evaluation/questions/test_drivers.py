"""Drivers: the shares of the families, and whether resolution matters most."""

import numpy as np
import polars as pl
import pytest

from forestall.evaluation.questions.drivers import (
    SAID,
    claim_by_loss,
    family_shares,
    with_losses,
)


def contributions(seed: int = 0, n: int = 600, **sizes: float) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    columns = {f"contribution_{name}": 5 + size * rng.normal(size=n) for name, size in sizes.items()}
    who = {"interaction_id": [f"i{i}" for i in range(n)], "customer_id": [f"c{i // 3}" for i in range(n)]}
    return pl.DataFrame({**who, **columns})


def test_shares_count_the_variation_of_contributions_and_not_their_mean():
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


def test_without_resolution_there_is_no_claim():
    assert family_shares(contributions(service=1.0, history=0.3))[1] is None
    assert family_shares(contributions(service=1.0).head(0)) == ([], None)


def test_the_words_of_customers_are_never_the_rival():
    shares, claim = family_shares(contributions(resolution=1.0, customers_words=3.0, service=0.5))
    assert shares[0].family == SAID
    assert (claim.rival, claim.verdict) == ("service", "holds")
    assert family_shares(contributions(resolution=1.0, customers_words=3.0))[1] is None


def scored_rows(seed: int = 0, n: int = 3000) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """Return rows scored from two causes, and without each; the first one matters more."""
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


def test_the_log_loss_lost_without_a_family_is_measured_and_compared():
    full, without = scored_rows()
    shares, _ = family_shares(contributions(resolution=1.4, service=0.7, history=0.1))
    found = {one.family: one for one in with_losses(shares, full, without)}
    assert found["resolution"].loss > found["service"].loss > 0
    assert found["resolution"].loss_low > 0
    assert found["resolution"].loss_share + found["service"].loss_share == pytest.approx(1)
    assert np.isnan(found["history"].loss)
    claim = claim_by_loss(list(found.values()), without)
    assert (claim.verdict, claim.rival) == ("holds", "service")
    assert claim_by_loss(list(found.values()), {"service": without["service"]}) is None
