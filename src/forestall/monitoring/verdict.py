"""Whether a model must be retrained, or its data repaired: the checks of monitoring.

If enough outcomes are known, they decide: do the observed figures agree with the expected ones? Otherwise drift
decides, because a model cannot be trusted on data that differ from its training data. Lost facts call for a repair and
not for retraining, because a model trained without them makes the loss permanent. So while facts are lost, every other
failed check calls for a repair too, except checks on outcomes of interactions without missing facts. Thresholds are
never tighter than sampling noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl
from scipy.stats import binom

from forestall.evaluation.check import MonitoringCheck
from forestall.evaluation.metrics.customers import weights_of
from forestall.evaluation.metrics.expected import SamplingNoise, expected_figures
from forestall.evaluation.metrics.risk_metrics import risk_metrics
from forestall.evaluation.questions.drift import Drift
from forestall.model.spec import Gate
from forestall.monitoring.missing_facts import Fact
from forestall.promotion.checks import calibration_checks

# How much lower the observed AUC may be than the expected AUC, and how much the expected AUC may fall, in addition to
# sampling noise.
AUC_SLACK = 0.02
AUC_LOST = 0.05
# If there are too few outcomes: the largest share of the contributions in drifted features, and the largest change of
# the mean log-odds in standard deviations.
WEIGHT_MOVED = 0.3
RISK_MOVED = 0.3
# The largest share of interactions with a venue, channel, locale or product category that was not in the training data,
# and the largest increase of the share that is scored without a fact, or not at all.
UNKNOWN = 0.1
LOST = 0.05
_LEVEL = 0.99
MIN_NEW = 200  # drift is not tested on fewer new interactions: a few days always differ from a year


@dataclass(frozen=True)
class Evidence:
    """The figures that the checks compare.

    Parameters
    ----------
    rated
        Interactions whose label is known and counts: interaction_id, customer_id, label, risk.
    n_now
        The number of new interactions compared.
    chance
        How far figures of so many interactions differ from the reference by sampling noise.
    promised_before, promised_now
        The expected AUC of all interactions, in the reference and now.
    drift
        The drift of the features.
    risk_moved
        The change of the mean log-odds, in standard deviations of the reference.
    unknown
        By column, the share of the interactions with a value that was not in the training data.
    quality_before, quality_now
        Shares of the interactions by `data_quality`.
    lost_facts
        The facts that are no longer recorded.
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
    lost_facts: Sequence[Fact]


def monitoring_checks(evidence: Evidence, gate: Gate, seed: int) -> list[MonitoringCheck]:
    """Return all checks.

    Parameters
    ----------
    evidence
        The figures to compare.
    gate
        The number of outcomes that is enough (`min_compared`, `min_compared_dissatisfied`), and `calibration_slack`.
    seed
        The seed of the draws that give the expected figures.
    """
    on_risks = [_expected_auc_check(evidence)]
    on_outcomes = []
    if has_enough_outcomes(evidence.rated, gate):
        on_outcomes = outcome_checks(evidence.rated, gate, seed)
    elif evidence.n_now >= MIN_NEW:
        on_risks = [*drift_checks(evidence), *on_risks]
    on_facts = lost_fact_checks(
        evidence.n_now, evidence.quality_before, evidence.quality_now, evidence.lost_facts
    )
    if not all(check.passed for check in on_facts):
        on_risks = [replace(check, calls_for="repair") for check in on_risks]
    if (
        evidence.lost_facts
    ):  # a kind of event that is no longer recorded leaves no gap: it may have changed any risk
        on_outcomes = [replace(check, calls_for="repair") for check in on_outcomes]
    return [*on_outcomes, *on_risks, _unknown_check(evidence), *on_facts]


def has_enough_outcomes(rated: pl.DataFrame, gate: Gate) -> bool:
    """Return whether there are enough outcomes to decide.

    The number of dissatisfied customers is what the checks test, so the risks, and not the outcomes, must give enough
    of both classes.
    """
    expected = float(rated["risk"].sum())
    smaller_class = min(expected, rated.height - expected)
    return rated.height >= gate.min_compared and smaller_class >= gate.min_compared_dissatisfied


def outcome_checks(rated: pl.DataFrame, gate: Gate, seed: int) -> list[MonitoringCheck]:
    """Return whether observed and expected figures agree: calibration, mean risk and AUC."""
    checks = [MonitoringCheck(**vars(check)) for check in calibration_checks(rated, gate, seed)]
    weight = weights_of(rated)
    auc = risk_metrics(rated["label"], rated["risk"], weight)["auc"]
    if math.isnan(auc):
        return checks
    expected = expected_figures(rated["risk"], weight, seed=seed)["auc"]
    shortfall, bound = expected.mean - auc, expected.mean - expected.low + AUC_SLACK
    finding = (
        f"the AUC is {auc:.3f}; the expected AUC is {expected.mean:.3f}, with sampling noise from "
        f"{expected.low:.3f} to "
        f"{expected.high:.3f}"
    )
    return [
        *checks,
        MonitoringCheck("auc_short", shortfall, "be at most", bound, shortfall <= bound, finding),
    ]


def drift_checks(evidence: Evidence) -> list[MonitoringCheck]:
    """Return whether the features and the mean risk have drifted."""
    weight, drifted = evidence.drift.weight_moved, evidence.drift.moved
    named = ", ".join(one.feature for one in drifted[:3]) + (", …" if len(drifted) > 3 else "")
    finding = f"{len(drifted)} of {len(evidence.drift.features)} features have drifted" + (
        f" ({named}), with {weight:.0%} of the contributions" if drifted else ""
    )
    change = abs(evidence.risk_moved)
    direction = "increased" if evidence.risk_moved > 0 else "decreased"
    bound = RISK_MOVED + evidence.chance.moved
    return [
        MonitoringCheck("drift_weight", weight, "be at most", WEIGHT_MOVED, weight <= WEIGHT_MOVED, finding),
        MonitoringCheck(
            "risk_moved", change, "be at most", bound, change <= bound,
            f"the mean log-odds {direction} by {change:.2f} standard deviations",
        ),
    ]  # fmt: skip


def _expected_auc_check(evidence: Evidence) -> MonitoringCheck:
    """Return whether the expected AUC has fallen."""
    lost = evidence.promised_before - evidence.promised_now
    finding = f"the expected AUC is {evidence.promised_now:.3f}; it was {evidence.promised_before:.3f} in the reference"
    bound = AUC_LOST + evidence.chance.auc_lost
    # risks that are all equal have no expected AUC: NaN passes
    return MonitoringCheck("promised_auc_lost", lost, "be at most", bound, not lost > bound, finding)


def _unknown_check(evidence: Evidence) -> MonitoringCheck:
    """Return whether the training data contained the venues, channels, locales and products of today."""
    column, share = max(evidence.unknown.items(), key=lambda one: one[1], default=("", 0.0))
    finding = (
        f"{share:.1%} of the interactions have a {column.replace('_', ' ')} that was not in the training data"
    )
    if not share:
        known = ", ".join(name.replace("_", " ") for name in evidence.unknown)
        finding = (
            f"every {known} was in the training data"
            if known
            else "the model uses no venue or product by name"
        )
    bound = _largest_share(UNKNOWN, evidence.n_now)
    return MonitoringCheck("unknown_share", share, "be at most", bound, share <= bound, finding)


def lost_fact_checks(
    n_now: int, before: dict[str, float], now: dict[str, float], lost_facts: Sequence[Fact]
) -> list[MonitoringCheck]:
    """Return whether facts of the reference are now missing.

    Parameters
    ----------
    n_now
        The number of new interactions compared.
    before, now
        Shares of the interactions by `data_quality`.
    lost_facts
        The facts that are no longer recorded.
    """
    named = (f"{one.name} ({one.before:.0%} of the interactions, now {one.now:.0%})" for one in lost_facts)
    finding = f"no longer recorded: {', '.join(named)}" if lost_facts else "all facts are still recorded"
    checks = [_repair_check("facts_vanished", len(lost_facts), 0, finding)]
    for quality, words in (
        ("partial", "scored without a fact that was nearly always known"),
        ("abstained", "not scored"),
    ):
        was, is_now = (one.get(quality, 0.0) for one in (before, now))
        finding = f"{is_now:.1%} of the interactions are {words}; in the reference {was:.1%}"
        bound = _largest_share(was + LOST, n_now)
        checks.append(_repair_check(f"{quality}_share", is_now, bound, finding))
    return checks


def _repair_check(check: str, figure: float, bound: float, finding: str) -> MonitoringCheck:
    return MonitoringCheck(check, figure, "be at most", bound, figure <= bound, finding, calls_for="repair")


def _largest_share(share: float, n: int) -> float:
    """Return the 99 % quantile of an observed share among `n`, if the true share is `share`."""
    return float(binom.ppf(_LEVEL, n, min(share, 1.0)) / n) if n else 1.0
