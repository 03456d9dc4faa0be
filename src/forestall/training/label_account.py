"""What `train` says of the labels: who counts as dissatisfied, when interactions end, and how many are labelled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.model import Spec
from forestall.moments import Label, end_of_records
from forestall.moments.contacted import CONTACTED
from forestall.moments.labels import has_no_clock
from forestall.moments.moments import ENDS
from forestall.reporting.text.formats import percent

_LEAST_CHANGE, _Z_CHANGE = 0.05, 4.0
LABELLED, NOT_SEEN = "labelled", "not_seen"


def account_of_labels(
    tables: Tables, spec: Spec, outcomes: pl.DataFrame, moments: pl.DataFrame, is_drawn: bool
) -> str:
    """Return a paragraph on the labels of a training.

    Parameters
    ----------
    tables, spec
        The records, and what is predicted.
    outcomes
        All moments with their `outcome`, labelled or not: see `labelled_moments.all_moments`.
    moments
        The labelled moments.
    is_drawn
        Whether the moments were drawn as if the label's event had not happened.
    """
    states = count_outcomes(tables, outcomes, moments)
    sentences = [
        f"{who_is_dissatisfied(spec.label, has_clock=not has_no_clock(tables))}.",
        _when_it_ends(tables, spec),
        _how_many(states, moments),
        *_why_not(tables, spec.label, states, is_drawn),
    ]
    return " ".join(sentences)


def count_outcomes(tables: Tables, outcomes: pl.DataFrame, moments: pl.DataFrame) -> dict[str, int]:
    """Return how many interactions are labelled and, of the others, why not; the counts add up to all of them.

    The keys are `labelled`, `censored`, `undecided`, `past` and `not_seen`: an interaction that was not open at any
    moment that was drawn.
    """
    last = outcomes.sort("is_last").group_by("interaction_id").agg(pl.col("outcome").last())
    labelled = moments.select("interaction_id", is_labelled=pl.lit(True)).unique("interaction_id")
    every = (
        tables.interactions.select("interaction_id")
        .join(last, on="interaction_id", how="left")
        .join(labelled, on="interaction_id", how="left")
    )
    # some of an interaction's moments may be known, though none of them is evaluated
    unknown = pl.col("outcome").replace("decided", "past").fill_null(NOT_SEEN)
    state = pl.when("is_labelled").then(pl.lit(LABELLED)).otherwise(unknown)
    found = dict(every.group_by(state=state).len().iter_rows())
    names = (LABELLED, "censored", "undecided", "past", NOT_SEEN)
    contacted = {CONTACTED: found[CONTACTED]} if CONTACTED in found else {}
    return {name: found.get(name, 0) for name in names} | contacted


def who_is_dissatisfied(label: Label, *, has_clock: bool = True) -> str:
    """Return who counts as dissatisfied and who as satisfied, in words.

    Examples
    --------
    >>> who_is_dissatisfied(Label(scale=(1, 5), dissatisfied_at_or_below=2))
    'A rating of 2 or less on the scale 1 to 5 counts as dissatisfied; a 3 counts as satisfied'
    """
    if label.event is not None:
        event = f"An interaction with the event '{label.event}'"
        if not has_clock:
            decides = "there is no clock, so the final state decides"
            return f"{event} counts as dissatisfied, and one without it as satisfied: {decides}"
        days = f"{label.horizon_days:g} days after the moment"
        return f"{event} within {days} counts as dissatisfied, and one without it as satisfied"
    low, high = label.scale or (0, 0)
    bar = label.dissatisfied_at_or_below or 0
    above = bar + 1
    is_whole = float(bar).is_integer() and float(low).is_integer() and above <= high
    other = f"a {above:g} counts as satisfied" if is_whole else "a higher one counts as satisfied"
    return f"A rating of {bar:g} or less on the scale {low:g} to {high:g} counts as dissatisfied; {other}"


def _when_it_ends(tables: Tables, spec: Spec) -> str:
    n = tables.interactions.height
    n_closed = tables.events.filter(pl.col("kind").is_in(ENDS))["interaction_id"].n_unique()
    own = "" if spec.label.event is None else f" other than '{spec.label.event}'"
    last = f"at its last event{own}, or at its start if it has none"
    if not n_closed:
        how = f"Nothing is called closed or abandoned, so an interaction ends {last}"
    elif n_closed == n:
        return "Each interaction ends at its first closed or abandoned."
    else:
        how = f"An interaction ends at its first closed or abandoned ({n_closed:,} of {n:,} have one), else {last}"
    if has_no_clock(tables):
        return f"{how}."
    return f"{how}; it is over after {spec.moments.open_days:g} days of silence."


def _how_many(states: Mapping[str, int], moments: pl.DataFrame) -> str:
    bad = moments.group_by("interaction_id").agg(pl.col("label").max())["label"].sum()
    n, n_labelled = sum(states.values()), states[LABELLED]
    return f"Of {n:,} interactions, {n_labelled:,} are labelled, {int(bad):,} of them dissatisfied."


def _why_not(tables: Tables, label: Label, states: Mapping[str, int], is_drawn: bool) -> list[str]:
    """Return why interactions have no label, a sentence each."""
    days, what = f"{label.horizon_days:g} days", "event" if label.event else "rating"
    end = end_of_records(tables)
    until = f"{end:%Y-%m-%d}" if end is not None else "the end"
    if label.event is None:
        past = "the rating came at or before their first moment"
    elif is_drawn:
        past = "the event had come by the moments that were drawn"
    else:
        past = "the event came at or before their end"
    reasons = {
        "censored": f"censored: no {what} came within {days}, and a silent customer is not a satisfied one",
        "undecided": f"undecided: their {days} are not over at the end of the records, {until}",
        "past": f"dropped, because {past}",
        NOT_SEEN: "dropped, because they were not open at a moment that was drawn",
    }
    reasons[CONTACTED] = "censored, because the customer was contacted before the outcome was known"
    return [f"{_are(states[name])} {why}." for name, why in reasons.items() if states.get(name)]


def account_of_parts(moments: pl.DataFrame) -> str:
    """Return into which parts labelled moments are split, in words; their `part` is `train`, `test` or null."""
    part = moments.group_by("interaction_id").agg(pl.col("part").first())["part"]
    n_train, n_test, n_left = (part == "train").sum(), (part == "test").sum(), part.null_count()
    found = [f"Of the labelled, {n_train:,} are for training and {n_test:,} for testing."]
    if n_left:
        begin: Any = moments.filter(pl.col("part") == "test")["as_of"].min()
        why = f"their label was not known before the test part begins on {begin:%Y-%m-%d}"
        found.append(f"{_are(n_left)} in neither, because {why}.")
    return " ".join(found)


def rate_notes(moments: pl.DataFrame) -> list[str]:
    """Return a note if the share of the dissatisfied is another in testing than in training, beyond chance.

    Parameters
    ----------
    moments
        The labelled moments with their `part`.
    """
    of = {
        part: moments.filter(pl.col("is_last") & (pl.col("part") == part))["label"].cast(pl.Float64)
        for part in ("train", "test")
    }
    if any(one.is_empty() for one in of.values()):
        return []
    before, now = (float(one.mean()) for one in of.values())  # type: ignore[arg-type]  # they have rows
    variance = sum(rate * (1 - rate) / len(one) for rate, one in zip((before, now), of.values(), strict=True))
    if abs(now - before) <= max(_LEAST_CHANGE, _Z_CHANGE * math.sqrt(variance)):
        return []
    return [
        f"Of the interactions for training {percent(before)} ended dissatisfied, of the later ones for testing "
        f"{percent(now)}: more than chance explains. What is learnt from the older ones may be out of date. Check "
        "whether the customers, or the way of asking them, changed."
    ]


def _are(n: int) -> str:
    return f"{n:,} {'is' if n == 1 else 'are'}"
