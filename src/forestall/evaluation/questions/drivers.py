"""What drives the risk: the families' shares, how it moves with a feature, and whether resolution matters most.

What is found is what goes together with dissatisfaction in these data. It is never called a cause.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from forestall.evaluation.metrics.bootstrap import customers, group_codes, paired_gain
from forestall.evaluation.metrics.risk_metrics import Floats

CLAIMED = "resolution"
SAID = "customers_words"  # a sign of what drives the risk, so no family that could be ahead
N_POINTS = 16
MOST_CURVES = 6
_MOST_ROWS = 300


@dataclass(frozen=True)
class FamilyShare:
    """How much of the risk's movement belongs to a family.

    Parameters
    ----------
    family
        Its name.
    share, low, high
        Of the mean size of all families' contributions, with its 95 % interval over customers.
    loss, loss_low, loss_high
        What a training without the family loses in log-loss on the same rows, with its interval; NaN where none
        was made.
    loss_share
        Of the sum of all such losses that are above 0.
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
    """Whether one family matters most.

    Parameters
    ----------
    family, rival
        The one that is claimed to, and the strongest other one.
    ahead, low, high
        By how much its share is above the rival's, with its 95 % interval over customers.
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
class Curve:
    """How the mean risk moves when one feature is set to some values, all else as it is.

    Parameters
    ----------
    feature, family, description
        Which.
    values, risks
        The values set, and the mean risk at each.
    observed
        The mean risk of the tenth of the rows that lie nearest to each value, with all that goes along with it.
    low, high
        The middle four fifths of the rows' risks at each, all else as it is.
    mark, mark_text
        The standard, where the feature has one; NaN else.
    """

    feature: str
    family: str
    description: str
    values: list[float]
    risks: list[float]
    observed: list[float]
    low: list[float]
    high: list[float]
    mark: float = math.nan
    mark_text: str = ""


@dataclass(frozen=True)
class Drivers:
    """What goes together with dissatisfaction."""

    families: list[FamilyShare]
    claim: Claim | None
    curves: list[Curve] = field(default_factory=list)
    claim_by_loss: Claim | None = None

    def metrics(self) -> dict[str, float]:
        """Return flat names and numbers, such as `family/service/share`."""
        flat = {}
        for one in self.families:
            for name in ("share", "loss", "loss_share"):
                flat[f"family/{one.family}/{name}"] = getattr(one, name)
        return flat


def family_shares(
    contributions: pl.DataFrame, seed: int = 7, n: int = 1000
) -> tuple[list[FamilyShare], Claim | None]:
    """Return each family's share of the contributions, the largest first, and whether resolution is ahead.

    Parameters
    ----------
    contributions
        A row a moment: interaction_id, customer_id and, of each family, `contribution_<family>` (log-odds); what
        customers say may be apart, as `contribution_customers_words`.
    seed, n
        Of the resamples of the customers.
    """
    names = [name for name in contributions.columns if name.startswith("contribution_")]
    sizes = contributions.select(pl.col(names)).to_numpy()
    # what moves a risk is how far a contribution lies from its usual, not where that is
    sizes = np.abs(sizes - sizes.mean(axis=0, keepdims=True)) if len(sizes) else sizes
    used = [place for place in range(len(names)) if len(sizes) and sizes[:, place].max() > 0]
    if not used:
        return [], None
    families = [names[place].removeprefix("contribution_") for place in used]
    draws = _shares(sizes[:, used], group_codes(customers(contributions), len(contributions)), seed, n)
    low, high = np.quantile(draws[1:], [0.025, 0.975], axis=0)
    shares = [
        FamilyShare(family, float(draws[0, i]), float(low[i]), float(high[i]))
        for i, family in enumerate(families)
    ]
    return sorted(shares, key=lambda one: -one.share), _claim(families, draws)


def _shares(sizes: Floats, codes: Any, seed: int, n: int) -> Floats:
    """Return the shares as they are (first), and on `n` resamples of the customers."""
    sums = np.column_stack([np.bincount(codes, column) for column in sizes.T])
    drawn = np.random.default_rng(seed).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=n)
    totals = np.vstack([sums.sum(axis=0), drawn @ sums])
    return np.asarray(totals / totals.sum(axis=1, keepdims=True), dtype=np.float64)


def _claim(families: Sequence[str], draws: Floats) -> Claim | None:
    if CLAIMED not in families:
        return None
    own = families.index(CLAIMED)
    others = [place for place, family in enumerate(families) if family not in (CLAIMED, SAID)]
    if not others:
        return None
    rival = max(others, key=lambda place: draws[0, place])
    ahead = draws[:, own] - draws[:, others].max(axis=1)
    low, high = np.quantile(ahead[1:], [0.025, 0.975])
    verdict = "holds" if low > 0 else "fails" if high < 0 else "open"
    return Claim(CLAIMED, families[rival], float(ahead[0]), float(low), float(high), verdict)


def with_losses(
    shares: Sequence[FamilyShare], full: pl.DataFrame, without: Mapping[str, pl.DataFrame], seed: int = 7
) -> list[FamilyShare]:
    """Return the shares with what trainings without each family lose on the same rows.

    Parameters
    ----------
    shares
        Of the contributions.
    full
        The rows judged by a training with all families: interaction_id, customer_id, as_of, label, risk.
    without
        By family: the same rows judged without it.
    seed
        Of the intervals.
    """
    kept = full.select("interaction_id", "as_of", risk_full="risk")
    gains = {
        family: paired_gain(
            rows.drop("weight", strict=False).join(kept, on=["interaction_id", "as_of"]),
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


def partial_dependence(
    matrix: Floats,
    place: int,
    predict: Callable[[Floats], Floats],
    **named: Any,
) -> Curve | None:
    """Return how the mean risk moves with one column, or None where it has fewer than two values.

    Parameters
    ----------
    matrix
        (n, p) rows as the model takes them; of many, 300 at equal distances are used.
    place
        The column that is set.
    predict
        From such rows to risks.
    named
        The other fields of `Curve`.
    """
    rows = matrix[:: max(1, -(-len(matrix) // _MOST_ROWS))]
    known = matrix[:, place][np.isfinite(matrix[:, place])]
    values = np.unique(np.quantile(known, np.linspace(0.02, 0.98, N_POINTS))) if len(known) else known
    mark = named.get("mark", math.nan)
    if len(values) > 2 and values[0] < mark < values[-1]:
        values = np.unique(np.append(values, mark))
    if len(values) < 2:
        return None
    changed = np.repeat(rows[None], len(values), axis=0)
    changed[:, :, place] = values[:, None]
    risks = predict(changed.reshape(-1, matrix.shape[1])).reshape(len(values), len(rows))
    low, high = np.quantile(risks, [0.1, 0.9], axis=1)
    own = predict(matrix[np.isfinite(matrix[:, place])])
    observed = _near(known, own, values)
    return Curve(
        values=values.tolist(),
        risks=risks.mean(axis=1).tolist(),
        observed=observed.tolist(),
        low=low.tolist(),
        high=high.tolist(),
        **named,
    )


def _near(known: Floats, own: Floats, values: Floats) -> Floats:
    """Return the mean risk of the tenth of the rows nearest to each value; of rows as near as the last, all count."""
    distance = np.abs(known[None] - values[:, None])
    last = min(max(10, len(known) // 10), len(known)) - 1
    is_near = distance <= np.partition(distance, last, axis=1)[:, [last]]
    return np.asarray(is_near @ own / is_near.sum(axis=1), dtype=np.float64)


def claim_by_loss(
    shares: Sequence[FamilyShare], without: Mapping[str, pl.DataFrame], seed: int = 7
) -> Claim | None:
    """Return whether leaving resolution out loses most log-loss, None where that cannot be compared."""
    losses = {one.family: one.loss for one in shares if one.family in without}
    if CLAIMED not in losses or len(losses) < 2:
        return None
    rival = max((name for name in losses if name != CLAIMED), key=lambda name: losses[name])
    other = without[rival].select("interaction_id", "as_of", risk_rival="risk")
    rows = without[CLAIMED].drop("weight", strict=False).join(other, on=["interaction_id", "as_of"])
    gain = paired_gain(rows, "risk_rival", "risk", seed=seed)
    verdict = "holds" if gain.low > 0 else "fails" if gain.high < 0 else "open"
    return Claim(CLAIMED, rival, *gain, verdict)
