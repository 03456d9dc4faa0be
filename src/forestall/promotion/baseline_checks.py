"""The checks against simple methods: noise does not pass, and a gain must be worth having."""

from __future__ import annotations

import math
from collections.abc import Mapping

import polars as pl

from forestall.assessment.run_content import LEAKS
from forestall.evaluation.check import Check
from forestall.evaluation.metrics import bootstrap_intervals, paired_gain, risk_metrics
from forestall.evaluation.metrics.bootstrap import Gain
from forestall.evaluation.metrics.customers import one_each, row_weights, weights_of
from forestall.model.spec import Gate
from forestall.promotion.checks import N_RESAMPLES, ONE_CUSTOMER, compared_with

# The simple baselines beside the base rate, in words.
BASELINES = {"rule": "the rule", "wait": "the waiting time alone"}
_NO_SKILL = 0.5
_MOST_TIMES = 100  # an estimate of more labels than so many times those at hand says nothing


def baseline_checks(rows: pl.DataFrame, gate: Gate, seed: int, n_labelled: int | None = None) -> list[Check]:
    """Return whether the risks are better than every baseline.

    Noise must not pass. So the whole 95 % interval of the AUC at the last moments must be above 0.5, and that of the
    gain in log-loss over the base rate above 0. The gain must also be worth having: a share `gate.min_gain` of the base
    rate's own log-loss.

    A logistic regression on the same features, its penalty chosen by cross-validation, is a good model: the difference
    is often smaller than its confidence interval. So the version fails only if it is worse beyond sampling noise: then
    use the logistic regression instead. Beside the other baselines the mean counts.

    Parameters
    ----------
    rows
        As for `gate.comparison_checks`.
    gate
        The thresholds.
    seed
        The seed of the bootstrap.
    n_labelled
        The number of labelled interactions that the version learnt from and was tested on, which tells how many more
        are needed; by default the number of interactions compared.
    """
    last = rows.filter("is_last")
    n = n_labelled or last.height
    gain = paired_gain(rows, "risk", "risk_base_rate", n=N_RESAMPLES, seed=seed)
    loss = risk_metrics(rows["label"], rows["risk_base_rate"], row_weights(rows))["log_loss"]
    finding = compared_with("log-loss over all moments", gain, "the base rate")
    needed = labels_needed(gain.mean, gain.low, 0.0, n)
    share = gain.mean / loss if loss > 0 else math.nan
    worth = f"the gain over the base rate is {share:.2%} of its log-loss of {loss:.4f}"
    checks = [
        _auc_check(last, n, seed),
        Check("gain_over_base_rate_low", gain.low, "be above", 0.0, gain.low > 0, f"{finding}{needed}"),
        Check("gain_share", share, "be at least", gate.min_gain, share >= gate.min_gain, worth),
    ]
    if _is_known(rows, "logistic"):
        gain, finding = _gain(rows, "logistic", "a logistic regression", seed)
        passed = bool(gain.high >= 0)
        checks.append(Check("gain_over_logistic_high", gain.high, "be at least", 0.0, passed, finding))
    for name, words in BASELINES.items():
        if _is_known(rows, name):
            gain, finding = _gain(rows, name, words, seed)
            checks.append(Check(f"gain_over_{name}", gain.mean, "be above", 0.0, gain.mean > 0, finding))
    return checks


def raw_notes(rows: pl.DataFrame, seed: int) -> tuple[str, ...]:
    """Return in a note how a version compares with LightGBM's defaults on the raw columns; none if that is unknown.

    The gate demands nothing of it: such a model has no interval, no reasons and no protection against lost columns. But
    a reader must see whether Forestall's features improve the prediction.

    Parameters
    ----------
    rows, seed
        As for `gate.comparison_checks`.
    """
    rows = rows.drop_nulls("risk")
    if not rows.height or not _is_known(rows, "raw"):
        return ()
    _, finding = _gain(rows, "raw", "LightGBM's defaults on the raw columns", seed)
    return (f"{finding}; this is shown, not demanded",)


def leak_notes(tags: Mapping[str, str]) -> tuple[str, ...]:
    """Return in a note what a version learnt from and may be known only with the label; none if its tags name nothing.

    The gate cannot tell a leak from a good fact: both predict. A person who knows the company's records can.
    """
    found = tags.get(LEAKS)
    if not found:
        return ()
    return (
        f"possible target leakage, so that all figures may be too good: {found}; if this is known only with the label, "
        "name it under never or known_at in mapping.yaml, and train again",
    )


def _is_known(rows: pl.DataFrame, name: str) -> bool:
    column = f"risk_{name}"
    return column in rows.columns and not rows[column].has_nulls()


def _gain(rows: pl.DataFrame, name: str, words: str, seed: int) -> tuple[Gain, str]:
    """Return the gain over a baseline over all moments, and the finding in words."""
    gain = paired_gain(rows, "risk", f"risk_{name}", n=N_RESAMPLES, seed=seed)
    return gain, compared_with("log-loss over all moments", gain, words)


def _auc_check(last: pl.DataFrame, n_labelled: int, seed: int) -> Check:
    """Return whether the risks rank better than chance, beyond sampling noise."""
    rows = one_each(last)
    auc = risk_metrics(rows["label"], rows["risk"], weights_of(rows))["auc"]
    low, high = bootstrap_intervals(rows, n=N_RESAMPLES, seed=seed, names=("auc",))["auc"]
    interval = ONE_CUSTOMER if math.isnan(low) and not math.isnan(auc) else f"{low:.3f} to {high:.3f}"
    finding = f"AUC at the last moments {auc:.3f} ({interval})"
    needed = labels_needed(auc, low, _NO_SKILL, n_labelled)
    return Check("auc_low", low, "be above", _NO_SKILL, low > _NO_SKILL, f"{finding}{needed}")


def labels_needed(figure: float, low: float, bound: float, n_labelled: int) -> str:
    """Return how many more labels would bring the lower end of an interval above a threshold, in words.

    It is an estimate: the distance of figure and lower end shrinks with the square root of the number of labels, and
    the figure stays as it is. The text is empty if the lower end is above the threshold already.

    Examples
    --------
    >>> labels_needed(0.52, 0.48, 0.5, 1000)
    '; about 3,000 more labels would be needed (an estimate from how the interval narrows)'
    >>> labels_needed(0.49, 0.45, 0.5, 1000)
    '; the estimate itself is not above 0.5, so no number of labels can be told'
    >>> labels_needed(0.52, math.nan, 0.5, 1000)
    ''
    """
    if low > bound:
        return ""
    if math.isnan(low) and not math.isnan(figure):
        return ""
    if not figure > bound:
        return f"; the estimate itself is not above {bound:g}, so no number of labels can be told"
    times = ((figure - low) / (figure - bound)) ** 2
    if times > _MOST_TIMES:
        return f"; more than {_MOST_TIMES} times as many labels would be needed (an estimate)"
    more = n_labelled * (times - 1)
    return f"; about {_rounded_up(more):,} more labels would be needed (an estimate from how the interval narrows)"


def _rounded_up(number: float) -> int:
    """Return a number rounded up to two digits, and to tens at least; rounding errors do not count."""
    step: int = 10 ** max(1, math.floor(math.log10(max(number, 1))) - 1)
    return max(int(step), math.ceil(round(number / step, 6)) * step)
