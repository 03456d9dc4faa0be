"""The gate's checks, each a row: a figure, what it is held against, and the verdict in words.

The first question is asked of the log-loss, over all moments: the version *must be better*, so the whole interval is
above the bound. All further checks are guards: they refuse only what is clearly harm, beyond chance and
corrected for looking often, since many checks of 95 % each would refuse good versions too; and no trifle, however
sure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import polars as pl
from scipy.stats import norm

from forestall.evaluation.check import Check
from forestall.evaluation.metrics import (
    calibration_error,
    paired_gain,
    perfect_calibration_errors,
    risk_metrics,
)
from forestall.evaluation.metrics.customers import clustered_mean, customer_codes
from forestall.model.spec import Gate
from forestall.moments import Label
from forestall.promotion.latency import Latency
from forestall.promotion.segment_harm import segment_gains

Must = Literal["better", "not_worse"]
# What no model may be worse than, in words.
SIMPLE = {"logistic": "a logistic regression", "rule": "the rule", "wait": "the waiting time alone"}
N_RESAMPLES = 1000
# Guards look at 99 % intervals.
_GUARD = 0.99
_Z = float(norm.ppf(0.5 + _GUARD / 2))
# Segments are small: at 5 % a loss like that of a lost channel can go unseen, and at 10 % good versions still pass.
HARM_LEVEL = 0.1


def data_checks(gate: Gate, n_labelled: int, n_dissatisfied: int, is_experimental: bool) -> list[Check]:
    """Return the checks of what the version learnt from."""
    made = "it is experimental: made with --allow-small" if is_experimental else "it is not experimental"
    return [
        Check("is_experimental", int(is_experimental), "be", 0, not is_experimental, made),
        at_least("n_labelled", n_labelled, gate.min_labelled, "labelled interactions learnt from"),
        at_least("n_dissatisfied", n_dissatisfied, gate.min_dissatisfied, "dissatisfied among them"),
    ]


def label_check(new: Label, old: Label | None) -> Check:
    """Return whether a version's risk is of the same thing as the champion's, whose place and readers it would take.

    `old` is None where the champion's run no longer tells it.
    """
    is_same = new == old
    if old is None:
        said = "the champion's run does not tell its label: register the version under another name"
    elif is_same:
        said = "the label is the champion's"
    else:
        said = "its label is another: register it under another name"
    return Check("is_same_label", int(is_same), "be", 1, is_same, said)


def size_checks(last: pl.DataFrame, gate: Gate) -> list[Check]:
    """Return whether the interactions to compare on, a row each, are enough."""
    bad = int(last["label"].sum())
    return [
        at_least("n_compared", last.height, gate.min_compared, "interactions compared on"),
        at_least(
            "n_compared_dissatisfied", bad, gate.min_compared_dissatisfied, "dissatisfied among those compared on"
        ),
    ]  # fmt: skip


def baseline_checks(rows: pl.DataFrame, seed: int) -> list[Check]:
    """Return whether the risks beat every simple method: the base rate beyond chance, the others in the mean.

    A model that shows no more than the base rate is noise. A logistic regression on the same features is a sound model,
    from which a better one often differs by less than its interval; but one that predicts better is to be preferred.
    """
    gain = paired_gain(rows, "risk", "risk_base_rate", n=N_RESAMPLES, seed=seed)
    said = _against("log-loss over all moments", gain, "the base rate")
    checks = [Check("gain_over_base_rate_low", gain.low, "be above", 0.0, gain.low > 0, said)]
    for name, words in SIMPLE.items():
        column = f"risk_{name}"
        if column in rows.columns and not rows[column].has_nulls():
            gain = paired_gain(rows, "risk", column, n=N_RESAMPLES, seed=seed)
            said = _against("log-loss over all moments", gain, words)
            checks.append(Check(f"gain_over_{name}", gain.mean, "be above", 0.0, gain.mean > 0, said))
    return checks


def champion_checks(rows: pl.DataFrame, gate: Gate, must: Must, seed: int) -> list[Check]:
    """Return whether the risks are better than the champion's, or not worse, and whom they reach.

    The log-loss is over all moments; AUC and capture at capacity (the riskiest tenth) are of the moment at which an
    interaction is scored, and refuse only with their whole 99 % interval below a trifle of the champion's own lift.

    Parameters
    ----------
    must
        `better`: the whole 95 % interval of the gain is above zero. `not_worse`: it is above what may be lost.
    """
    gain = paired_gain(rows, "risk", "risk_champion", n=N_RESAMPLES, seed=seed)
    said = _against("log-loss over all moments", gain, "the champion")
    if must == "better":
        checks = [Check("gain_over_champion_low", gain.low, "be above", 0.0, gain.low > 0, said)]
    else:
        own = paired_gain(rows, "risk_champion", "risk_base_rate", n=1, seed=seed).mean
        bound = -gate.may_lose * max(own, 0.0)
        said += f"; {gate.may_lose:.0%} of the champion's own gain may be lost"
        checks = [Check("gain_over_champion_low", gain.low, "be at least", bound, gain.low >= bound, said)]
    last = rows.filter("is_last").drop("weight", strict=False)
    lifts = _lifts(last)
    for metric, name, words in (("auc", "auc", "AUC"), ("capture_at_10", "capture", "capture by a tenth")):
        gain = paired_gain(
            last, "risk", "risk_champion", metric=metric, n=N_RESAMPLES, seed=seed, level=_GUARD
        )
        bound = -gate.trifle * lifts[metric]
        said = _against(words, gain, "the champion")
        passed = bool(gain.high >= bound)
        checks.append(Check(f"{name}_gain_over_champion_high", gain.high, "be at least", bound, passed, said))
    return checks


def truth_checks(last: pl.DataFrame, gate: Gate, seed: int) -> list[Check]:
    """Return whether the risks mean what they say: calibration, and the mean risk against the actual rate.

    Both may lie as far off as a perfect model's would by chance (99 %) and the slack more, or as far as the
    champion's: a shift of the mean towards what happens has its cause.
    """
    y = last["label"].cast(pl.Float64).to_numpy()
    risk = last["risk"].to_numpy()
    error = calibration_error(y, risk)
    perfect = float(np.quantile(perfect_calibration_errors(risk, seed=seed), _GUARD))
    off = float((risk - y).mean())
    spread = _mean_error(last, risk - y, risk)
    said = f"calibration error {error:.4f}; a perfect model stays below {perfect:.4f}"
    means = f"mean risk {risk.mean():.4f}, actual rate {y.mean():.4f}"
    bounds = [perfect + gate.calibration_slack, _Z * spread + gate.calibration_slack]
    if "risk_champion" in last.columns:
        own = last["risk_champion"].to_numpy()
        theirs, their_off = calibration_error(y, own), abs(float((own - y).mean()))
        bounds = [max(bounds[0], theirs), max(bounds[1], their_off)]
        said, means = (
            f"{said}, the champion shows {theirs:.4f}",
            f"{means}, the champion's mean {own.mean():.4f}",
        )
    return [
        Check("calibration_error", error, "be at most", bounds[0], error <= bounds[0], said),
        Check("mean_risk_off", abs(off), "be at most", bounds[1], abs(off) <= bounds[1], means),
    ]  # fmt: skip


def segment_check(last: pl.DataFrame, columns: Sequence[str], gate: Gate) -> Check:
    """Return whether a segment of size is clearly worse off than with the champion.

    It is looked at where an interaction is scored: there models differ most. The figure is the chance of a loss as
    sure as the surest one if there were none, corrected for all segments.
    """
    own = paired_gain(last.drop("weight", strict=False), "risk_champion", "risk_base_rate", n=1).mean
    found = segment_gains(
        last.drop("weight", strict=False),
        columns,
        min_n=gate.min_segment,
        min_dissatisfied=gate.min_segment_dissatisfied,
        trifle=gate.trifle * max(own, 0.0),
    )
    if not found:
        said = (
            f"no segment has {gate.min_segment} interactions and {gate.min_segment_dissatisfied} dissatisfied"
        )
        return Check("segment_harm_p", 1.0, "be at least", HARM_LEVEL, True, said)
    worst = found[0]
    is_worse = worst.p_adjusted < HARM_LEVEL
    others = sum(one.p_adjusted < HARM_LEVEL for one in found) - 1
    said = (
        f"{worst.column} {worst.name} ({worst.n:,} interactions): log-loss {_by(worst)}"
        + (f"; {others} more are worse" if others > 0 else "")
        + f"; {len(found)} segments looked at"
    )
    return Check("segment_harm_p", worst.p_adjusted, "be at least", HARM_LEVEL, not is_worse, said)


def latency_check(latency: Latency, gate: Gate) -> Check:
    """Return whether a score takes much longer than the champion's."""
    said = f"{latency.new_s * 1000:.1f} ms, the champion {latency.old_s * 1000:.1f} ms, for the same interactions"
    passed = latency.ratio <= gate.max_slowdown
    return Check("slowdown", latency.ratio, "be at most", gate.max_slowdown, passed, said)


def at_least(what: str, figure: int, bound: int, words: str) -> Check:
    """Return a check of a count."""
    said = f"{figure:,} {words}"
    return Check(what, figure, "be at least", bound, figure >= bound, said)


def _lifts(last: pl.DataFrame) -> dict[str, float]:
    """Return how much more than chance the champion ranks and reaches."""
    found = risk_metrics(last["label"], last["risk_champion"])
    return {"auc": max(found["auc"] - 0.5, 0.0), "capture_at_10": max(found["capture_at_10"] - 0.1, 0.0)}


def _against(words: str, gain: Any, whom: str) -> str:
    return f"{words} {_by(gain, gain.mean)}, against {whom}"


def _by(gain: Any, mean: float | None = None) -> str:
    """Return a gain in words, with its interval."""
    mean = gain.gain if mean is None else mean
    side = "better" if mean >= 0 else "worse"
    ends = sorted((abs(gain.low), abs(gain.high))) if gain.low * gain.high > 0 else None
    if ends:
        return f"{side} by {abs(mean):.4f} ({ends[0]:.4f} to {ends[1]:.4f})"
    low, high = (gain.low, gain.high) if mean >= 0 else (-gain.high, -gain.low)
    return f"{side} by {abs(mean):.4f} ({low:.4f} to {high:.4f}: may be chance)"


def _mean_error(rows: pl.DataFrame, off: Any, risk: Any) -> float:
    """Return the standard error of a mean distance of risk and label, rows of one customer being alike."""
    _, found = clustered_mean(off, customer_codes(rows), ddof=0)
    # of risks that are right, so that few dissatisfied do not look like certainty
    return max(found, math.sqrt(float((risk * (1 - risk)).sum())) / len(off))
