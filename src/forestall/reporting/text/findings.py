"""What the deeper questions found, in plain words: how early, for whom, from whom, why, and how sure."""

from __future__ import annotations

import math

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.questions.drivers import Claim
from forestall.evaluation.questions.lead_times import FlaggedOutcome
from forestall.evaluation.questions.reversals import Reversal
from forestall.evaluation.questions.segments import Segment, worst_first
from forestall.reporting.text.sentences import listed, number, percent, spoken

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def early(evaluation: Evaluation) -> str:
    """Return how the ranking grows from the first stage to the last."""
    found = evaluation.earliness
    known = [point for point in found.stages if not math.isnan(point.auc)] if found else []
    if not known:
        return "No stage has enough interactions to judge it."
    first, last = known[0], known[-1]
    text = (
        f"Of 100 pairs of an unhappy customer and another it orders {100 * first.auc:.0f} rightly "
        f"at the stage “{spoken(first.name)}”"
    )
    if first is not last:
        text += f" and {100 * last.auc:.0f} at “{spoken(last.name)}”"
    served = next((point for point in known if point.name == "served"), None)
    if served is not None and not math.isnan(served.lift_share):
        text += f"; at first service it has {percent(served.lift_share)} of what could then be known"
    return f"{text}."


def bound(evaluation: Evaluation) -> str:
    """Return what the line of the truth is; nothing where it is not known."""
    found = evaluation.earliness
    if not found or all(math.isnan(point.bound_auc) for point in found.stages):
        return ""
    return (
        "These data are simulated: the dashed line is the true risk at each moment, with what can still happen "
        "simulated again. It is an upper bound: until service begins it also knows how long the wait will be "
        "and who will serve."
    )


def foreseen(one: FlaggedOutcome) -> str:
    """Return how many of an outcome were flagged before it came, and how long before."""
    text = f"{percent(one.share)} of {number(one.n)} {one.outcome}s came from customers flagged before"
    if not math.isnan(one.share_low):
        text += f" ({percent(one.share_low)} to {percent(one.share_high)})"
    if not math.isnan(one.lead_median_s):
        text += (
            f", half of them at least {duration(one.lead_median_s)} before; "
            f"{percent(one.hour_share)} of all at least an hour before"
        )
    if not math.isnan(one.bound_hour_share):
        text += f", where the true risk of a bad rating reaches {percent(one.bound_hour_share)}"
    return f"{text}."


def alarms(evaluation: Evaluation) -> str:
    """Return what a day's contacts foresee."""
    found = evaluation.earliness
    if not found or not found.foreseen:
        return ""
    contacts = number(round(found.contacts_per_day, 1), 1)
    told = " ".join(foreseen(one) for one in found.foreseen)
    return f"With contacts for {percent(found.capacity_share)} of each day's customers, here {contacts} a day: {told}"


def alarms_in_short(evaluation: Evaluation) -> str:
    """Return what a day's contacts foresee, in a sentence."""
    found = evaluation.earliness
    told = [one for one in found.foreseen if not math.isnan(one.lead_median_s)] if found else []
    if not found or not told:
        return ""
    parts = [
        f"{percent(one.share)} of the {one.outcome}s, half of these by {duration(one.lead_median_s)} or more"
        for one in told
    ]
    contacted = f"Contacting {percent(found.capacity_share)} of each day's customers"
    return " ".join([f"{contacted} comes before {listed(parts)}.", *found.notes])


def steadiness(evaluation: Evaluation) -> str:
    """Return how steady the risks of one interaction are."""
    found = evaluation.earliness
    if not found or math.isnan(found.steadiness.change):
        return ""
    steady = found.steadiness
    return (
        f"From one moment to the next a risk moves by {100 * steady.change:.1f} percentage points on average; "
        f"{percent(steady.flip_share, 1)} of these steps cross the alarm at a risk of {percent(steady.alarm)}, and "
        f"{percent(steady.back_share)} of the interactions raise it and take it back."
    )


def groups(evaluation: Evaluation) -> str:
    """Return for whom the risks are wrong beyond chance."""
    found = worst_first(evaluation.segments)
    tested = [one for one in found if not one.is_small]
    if not tested:
        return "No group is large enough to judge it on its own."
    wrong = [one for one in tested if one.is_wrong]
    if not wrong:
        return (
            f"None of the {len(tested)} groups that are large enough is wrong beyond what chance explains, "
            "looking that often."
        )
    named = listed([f"{spoken(one.column)} {one.name} ({_direction(one)})" for one in wrong[:5]])
    more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    return f"Of {len(tested)} groups, these are wrong beyond chance, corrected for looking that often: {named}{more}."


def _direction(one: Segment) -> str:
    if one.is_misranked:
        return f"ranked less well than the risks promise: AUC {number(one.auc, 2)}, not {number(one.auc_promised, 2)}"
    return f"risks {abs(100 * one.gap):.0f} points too {'high' if one.gap > 0 else 'low'}"


def unseen(evaluation: Evaluation) -> str:
    """Return which groups the model has never seen."""
    names = [
        f"{spoken(column)} {one.name}"
        for column, some in evaluation.segments.items()
        for one in some
        if one.is_unseen
    ]
    return f"The model judged here had learnt from no row of {listed(names)}." if names else ""


def reversed_places(evaluation: Evaluation) -> str:
    """Return where a greeting works the other way round: each place once, with what is surest there."""
    places: dict[str, list[Reversal]] = {}
    for one in evaluation.reversals:
        places.setdefault(one.name, []).append(one)
    told = []
    for name, found in places.items():
        first, *others = found
        also = f" (so do {listed([_fact(one.feature) for one in others])})" if others else ""
        told.append(
            f"at {name}, {_fact(first.feature)} goes with the opposite of what it goes with elsewhere{also}: "
            f"{first.here:+.2f} ({first.here_low:+.2f} to {first.here_high:+.2f}), elsewhere {first.elsewhere:+.2f}"
        )
    return f"Greeting works the other way round: {'; '.join(told)}." if told else ""


def _fact(feature: str) -> str:
    return spoken(feature.removeprefix("greeting_").removesuffix("_n"))


def claim(evaluation: Evaluation) -> str:
    """Return whether resolution matters most in these data."""
    found = evaluation.drivers
    if found is None or found.claim is None:
        return ""
    text = claimed(found.claim, "of what moves the risks", 100, " points")
    if found.claim_by_loss is not None:
        text += " " + claimed(found.claim_by_loss, "by what a training without it loses in log-loss", 1, "")
    return f"{text} This is what goes together with dissatisfaction here; it does not say what brings it."


def claimed(one: Claim, what: str, scale: float, unit: str) -> str:
    """Return what became of a claim, in a sentence; `scale` is 100 for shares, and 1 for log-loss."""
    digits = 0 if scale > 1 else 4
    span = f"({scale * one.low:.{digits}f} to {scale * one.high:.{digits}f}{unit})"
    ahead = f"{abs(scale * one.ahead):.{digits}f}{unit}"
    name, rival = one.family, one.rival
    if one.verdict == "holds":
        return f"That {name} matters most holds in these data, {what}: it is {ahead} ahead of {rival} {span}."
    if one.verdict == "fails":
        return f"That {name} matters most does not hold in these data, {what}: it is {ahead} behind {rival} {span}."
    return (
        f"Whether {name} matters most cannot be said from these data, {what}: "
        f"between it and {rival} lie {ahead} {span}."
    )


def noise(evaluation: Evaluation) -> str:
    """Return how much of the remaining error no model could avoid."""
    found = evaluation.certainty.noise if evaluation.certainty else None
    if found is None:
        return ""
    text = (
        f"When the same customer had the same service twice, it ended differently in {percent(found.differ)} of "
        f"{number(found.n_pairs)} pairs. "
    )
    if found.share_low >= 1:
        text += (
            "That is more than the model errs, so such repeats set it no limit: it sees more than what they are taken "
            "to share"
        )
    else:
        text += (
            f"By that, about {percent(min(1.0, found.share))} of the model's remaining error is noise "
            f"({percent(found.share_low)} to {percent(min(1.0, found.share_high))})"
        )
    if not math.isnan(found.true_share):
        text += f"; by the truth of these simulated data {percent(found.true_share)} of its error is noise"
    return f"{text}."


def response(evaluation: Evaluation) -> str:
    """Return who rated, and what is different about them."""
    found = evaluation.raters
    if found is None:
        return ""
    text = (
        f"{percent(found.overall.share, 1)} of {number(found.overall.n)} interactions whose time to rate is over were "
        f"rated; their mean risk is {percent(found.mean_risk_raters, 1)}, that of the others "
        f"{percent(found.mean_risk_others, 1)}."
    )
    auc = found.weighted.get("auc")
    if auc is not None and not math.isnan(auc["weighted"]):
        text += (
            f" As if all of these had been rated, the AUC is {number(auc['weighted'])} instead of "
            f"{number(auc['plain'])} (weighted by one over the chance to rate; worth "
            f"{number(round(found.effective_n))} equal rows)."
        )
    return text


def value(evaluation: Evaluation) -> str:
    """Return what the policy is worth, with what is assumed; nothing without a policy."""
    found = evaluation.value
    if found is None:
        return ""
    saved = exact(found.saved_share)
    if not found.contacts_per_day:
        return f"If {saved} of those contacted are saved (an assumption, not measured), no contact would pay."
    return (
        f"With up to {amount(found.capacity_per_day)} contacts a day at {amount(found.cost_per_contact)} each, "
        f"{amount(found.contacts_per_day)} a day would pay and save {amount(found.saving_per_day)} a day, if {saved} "
        "of the unhappy customers contacted are saved: an assumption, which nothing in these data measures."
    )


def value_details(evaluation: Evaluation) -> str:
    """Return what checks the saving: chance, those whose label is known, and the least share saved."""
    found = evaluation.value
    if found is None or not found.contacts_per_day:
        return ""
    text = (
        f"As many contacts at random would bring {amount(found.random_per_day)} a day. "
        f"They pay for themselves from {percent(found.least_saved_share)} saved on; a customer's worth is what they "
        f"are worth in a year, {amount(found.customer_value)} where that is not known."
    )
    if math.isnan(found.counted_low):
        return text
    return text + (
        f" Counted by what became of the {number(found.n_rated)} of them whose outcome is known, it is "
        f"{amount(found.counted_per_day)} a day ({amount(found.counted_low)} to {amount(found.counted_high)})."
    )


def labels(evaluation: Evaluation) -> str:
    """Return how well each of the models compared foresees each outcome; nothing where none were compared."""
    told = []
    for outcome in dict.fromkeys(one.outcome for one in evaluation.labels):
        some = [one for one in evaluation.labels if one.outcome == outcome and not math.isnan(one.auc)]
        by = [f"{number(one.auc, 2)} by the model that learnt from {one.model}" for one in some]
        told += [f"Who {outcome} is foreseen with an AUC of {listed(by)}."] if some else []
    return " ".join(told)


def exact(share: float) -> str:
    """Return a share that somebody wrote down, as a percentage with the digits that it has."""
    return f"{100 * share:.4g}\u00a0%"


def amount(number_: float) -> str:
    """Return an amount: whole from 10 on."""
    whole = round(number_)
    return number(whole if abs(number_) >= 10 or number_ == whole else round(number_, 1), 1)


def watch(evaluation: Evaluation) -> list[str]:
    """Return what may be known only with the rating, a caution each."""
    return [
        f"Leak watch: the {one.kind} “{spoken(one.name.removeprefix('event '))}”"
        f"{', which the model uses,' if one.is_used else ', which the model does not use,'} "
        f"may be known only with what is to be foreseen: {one.why}"
        for one in evaluation.leaks
    ]


def duration(seconds: float) -> str:
    """Return a length of time in one fitting unit."""
    for size, unit in ((_DAY_S, "days"), (_HOUR_S, "hours"), (_MINUTE_S, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
