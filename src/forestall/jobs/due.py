"""Whether a model is due to be learnt anew: checks, each with its figure, its bound and what it calls for.

Once enough ratings have come they decide: does what the risks promise come true? Until then drift has to, since what a
model has never seen it cannot be trusted on. Lost facts call for repair, not for learning: a model that learns without
them makes the loss last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from forestall.evaluation.check import Sign
from forestall.evaluation.drift import Drift
from forestall.evaluation.metrics import metrics
from forestall.evaluation.promise import Promise
from forestall.model.spec import Gate
from forestall.registry.checks import at_least, truth_checks

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


@dataclass(frozen=True)
class State:
    """What there is to judge by.

    Parameters
    ----------
    rated
        Interactions whose label has come: interaction_id, customer_id, label, risk.
    word
        The figures that the risks of `rated` promise.
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
    """

    rated: pl.DataFrame
    word: dict[str, Promise]
    promised_before: float
    promised_now: float
    drift: Drift
    risk_moved: float
    unknown: dict[str, float]
    quality_before: dict[str, float]
    quality_now: dict[str, float]


def signs(state: State, gate: Gate, seed: int) -> tuple[list[Sign], bool]:
    """Return all checks, and whether enough ratings have come for them to decide.

    Parameters
    ----------
    state
        What was found.
    gate
        How many ratings are enough (`min_compared`, `min_compared_dissatisfied`), and the `calibration_slack`.
    seed
        Of what a perfect model would show.
    """
    is_enough = has_enough(state.rated, gate)
    decisive = kept_promises(state, gate, seed) if is_enough else drift_signs(state)
    return [*decisive, _sharpness(state), _known(state), *_lost(state)], is_enough


def has_enough(rated: pl.DataFrame, gate: Gate) -> bool:
    """Return whether so many ratings have come, of both kinds, that they can decide."""
    n_bad = int(rated["label"].sum())
    counts = (
        at_least("rated", rated.height, gate.min_compared, ""),
        at_least("dissatisfied", n_bad, gate.min_compared_dissatisfied, ""),
        at_least("satisfied", rated.height - n_bad, gate.min_compared_dissatisfied, ""),
    )
    return all(one.passed for one in counts)


def kept_promises(state: State, gate: Gate, seed: int) -> list[Sign]:
    """Return whether what the risks promised came true: calibration, the mean, and the ranking."""
    signs = [Sign(**vars(one)) for one in truth_checks(state.rated, gate, seed)]
    auc, word = metrics(state.rated["label"], state.rated["risk"])["auc"], state.word["auc"]
    short, bound = word.mean - auc, word.mean - word.low + AUC_SLACK
    said = (
        f"AUC {auc:.3f}; risks that are exactly right show {word.mean:.3f} on these interactions, "
        f"and by chance {word.low:.3f} to {word.high:.3f}"
    )
    return [*signs, Sign("auc_short", short, "be at most", bound, short <= bound, said)]


def drift_signs(state: State) -> list[Sign]:
    """Return whether what the model sees, and the risk it makes of it, has moved."""
    weight, moved = state.drift.weight_moved, state.drift.moved
    named = ", ".join(one.feature for one in moved[:3]) + (", …" if len(moved) > 3 else "")
    said = f"{len(moved)} of {len(state.drift.features)} features have moved" + (
        f" ({named}), which make up {weight:.0%} of the risk's movement" if moved else ""
    )
    far = abs(state.risk_moved)
    way = "up" if state.risk_moved > 0 else "down"
    return [
        Sign("drift_weight", weight, "be at most", WEIGHT_MOVED, weight <= WEIGHT_MOVED, said),
        Sign(
            "risk_moved", far, "be at most", RISK_MOVED, far <= RISK_MOVED,
            f"the mean log-odds have moved {way} by {far:.2f} of their standard deviation",
        ),
    ]  # fmt: skip


def _sharpness(state: State) -> Sign:
    """Return whether the risks still tell customers apart as they did, by what they promise."""
    lost = state.promised_before - state.promised_now
    said = (
        f"the risks promise an AUC of {state.promised_now:.3f}, in the reference {state.promised_before:.3f}"
    )
    return Sign("promised_auc_lost", lost, "be at most", AUC_LOST, not lost > AUC_LOST, said)


def _known(state: State) -> Sign:
    """Return whether the model knows the places and products of today."""
    column, share = max(state.unknown.items(), key=lambda one: one[1], default=("", 0.0))
    said = (
        f"{share:.1%} of the interactions are of a {column} never learnt from"
        if share
        else "all were learnt from"
    )
    return Sign("unknown_share", share, "be at most", UNKNOWN, share <= UNKNOWN, said.replace("_", " "))


def _lost(state: State) -> list[Sign]:
    """Return whether facts are lost that were there."""
    found = []
    for quality, words in (
        ("partial", "scored without a fact that was always there"),
        ("abstained", "not scored"),
    ):
        before, now = (one.get(quality, 0.0) for one in (state.quality_before, state.quality_now))
        said = f"{now:.1%} of the interactions are {words}, in the reference {before:.1%}"
        bound = before + LOST
        check: dict[str, Any] = {
            "check": f"{quality}_share",
            "figure": now,
            "must": "be at most",
            "bound": bound,
        }
        found.append(Sign(**check, passed=now <= bound, says=said, calls_for="repair"))
    return found
