"""The sentences of the monitoring page."""

from __future__ import annotations

import math
from collections.abc import Callable

from forestall.evaluation.check import MonitoringCheck
from forestall.monitoring.result import DataSummary, Monitoring
from forestall.reporting.text.formats import enumeration, number, percent

_MAX_NAMED = 3


def headline(result: Monitoring) -> str:
    """Return the verdict in one sentence, for a manager."""
    if result.retraining_due:
        return "The model should be retrained."
    if result.repair_due:
        return "Facts are missing from the data: repair the data before using the risks."
    if result.is_decided_by_ratings:
        return "The observed outcomes agree with the expected ones: keep the model."
    return "No check failed, but there are too few outcomes to be certain."


def basis(result: Monitoring) -> str:
    """Return how many interactions and outcomes the verdict is based on."""
    reference, current, outcomes = result.reference, result.current, result.outcome.metrics
    n_known, n_dissatisfied = int(outcomes["n"]), int(outcomes["n_dissatisfied"])
    known = (
        f"The outcome of {number(n_known)} new interactions is known; {number(n_dissatisfied)} of them ended with a "
        "dissatisfied customer."
        if n_known
        else "No outcome of a new interaction is known yet."
    )
    return (
        f"{number(current.n)} new interaction{'s' * (current.n != 1)}{_period(current)} compared with "
        f"{number(reference.n)} of the reference{_period(reference)}. {known}"
    )


def _period(data: DataSummary) -> str:
    # with hyphens at which no line breaks
    days = [one[:10].replace("-", "\u2011") for one in (data.begins, data.ends)]
    return f" ({days[0]} to {days[1]})" if data.begins else ""


def to_do(result: Monitoring) -> str:
    """Return what to do about failed checks; empty if none failed."""
    if result.retraining_due:
        retrain = "Train on newer data. The new version replaces this one only if it passes the gate."
        if not result.is_decided_by_ratings:
            retrain = (
                "Do not rely on the risks until more outcomes are known. Collect outcomes, above all for what is "
                "new. Then "
                "train on newer data; the new version replaces this one only if it passes the gate."
            )
        repair = " Repair the data first: a model trained on incomplete data would make the loss permanent."
        return retrain + repair * result.repair_due
    if result.repair_due:
        return (
            "Find out when and why the facts were lost, and repair the data. Then run the monitoring again, "
            "because other "
            "checks may have failed for the same reason."
        )
    return ""


def reason(result: Monitoring, check: MonitoringCheck) -> str:
    """Return why a check failed, in a sentence."""
    if check.check == "calibration_error":
        return (
            f"Expected and observed rates differ by {100 * check.figure:.1f} percentage points on average; the "
            "threshold "
            f"is {100 * check.bound:.1f}."
        )
    reasons: dict[str, Callable[[Monitoring], str]] = {
        "mean_risk_off": _mean_risk_reason,
        "auc_short": lambda one: f"The risks rank customers worse than expected. {_ranking(one)}",
        "drift_weight": lambda one: f"Important features have drifted from the reference. {_drift(one)}",
        "risk_moved": lambda one: (
            f"The risks have changed a lot, and there are too few outcomes to check them. {_mean_risk(one)}"
        ),
        "promised_auc_lost": lambda one: (
            f"The risks separate customers less than before. {_expected_auc(one)}"
        ),
    }
    if check.check in reasons:
        return reasons[check.check](result)
    finding = check.says.replace("%", "\u00a0%")
    return f"{finding[:1].upper()}{finding[1:]}."


def _mean_risk_reason(result: Monitoring) -> str:
    outcomes = result.outcome.metrics
    side = "high" if outcomes["mean_risk"] > outcomes["base_rate"] else "low"
    expected, observed = percent(outcomes["mean_risk"], 1), percent(outcomes["base_rate"], 1)
    return (
        f"The risks are too {side}: the expected rate is {expected}, and the observed rate is {observed}. The "
        "difference is larger than sampling noise."
    )


def findings(result: Monitoring) -> dict[str, str]:
    """Return the main findings by topic; a finding that is the reason of a failed check is left out."""
    failed = {check.check for check in result.failed}
    topics: tuple[tuple[str, str, Callable[[Monitoring], str]], ...] = (
        ("Observed rate", "mean_risk_off", _observed_rate),
        ("Ranking", "auc_short", _ranking),
        ("Contact list", "", _contact_list),
        ("Feature drift", "drift_weight", _drift),
        ("Mean risk", "risk_moved", _mean_risk),
        ("Expected AUC", "promised_auc_lost", _expected_auc),
    )
    return {
        topic: sentence
        for topic, check, write in topics
        if check not in failed and (sentence := write(result))
    }


def _observed_rate(result: Monitoring) -> str:
    outcomes = result.outcome.metrics
    if not outcomes["n"]:
        return ""
    noise = result.outcome.promised["base_rate"]
    is_noise = noise.low <= outcomes["base_rate"] <= noise.high
    verdict = (
        "is within sampling noise" if is_noise else "is larger than sampling noise, but below the threshold"
    )
    expected, observed = percent(outcomes["mean_risk"], 1), percent(outcomes["base_rate"], 1)
    return f"The expected rate is {expected}, and the observed rate is {observed}. The difference {verdict}."


def _ranking(result: Monitoring) -> str:
    auc, expected = result.outcome.metrics["auc"], result.outcome.promised["auc"]
    if math.isnan(auc) or math.isnan(expected.mean):
        return ""
    return (
        f"The observed AUC is {number(auc, 2)}; the expected AUC is {number(expected.mean, 2)}, with sampling "
        "noise from "
        f"{number(expected.low, 2)} to {number(expected.high, 2)}."
    )


def _contact_list(result: Monitoring) -> str:
    listed = result.listed
    if listed is None:
        return ""
    return (
        f"{number(listed.n)} more interactions were on a contact list; their expected rate is "
        f"{percent(listed.risk, 1)}, and their observed rate is {percent(listed.rate, 1)}. No other figure includes "
        "them, because successful contacts lower the observed rate. These data cannot show how many customers were "
        "saved."
    )


def _drift(result: Monitoring) -> str:
    drifted = result.drift.moved
    n_features = len(result.drift.features)
    if not drifted:
        return f"None of the {n_features} features has drifted."
    first = sorted(drifted, key=lambda one: -one.weight)[:_MAX_NAMED]
    named = enumeration([f"“{one.description.rstrip('.')}”" for one in first])
    more = f" and {len(drifted) - _MAX_NAMED} more" if len(drifted) > _MAX_NAMED else ""
    return (
        f"{len(drifted)} of {n_features} features {'has' if len(drifted) == 1 else 'have'} drifted: "
        f"{named}{more}. Their "
        f"share of the contributions to the risk is {percent(result.drift.weight_moved)}."
    )


def _mean_risk(result: Monitoring) -> str:
    current, reference = (percent(one.mean_risk, 1) for one in (result.current, result.reference))
    return f"The mean risk is {current}; it was {reference} in the reference."


def _expected_auc(result: Monitoring) -> str:
    current, reference = (one.promised["auc"].mean for one in (result.current, result.reference))
    if math.isnan(current) or math.isnan(reference):
        return ""
    return f"The risks imply an AUC of {number(current, 2)}; it was {number(reference, 2)} in the reference."
