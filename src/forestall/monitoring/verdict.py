"""Whether a model is due to be learnt anew: checks, each with its figure, its bound and what it calls for.

Once enough ratings have come they decide: does what the risks promise come true? Until then drift has to, since what a
model has never seen it cannot be trusted on. Lost facts call for repair, not for learning: a model that learns without
them makes the loss last. So while facts are lost, whatever else fails calls for repair too, unless ratings of
interactions that lack nothing have failed. No bound is nearer than chance lies with so many interactions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl
from scipy.stats import binom

from forestall.evaluation.check import MonitoringCheck
from forestall.evaluation.metrics.expected import SamplingNoise, expected_figures
from forestall.evaluation.metrics.risk_metrics import risk_metrics
from forestall.evaluation.questions.drift import Drift
from forestall.model.spec import Gate
from forestall.monitoring.missing_facts import Fact
from forestall.promotion.checks import truth_checks

# Beyond chance, how much less well risks may rank than they promise, in AUC; and how much less they may promise.
AUC_SLACK = 0.02
AUC_LOST = 0.05
# How much of the risk's movement may lie in features that have moved, and how far the mean risk may, where too few
# ratings have come to say whether it matters.
WEIGHT_MOVED = 0.3
RISK_MOVED = 0.3
# How many of the interactions may be of a venue, channel, locale or product category that was never learnt from, and
# how many more than in the reference may be scored without a fact, or not at all.
UNKNOWN = 0.1
LOST = 0.05
_SURE = 0.99
FEW_NEW = 200  # of fewer new interactions drift is not judged: a few days are never like a year


@dataclass(frozen=True)
class State:
    """What there is to judge by.

    Parameters
    ----------
    rated
        Interactions whose label has come and counts: interaction_id, customer_id, label, risk.
    n_now
        How many new interactions are compared.
    chance
        How far figures of so many lie from those of the reference by chance.
    promised_before, promised_now
        The AUC that the risks of all promise, in the reference and now.
    drift
        What has moved.
    risk_moved
        How far the mean of the log-odds has moved, in their standard deviations before.
    unknown
        By column, the share of the interactions whose group was never learnt from.
    quality_before, quality_now
        Shares of the interactions by `data_quality`.
    vanished
        What is no longer recorded.
    """

    rated: pl.DataFrame
    n_now: int
    chance: SamplingNoise
    promised_before: float
    promised_now: float
    drift: Drift
    risk_moved: float
    unknown: dict[str, float]
    quality_before: dict[str, float]
    quality_now: dict[str, float]
    vanished: Sequence[Fact]


def signs(state: State, gate: Gate, seed: int) -> list[MonitoringCheck]:
    """Return all checks.

    Parameters
    ----------
    state
        What was found.
    gate
        How many ratings are enough (`min_compared`, `min_compared_dissatisfied`), and the `calibration_slack`.
    seed
        Of what a perfect model would show.
    """
    moved = [_sharpness(state)]
    kept = []
    if has_enough(state.rated, gate):
        kept = kept_promises(state.rated, gate, seed)
    elif state.n_now >= FEW_NEW:
        moved = [*drift_signs(state), *moved]
    losses = lost_facts(state.n_now, state.quality_before, state.quality_now, state.vanished)
    if not all(one.passed for one in losses):
        moved = [replace(one, calls_for="repair") for one in moved]
    if state.vanished:  # no gap tells whose risk that has spoilt
        kept = [replace(one, calls_for="repair") for one in kept]
    return [*kept, *moved, _known(state), *losses]


def has_enough(rated: pl.DataFrame, gate: Gate) -> bool:
    """Return whether so many ratings have come that they can decide.

    How many of them are unhappy is what is asked, so it is the risks that must foresee enough of both kinds.
    """
    bad = float(rated["risk"].sum())
    kinds = min(bad, rated.height - bad)
    return rated.height >= gate.min_compared and kinds >= gate.min_compared_dissatisfied


def kept_promises(rated: pl.DataFrame, gate: Gate, seed: int) -> list[MonitoringCheck]:
    """Return whether what the risks promised came true: calibration, the mean, and the ranking."""
    signs = [MonitoringCheck(**vars(one)) for one in truth_checks(rated, gate, seed)]
    auc, word = (
        risk_metrics(rated["label"], rated["risk"])["auc"],
        expected_figures(rated["risk"], seed=seed)["auc"],
    )
    short, bound = word.mean - auc, word.mean - word.low + AUC_SLACK
    if math.isnan(auc):
        return signs
    said = (
        f"AUC {auc:.3f}; risks that are exactly right show {word.mean:.3f} on these interactions, "
        f"and by chance {word.low:.3f} to {word.high:.3f}"
    )
    return [*signs, MonitoringCheck("auc_short", short, "be at most", bound, short <= bound, said)]


def drift_signs(state: State) -> list[MonitoringCheck]:
    """Return whether what the model sees, and the risk it makes of it, has moved."""
    weight, moved = state.drift.weight_moved, state.drift.moved
    named = ", ".join(one.feature for one in moved[:3]) + (", …" if len(moved) > 3 else "")
    said = f"{len(moved)} of {len(state.drift.features)} features have moved" + (
        f" ({named}), which make up {weight:.0%} of the risk's movement" if moved else ""
    )
    far = abs(state.risk_moved)
    way = "up" if state.risk_moved > 0 else "down"
    bound = RISK_MOVED + state.chance.moved
    return [
        MonitoringCheck("drift_weight", weight, "be at most", WEIGHT_MOVED, weight <= WEIGHT_MOVED, said),
        MonitoringCheck(
            "risk_moved", far, "be at most", bound, far <= bound,
            f"the mean log-odds have moved {way} by {far:.2f} of their standard deviation",
        ),
    ]  # fmt: skip


def _sharpness(state: State) -> MonitoringCheck:
    """Return whether the risks still tell customers apart as they did, by what they promise."""
    lost = state.promised_before - state.promised_now
    said = (
        f"the risks promise an AUC of {state.promised_now:.3f}, in the reference {state.promised_before:.3f}"
    )
    bound = AUC_LOST + state.chance.auc_lost
    # risks that promise no order at all, being of one kind, have lost none that could be told
    return MonitoringCheck("promised_auc_lost", lost, "be at most", bound, not lost > bound, said)


def _known(state: State) -> MonitoringCheck:
    """Return whether the model knows the places and products of today."""
    column, share = max(state.unknown.items(), key=lambda one: one[1], default=("", 0.0))
    named = column.replace("_", " ")
    said = f"{share:.1%} of the interactions are of a {named} never learnt from"
    if not share:
        known = ", ".join(name.replace("_", " ") for name in state.unknown)
        said = (
            f"every {known} was learnt from" if known else "the model learns of no place or product by name"
        )
    bound = _at_most(UNKNOWN, state.n_now)
    return MonitoringCheck("unknown_share", share, "be at most", bound, share <= bound, said)


def lost_facts(
    n_now: int, before: dict[str, float], now: dict[str, float], gone: Sequence[Fact]
) -> list[MonitoringCheck]:
    """Return whether facts are lost that were there.

    Parameters
    ----------
    n_now
        How many new interactions are compared.
    before, now
        Shares of the interactions by `data_quality`.
    gone
        What is no longer recorded.
    """
    listed = (f"{one.name} (of {one.before:.0%} of the interactions, now of {one.now:.0%})" for one in gone)
    said = f"no longer recorded: {', '.join(listed)}" if gone else "all that was recorded still is"
    found = [_repair("facts_vanished", len(gone), 0, said)]
    for quality, words in (
        ("partial", "scored without a fact that was always there"),
        ("abstained", "not scored"),
    ):
        was, is_now = (one.get(quality, 0.0) for one in (before, now))
        said = f"{is_now:.1%} of the interactions are {words}, in the reference {was:.1%}"
        found.append(_repair(f"{quality}_share", is_now, _at_most(was + LOST, n_now), said))
    return found


def _repair(check: str, figure: float, bound: float, said: str) -> MonitoringCheck:
    return MonitoringCheck(check, figure, "be at most", bound, figure <= bound, said, calls_for="repair")


def _at_most(share: float, n: int) -> float:
    """Return how large a share of so many may be by chance, where it is `share` of all."""
    return float(binom.ppf(_SURE, n, min(share, 1.0)) / n) if n else 1.0
