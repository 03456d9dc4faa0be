"""Drivers of the risk: the share of each family of features, and whether resolution matters most.

All of it describes associations with dissatisfaction in these data. They need not be causal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from forestall.evaluation.metrics.bootstrap import Gain, paired_gain, resampled_totals
from forestall.evaluation.metrics.customers import customer_codes, one_each
from forestall.evaluation.questions.partial_dependence import Curve
from forestall.statistics import Floats

CLAIMED = "resolution"
"""The family that is tested for being the most important one."""

SAID = "customers_words"
"""What customers say: a sign of what drives the risk, so it is no rival of `CLAIMED`."""

MOST_CURVES = 6


@dataclass(frozen=True)
class FamilyShare:
    """How important a family of features is.

    Parameters
    ----------
    family
        Its name.
    share, low, high
        Its share of the mean absolute contributions of all families, with its 95 % interval over customers.
    loss, loss_low, loss_high
        The increase of the log-loss on the same rows if the model is trained without the family, with its interval;
        NaN if that was not tried.
    loss_share
        Its share of the sum of all increases above 0.
    """

    family: str
    share: float
    low: float
    high: float
    loss: float = math.nan
    loss_low: float = math.nan
    loss_high: float = math.nan
    loss_share: float = math.nan


@dataclass(frozen=True)
class Claim:
    """Whether one family is the most important one.

    Parameters
    ----------
    family, rival
        The family of the claim, and the most important other one.
    ahead, low, high
        The share of the family less that of the rival, with its 95 % interval over customers.
    verdict
        `holds` (the interval is above 0), `fails` (it is below 0) or `open`.
    """

    family: str
    rival: str
    ahead: float
    low: float
    high: float
    verdict: str


@dataclass(frozen=True)
class Drivers:
    """What is associated with dissatisfaction.

    Parameters
    ----------
    families
        The families, the largest share first.
    claim, claim_by_loss
        Whether resolution matters most, by the contributions and by the log-loss without a family; None if there is
        nothing to compare.
    curves
        The partial dependence of the most important features.
    """

    families: list[FamilyShare]
    claim: Claim | None
    curves: list[Curve] = field(default_factory=list)
    claim_by_loss: Claim | None = None

    def metrics(self) -> dict[str, float]:
        """Return flat names and numbers, such as `family/service/share`."""
        names = ("share", "loss", "loss_share")
        return {f"family/{one.family}/{name}": getattr(one, name) for one in self.families for name in names}


def family_shares(
    contributions: pl.DataFrame, seed: int = 7, n: int = 1000
) -> tuple[list[FamilyShare], Claim | None]:
    """Return the share of each family in the contributions, the largest first, and whether resolution is ahead.

    Parameters
    ----------
    contributions
        A row a moment: interaction_id, customer_id and, for each family, `contribution_<family>` (log-odds); what
        customers say may be apart, as `contribution_customers_words`.
    seed, n
        Seed and number of the resamples of the customers.
    """
    names = [name for name in contributions.columns if name.startswith("contribution_")]
    sizes = contributions.select(pl.col(names)).to_numpy()
    # a contribution matters by its distance from its mean, not by the mean
    sizes = np.abs(sizes - sizes.mean(axis=0, keepdims=True)) if len(sizes) else sizes
    used = [place for place in range(len(names)) if len(sizes) and sizes[:, place].max() > 0]
    if not used:
        return [], None
    families = [names[place].removeprefix("contribution_") for place in used]
    rng = np.random.default_rng(seed)
    totals = resampled_totals(sizes[:, used], customer_codes(contributions), n=n, rng=rng)
    draws = np.asarray(totals / totals.sum(axis=1, keepdims=True), dtype=np.float64)
    low, high = np.quantile(draws[1:], [0.025, 0.975], axis=0)
    shares = [
        FamilyShare(family, float(draws[0, i]), float(low[i]), float(high[i]))
        for i, family in enumerate(families)
    ]
    return sorted(shares, key=lambda one: -one.share), _claim_by_share(families, draws)


def _claim_by_share(families: Sequence[str], draws: Floats) -> Claim | None:
    """Return whether `CLAIMED` has the largest share; `draws` are shares, shape (n + 1, n_families)."""
    if CLAIMED not in families:
        return None
    own = families.index(CLAIMED)
    others = [place for place, family in enumerate(families) if family not in (CLAIMED, SAID)]
    if not others:
        return None
    rival = max(others, key=lambda place: draws[0, place])
    ahead = draws[:, own] - draws[:, others].max(axis=1)
    low, high = np.quantile(ahead[1:], [0.025, 0.975])
    return _claim(families[rival], Gain(float(ahead[0]), float(low), float(high)))


def _claim(rival: str, ahead: Gain) -> Claim:
    verdict = "holds" if ahead.low > 0 else "fails" if ahead.high < 0 else "open"
    return Claim(CLAIMED, rival, *ahead, verdict)


def with_losses(
    shares: Sequence[FamilyShare], full: pl.DataFrame, without: Mapping[str, pl.DataFrame], seed: int = 7
) -> list[FamilyShare]:
    """Return the shares with the increase of the log-loss on the same rows, of trainings without each family.

    Parameters
    ----------
    shares
        The shares in the contributions.
    full
        The rows scored by a training with all families: interaction_id, customer_id, as_of, label, risk.
    without
        By family: the same rows scored by a training without it.
    seed
        Seed of the resamples behind the intervals.
    """
    kept = full.select("interaction_id", "as_of", risk_full="risk")
    gains = {
        family: paired_gain(
            one_each(rows).join(kept, on=["interaction_id", "as_of"], maintain_order="left"),
            "risk_full",
            "risk",
            seed=seed,
        )
        for family, rows in without.items()
    }
    total = sum(max(gain.mean, 0.0) for gain in gains.values())
    known = {one.family: one for one in shares}
    families = [*known, *(name for name in gains if name not in known)]
    result = []
    for family in families:
        one = known.get(family, FamilyShare(family, 0.0, 0.0, 0.0))
        gain = gains.get(family)
        if gain is not None:
            share = max(gain.mean, 0.0) / total if total > 0 else math.nan
            one = FamilyShare(family, one.share, one.low, one.high, *gain, share)
        result.append(one)
    return result


def claim_by_loss(
    shares: Sequence[FamilyShare], without: Mapping[str, pl.DataFrame], seed: int = 7
) -> Claim | None:
    """Return whether a training without resolution loses the most log-loss; None if that cannot be compared.

    Parameters
    ----------
    shares
        Results of `with_losses`.
    without
        See `with_losses`.
    seed
        Seed of the resamples behind the interval.
    """
    losses = {one.family: one.loss for one in shares if one.family in without}
    if CLAIMED not in losses or len(losses) < 2:
        return None
    rival = max((name for name in losses if name != CLAIMED), key=lambda name: losses[name])
    other = without[rival].select("interaction_id", "as_of", risk_rival="risk")
    rows = one_each(without[CLAIMED]).join(other, on=["interaction_id", "as_of"], maintain_order="left")
    return _claim(rival, paired_gain(rows, "risk_rival", "risk", seed=seed))
