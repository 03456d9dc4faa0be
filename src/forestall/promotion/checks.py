"""The checks of the gate: each compares a figure with a threshold and states the finding in words.

The main check tests the log-loss over all moments. If the version must be better, the whole confidence interval of the
gain must be above the threshold. All further checks are guards. A guard fails only on clear harm: beyond sampling
noise, corrected for multiple testing, and not negligible. Many checks at 95 % each would refuse good versions too.
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
from forestall.evaluation.metrics.customers import clustered_mean, customer_codes, one_each, weights_of
from forestall.evaluation.metrics.expected import error_of_exact_mean
from forestall.model.spec import Gate
from forestall.moments import Label
from forestall.promotion.latency import Latency
from forestall.promotion.segment_harm import segment_gains
from forestall.statistics import Floats

RequiredGain = Literal["better", "not_worse"]
N_RESAMPLES = 1000
ONE_CUSTOMER = "no interval: the rows are of one customer"
"""What stands for an interval that is drawn over customers, where there is but one."""
# The guards use 99 % intervals.
_GUARD = 0.99
_Z = float(norm.ppf(0.5 + _GUARD / 2))
# The largest adjusted p-value that counts as harm. Segments are small: at 5 % the loss of a whole channel can go
# undetected, and at 10 % good versions still pass.
HARM_LEVEL = 0.1


def data_checks(gate: Gate, n_labelled: int, n_dissatisfied: int, is_experimental: bool) -> list[Check]:
    """Return the checks of the training data of the version."""
    finding = (
        "the version is experimental: trained with --allow-small"
        if is_experimental
        else "the version is not experimental"
    )
    return [
        Check("is_experimental", int(is_experimental), "be", 0, not is_experimental, finding),
        _count_check("n_labelled", n_labelled, gate.min_labelled, "labelled interactions in training"),
        _count_check(
            "n_dissatisfied", n_dissatisfied, gate.min_dissatisfied, "dissatisfied interactions in training"
        ),
    ]


def leak_check(gate: Gate, near_label: Sequence[str]) -> Check:
    """Return whether the version learnt from nothing that alone tells the label nearly for certain.

    Parameters
    ----------
    gate
        `allow_leaks` names what is known before the label all the same.
    near_label
        The columns and kinds of events that do; see `evaluation.questions.leaks.Leak.is_near_label`.
    """
    refused = [name for name in near_label if name not in gate.allow_leaks]
    finding = "nothing that the model learnt from tells the label nearly for certain"
    if refused:
        finding = (
            f"the label is told nearly for certain by {', '.join(refused)} alone, which may be known only with it: "
            "name it under never or known_at in mapping.yaml and train again; if it is known before, name it in "
            "gate.allow_leaks in model.yaml"
        )
    return Check("n_near_label", len(refused), "be at most", 0, not refused, finding)


def label_check(new: Label, old: Label | None) -> Check:
    """Return whether the version predicts the same label as the champion that it would replace.

    `old` is None if the champion's label is unknown.
    """
    is_same = new == old
    if old is None:
        finding = "the label of the champion is unknown: register the version under another name"
    elif is_same:
        finding = "the label is that of the champion"
    else:
        finding = "the label differs from that of the champion: register the version under another name"
    return Check("is_same_label", int(is_same), "be", 1, is_same, finding)


def size_checks(last: pl.DataFrame, gate: Gate) -> list[Check]:
    """Return whether there are enough interactions, one row each, to compare the models on."""
    bad = int(last["label"].sum())
    return [
        _count_check("n_compared", last.height, gate.min_compared, "interactions compared"),
        _count_check(
            "n_compared_dissatisfied", bad, gate.min_compared_dissatisfied, "dissatisfied interactions compared"
        ),
    ]  # fmt: skip


def champion_checks(rows: pl.DataFrame, gate: Gate, required: RequiredGain, seed: int) -> list[Check]:
    """Return whether the risks are better than the champion's, or not worse: log-loss, AUC and capture.

    The log-loss is over all moments. AUC and capture at capacity (the riskiest tenth) use the last moment of each
    interaction. They fail only if the whole 99 % interval is below a negligible loss, `gate.trifle` of the champion's
    own lift.

    Parameters
    ----------
    required
        `better`: the whole 95 % interval of the gain is above 0. `not_worse`: it is above the loss that `gate.may_lose`
        allows.
    """
    gain = paired_gain(rows, "risk", "risk_champion", n=N_RESAMPLES, seed=seed)
    finding = compared_with("log-loss over all moments", gain, "the champion")
    if required == "better":
        checks = [Check("gain_over_champion_low", gain.low, "be above", 0.0, gain.low > 0, finding)]
    else:
        own = paired_gain(rows, "risk_champion", "risk_base_rate", n=1, seed=seed).mean
        bound = -gate.may_lose * max(own, 0.0)
        finding += f"; {gate.may_lose:.0%} of the champion's gain over the base rate may be lost"
        checks = [Check("gain_over_champion_low", gain.low, "be at least", bound, gain.low >= bound, finding)]
    last = one_each(rows.filter("is_last"))
    lifts = _lifts(last)
    for metric, name, words in (
        ("auc", "auc", "AUC"),
        ("capture_at_10", "capture", "capture by the riskiest tenth"),
    ):
        gain = paired_gain(
            last, "risk", "risk_champion", metric=metric, n=N_RESAMPLES, seed=seed, level=_GUARD
        )
        bound = -gate.trifle * lifts[metric]
        finding = compared_with(words, gain, "the champion")
        passed = bool(gain.high >= bound)
        checks.append(
            Check(f"{name}_gain_over_champion_high", gain.high, "be at least", bound, passed, finding)
        )
    return checks


def calibration_checks(last: pl.DataFrame, gate: Gate, seed: int) -> list[Check]:
    """Return whether the risks are calibrated: calibration error, and mean risk against the observed rate.

    Each deviation may be as large as the 99 % quantile of a perfectly calibrated model plus `gate.calibration_slack`,
    or as large as that of the champion: a change towards the observed rate is an improvement. `last` has the rows of
    `one_each`.
    """
    y = last["label"].cast(pl.Float64).to_numpy()
    risk = last["risk"].to_numpy()
    weight = weights_of(last)
    error = calibration_error(y, risk, weight)
    perfect = float(np.quantile(perfect_calibration_errors(risk, weight, seed=seed), _GUARD))
    bias = _mean(risk - y, weight)
    error_of_mean = _standard_error(last, risk - y, risk)
    finding = f"calibration error {error:.4f}; a perfectly calibrated model stays below {perfect:.4f}"
    mean_finding = f"mean risk {_mean(risk, weight):.4f}, observed rate {_mean(y, weight):.4f}"
    bounds = [perfect + gate.calibration_slack, _Z * error_of_mean + gate.calibration_slack]
    if "risk_champion" in last.columns:
        own = last["risk_champion"].to_numpy()
        error_of_champion = calibration_error(y, own, weight)
        bias_of_champion = abs(_mean(own - y, weight))
        bounds = [max(bounds[0], error_of_champion), max(bounds[1], bias_of_champion)]
        finding = f"{finding}; the champion has {error_of_champion:.4f}"
        mean_finding = f"{mean_finding}; the mean risk of the champion is {_mean(own, weight):.4f}"
    return [
        Check("calibration_error", error, "be at most", bounds[0], error <= bounds[0], finding),
        Check("mean_risk_off", abs(bias), "be at most", bounds[1], abs(bias) <= bounds[1], mean_finding),
    ]  # fmt: skip


def segment_check(last: pl.DataFrame, columns: Sequence[str], gate: Gate) -> Check:
    """Return whether the log-loss of a large enough segment is clearly higher than with the champion.

    The check uses the last moment of each interaction, where models differ most. The figure is the smallest p-value of
    the hypothesis that a segment has no loss, adjusted for the number of segments.
    """
    rows = one_each(last)
    own = paired_gain(rows, "risk_champion", "risk_base_rate", n=1).mean
    found = segment_gains(
        rows,
        columns,
        min_n=gate.min_segment,
        min_dissatisfied=gate.min_segment_dissatisfied,
        tolerance=gate.trifle * max(own, 0.0),
    )
    if not found:
        finding = (
            f"no segment has {gate.min_segment} interactions and {gate.min_segment_dissatisfied} dissatisfied"
        )
        return Check("segment_harm_p", 1.0, "be at least", HARM_LEVEL, True, finding)
    worst = found[0]
    is_worse = worst.p_adjusted < HARM_LEVEL
    others = sum(one.p_adjusted < HARM_LEVEL for one in found) - 1
    finding = (
        f"{worst.column} {worst.name} ({worst.n:,} interactions): log-loss {_describe_gain(worst)}"
        + (f"; {others} more are worse" if others > 0 else "")
        + f"; {len(found)} segment{'s' * (len(found) != 1)} checked"
    )
    return Check("segment_harm_p", worst.p_adjusted, "be at least", HARM_LEVEL, not is_worse, finding)


def latency_check(latency: Latency, gate: Gate) -> Check:
    """Return whether scoring takes much longer than with the champion."""
    finding = (
        f"{latency.new_s * 1000:.1f} ms; the champion takes {latency.old_s * 1000:.1f} ms for the same rows"
    )
    passed = latency.ratio <= gate.max_slowdown
    return Check("slowdown", latency.ratio, "be at most", gate.max_slowdown, passed, finding)


def _count_check(name: str, figure: int, bound: int, words: str) -> Check:
    """Return a check of a count."""
    return Check(name, figure, "be at least", bound, figure >= bound, f"{figure:,} {words}")


def _lifts(last: pl.DataFrame) -> dict[str, float]:
    """Return the champion's AUC above 0.5 and its capture above 0.1, both at least 0."""
    found = risk_metrics(last["label"], last["risk_champion"], weights_of(last))
    return {"auc": max(found["auc"] - 0.5, 0.0), "capture_at_10": max(found["capture_at_10"] - 0.1, 0.0)}


def compared_with(words: str, gain: Any, other: str) -> str:
    """Return a gain over another model, with its interval, in words."""
    return f"{words} {_describe_gain(gain, gain.mean)}, compared with {other}"


def _describe_gain(gain: Any, mean: float | None = None) -> str:
    """Return a gain in words, with its confidence interval."""
    mean = gain.gain if mean is None else mean
    side = "better" if mean >= 0 else "worse"
    if math.isnan(gain.low) and not math.isnan(mean):
        return f"{side} by {abs(mean):.4f} ({ONE_CUSTOMER})"
    ends = sorted((abs(gain.low), abs(gain.high))) if gain.low * gain.high > 0 else None
    if ends:
        return f"{side} by {abs(mean):.4f} ({ends[0]:.4f} to {ends[1]:.4f})"
    low, high = (gain.low, gain.high) if mean >= 0 else (-gain.high, -gain.low)
    return f"{side} by {abs(mean):.4f} ({low:.4f} to {high:.4f}: not significant)"


def _standard_error(rows: pl.DataFrame, difference: Any, risk: Any) -> float:
    """Return the standard error of the mean difference of risk and label, clustered by customer."""
    weight = weights_of(rows)
    _, error = clustered_mean(difference, customer_codes(rows), weight, ddof=0)
    # at least the error expected from the risks: with few dissatisfied interactions the observed one is too small
    return max(error, error_of_exact_mean(risk, weight))


def _mean(values: Floats, weight: Floats | None) -> float:
    return float(values.mean()) if weight is None else float(weight @ values / weight.sum())
