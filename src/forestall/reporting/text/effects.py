"""What an experiment shows, in sentences."""

from __future__ import annotations

from forestall.evaluation.effects.result import FIXED, ExperimentEffect, OutcomeEffect
from forestall.reporting.text.formats import UNDEFINED, amount, is_undefined, number, percent, points

_VERDICTS = {
    "helps": "Contacting helps",
    "harms": "Contacting harms",
    "not shown": "No effect of contacting is shown yet",
    "too early": "It is too early to say whether contacting helps",
}


def headline(result: ExperimentEffect) -> str:
    """Return the finding on the main outcome, in a sentence."""
    main = result.outcomes[result.main]
    if not result.is_sound:
        return "A check of the experiment failed, so its figures are no effect of contacting"
    text = _VERDICTS[main.verdict]
    if main.verdict == "helps" and not is_undefined(main.saved_share.value) and not main.changes_who_rates:
        text += f": about {percent(main.saved_share.value)} of the bad outcomes are prevented"
    return text


def basis(result: ExperimentEffect) -> str:
    """Return what the finding rests on, in a sentence."""
    main = result.outcomes[result.main]
    arms = result.n_by_arm
    return (
        f"{number(arms.get('contact', 0))} customers were to be contacted and {number(arms.get('holdout', 0))} were "
        f"held out, by chance, from {result.begins[:10]} to {result.ends[:10]}. The outcome “{main.title}” is known "
        f"for {number(main.n)} of them."
    )


def effect_text(outcome: OutcomeEffect, value: float) -> str:
    """Return an effect with its sign: percentage points of customers, or an amount."""
    if is_undefined(value):
        return UNDEFINED
    if outcome.is_amount:
        return f"+{amount(value)}" if value > 0 else amount(value)
    return points(value)


def interval_text(outcome: OutcomeEffect, low: float, high: float) -> str:
    """Return both ends of an interval of an effect."""
    if is_undefined(low) or is_undefined(high):
        return UNDEFINED
    return f"{effect_text(outcome, low)} to {effect_text(outcome, high)}"


def mean_text(outcome: OutcomeEffect, value: float) -> str:
    """Return the mean of an arm: a share of the customers, or an amount."""
    if is_undefined(value):
        return UNDEFINED
    return amount(value) if outcome.is_amount else percent(value, 1)


def findings(result: ExperimentEffect) -> dict[str, str]:
    """Return the main findings by topic."""
    main = result.outcomes[result.main]
    found = {name_of(one): _finding(one) for one in result.outcomes.values()}
    if result.below_threshold is not None:
        found["Below the threshold"] = f"{name_of(main)}: {_finding(result.below_threshold)}"
    share = result.measured_saved_share
    if share is not None:
        found["Saved share"] = (
            f"{percent(share['saved_share'], 1)} is the lower end, which a policy with “saved_share: measured” uses; "
            f"the estimate is {percent(share['estimate'], 1)}."
        )
    elif not result.is_sound:
        found["Saved share"] = "Not measured: a check of the design failed."
    else:
        found["Saved share"] = (
            "Not measured yet: the interval that decides does not exclude that contacting saves nobody. "
            "A policy needs an assumed saved share."
        )
    if main.changes_who_rates and main.bounds is not None:
        found["Who rates"] = (
            f"Contacted customers rate more or less often ({percent(main.bounds.response_treated, 1)}, held out "
            f"{percent(main.bounds.response_held_out, 1)}), so the ratings of the two arms are of different "
            f"customers. The effect lies between {effect_text(main, main.bounds.lower)} and "
            f"{effect_text(main, main.bounds.upper)} percentage points; the interval of these bounds decides."
        )
    return found


def name_of(outcome: OutcomeEffect) -> str:
    """Return the title of an outcome, as a heading."""
    return outcome.title[:1].upper() + outcome.title[1:]


def _finding(one: OutcomeEffect) -> str:
    if is_undefined(one.intention_to_treat.value):
        return "Not known yet: too few customers with a horizon that is over."
    unit = "a customer" if one.is_amount else "percentage points"
    low, high = one.deciding_interval
    text = (
        f"{mean_text(one, one.mean_by_arm['contact'])} of those to be contacted, "
        if not one.is_amount
        else f"{mean_text(one, one.mean_by_arm['contact'])} a customer to be contacted, "
    )
    text += f"{mean_text(one, one.mean_by_arm['holdout'])} held out: a difference of "
    text += f"{effect_text(one, one.intention_to_treat.value)} {unit} after adjustment for the risk"
    if is_undefined(low):
        return f"{text}. Too few customers for a first look."
    words = {"helps": "better", "harms": "worse", "not shown": "no difference is shown"}[one.verdict]
    return f"{text} ({interval_text(one, low, high)}: {words})."


def deciding(result: ExperimentEffect) -> str:
    """Return which interval decides, and why."""
    main = result.outcomes[result.main]
    if main.changes_who_rates and main.bounds is not None:
        return (
            "For the rating the interval of the bounds decides, because a contact changes who rates. For the other "
            f"outcomes the {main.decides} decides."
        )
    if main.decides == FIXED:
        return (
            "The fixed 95 % interval decides, because this was declared to be the one look that was planned before the "
            "start (--final). If there were earlier looks that could have ended the experiment, the confidence "
            "sequence decides."
        )
    return (
        "The confidence sequence decides: it may be looked at every night, and the experiment may be ended at any "
        "look. The fixed 95 % interval is right only for one look that was planned before the start (--final)."
    )
