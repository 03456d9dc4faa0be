"""The labelled moments of a company's records, for training and evaluation."""

from __future__ import annotations

import polars as pl

from forestall.data import Tables
from forestall.model import Spec
from forestall.moments import (
    Label,
    default_moments,
    label_events,
    label_moments,
    split_by_customer,
    split_by_time,
    training_moments,
    until_label,
)
from forestall.moments.contacted import HOLDOUT_WEIGHT
from forestall.moments.cut_short import share_cut_short
from forestall.moments.labels import has_no_clock
from forestall.moments.moments import ENDS
from forestall.moments.open_sampling import open_moments
from forestall.moments.rated_moments import rated_moments
from forestall.moments.sampling import weigh
from forestall.training.segments import SEGMENTS, segments_of

_FEW_WITHIN = 0.05  # the share of label events within interactions below which default moments are used
_MANY_AT_LAST = 0.2
IS_DRAWN = "is_drawn"  # key of a model's info: how its moments were drawn
JUDGED = (
    *("interaction_id", "customer_id", "as_of", "is_last", "label", "weight", *SEGMENTS),
    f"^{HOLDOUT_WEIGHT}$",  # where customers were contacted
)
"""The columns of labelled moments that an evaluation needs."""


def labelled_moments(
    tables: Tables, spec: Spec, is_drawn: bool | None = None
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the moments with a known label, and the numbers of labelled, censored and undecided interactions.

    Parameters
    ----------
    tables, spec
        The records, and what is predicted.
    is_drawn
        Whether moments are drawn as if the label's event had not happened. A model's `info` says how it was trained, so
        that it is evaluated in the same way on any data. None: decided by these data, see `asks_to_draw`.

    Returns
    -------
    moments
        `interaction_id`, `as_of`, `is_last`, `weight`, `label`, `decided_at`, and `started_at`, `customer_id`
        and the segments of their interactions. If customers were contacted, `holdout_weight` too: for how many
        customers a moment stands; it is a factor of `weight`.
    counts
        Counted at the default moment.
    """
    if is_drawn is None:
        is_drawn = asks_to_draw(tables, spec.label)
    moments = all_moments(tables, spec, is_drawn)
    least, has_own_labels = spec.privacy.least_customers, spec.label.target == "next"
    return known_moments(tables, moments, is_drawn, least, has_own_labels=has_own_labels)


def all_moments(tables: Tables, spec: Spec, is_drawn: bool) -> pl.DataFrame:
    """Return the moments of all interactions, labelled or not, as `label_moments` does."""
    n, seed, event = spec.moments.per_interaction, spec.seed, spec.label.event
    if event is not None and is_drawn:
        moments = open_moments(tables, n, seed, event, spec.moments.open_days)
    elif spec.label.target == "next" and not has_no_clock(tables):
        moments = rated_moments(tables, n, seed)
    else:
        moments = training_moments(_lived(tables, spec.label), n, seed, event)
    return label_moments(tables, moments, spec.label)


def known_moments(
    tables: Tables,
    with_labels: pl.DataFrame,
    is_drawn: bool,
    least_customers: int = 1,
    *,
    has_own_labels: bool = False,
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return what `labelled_moments` does, of moments that are labelled already.

    With `has_own_labels` the moments of an interaction have labels of their own, and weigh equally.
    """
    last = with_labels.filter("is_last")
    counts = {
        outcome: last.filter(pl.col("outcome") == outcome).height
        for outcome in ("censored", "undecided", "past")
    }
    known = with_labels.filter(pl.col("label").is_not_null()).drop("outcome")
    if not is_drawn:  # an interaction whose event came before its end is not evaluated at its end, nor before
        past = last.filter(pl.col("outcome") == "past")
        known = known.join(past, on="interaction_id", how="anti", maintain_order="left")
    if has_own_labels:
        known = known.with_columns(weight=1.0 / pl.len().over("interaction_id"))
    elif not is_drawn:
        known = weigh(known.drop("weight"))
    if HOLDOUT_WEIGHT in known.columns:
        known = known.with_columns(weight=pl.col("weight") * pl.col(HOLDOUT_WEIGHT))
    by_interaction = known.group_by("interaction_id").agg(pl.col("label").max())
    counts["labelled"] = by_interaction.height
    counts["dissatisfied"] = int(by_interaction["label"].sum())
    columns = tables.interactions.select("interaction_id", "started_at", "customer_id").join(
        segments_of(tables, least_customers), on="interaction_id"
    )
    return known.join(columns, on="interaction_id", how="left", maintain_order="left"), counts


def _lived(tables: Tables, label: Label) -> Tables:
    """Return the tables with the events that decide when an interaction ends.

    A rating ends what is evaluated. An event does not: if it came before the end, the end is past it.
    """
    return tables if label.event is not None and not has_no_clock(tables) else until_label(tables, label)


def last_moments(tables: Tables, label: Label) -> pl.DataFrame:
    """Return the end of each interaction, before its rating: `interaction_id` and `as_of`."""
    return default_moments(_lived(tables, label), label.event)


def asks_to_draw(tables: Tables, label: Label) -> bool:
    """Return whether label events often happen within interactions: then the last moment before would reveal them."""
    return share_within(tables, label) >= _FEW_WITHIN


def judged_moments(tables: Tables, spec: Spec, is_drawn: bool | None = None) -> pl.DataFrame:
    """Return the moment at which each interaction, labelled or not, is evaluated: `interaction_id` and `as_of`.

    It is the default moment or, with `is_drawn` (see `labelled_moments`), a random one. Interactions whose event has
    happened by then are left out.
    """
    if is_drawn is None:
        is_drawn = asks_to_draw(tables, spec.label)
    event, moments = spec.label.event, spec.moments
    if not is_drawn or event is None:
        return default_moments(tables, event)
    drawn = open_moments(tables, moments.per_interaction, spec.seed, event, moments.open_days).filter(
        "is_last"
    )
    came = label_events(tables, spec.label)
    still = drawn.join(came, on="interaction_id", how="left", maintain_order="left").filter(
        (pl.col("decided_at") > pl.col("as_of")).fill_null(True)
    )
    return still.select("interaction_id", "as_of")


def share_within(tables: Tables, label: Label) -> float:
    """Return the share of the label's events that happen before their interaction ends; 0 for a rating.

    An event after which the records stop, though others go on, counts by `share_cut_short`. The share is 0 without a
    clock too, because then nothing says what happened first.
    """
    if label.event is None or has_no_clock(tables):
        return 0.0
    ends = default_moments(tables, label.event)
    came = label_events(tables, label).join(ends, on="interaction_id")
    within = came.filter(pl.col("decided_at") <= pl.col("as_of")).height / max(came.height, 1)
    return within + share_cut_short(tables, label)


def event_notes(tables: Tables, label: Label) -> list[str]:
    """Return notes for labels whose event often happens before the interaction ends, or at its last other event."""
    notes = []
    if asks_to_draw(tables, label):
        share = share_within(tables, label)
        notes.append(
            f"Of the interactions with '{label.event}', {100 * share:.0f}% had it before they ended. So each "
            "interaction is evaluated at a random moment, if the event had not happened by then, and not at its end."
        )
    at_last = share_at_last_event(tables, label)
    if at_last >= _MANY_AT_LAST:
        notes.append(
            f"Of the interactions with '{label.event}', {100 * at_last:.0f}% had it at the very time of their last "
            "other event. Which came first is unknown, so they are not seen after that event, and the model may learn "
            "that nothing happens after it: the figures are then too good. Give finer times, or put the event later "
            "in the mapping: {after: last_event, minutes: 1}."
        )
    return notes


def share_at_last_event(tables: Tables, label: Label) -> float:
    """Return the share of the label's events at the very time of the interaction's last other event, if not a closing.

    The start of an interaction is no event.
    """
    if label.event is None or has_no_clock(tables):
        return 0.0
    came = label_events(tables, label)
    others = tables.events.filter(pl.col("kind") != label.event).join(came, on="interaction_id")
    last = others.group_by("interaction_id").agg(
        is_last=pl.col("at").max() == pl.col("decided_at").first(),
        is_closed=(pl.col("kind").is_in(ENDS) & (pl.col("at") <= pl.col("decided_at"))).any(),
    )
    return last.filter(pl.col("is_last") & ~pl.col("is_closed")).height / max(came.height, 1)


def split(tables: Tables, moments: pl.DataFrame, spec: Spec) -> tuple[pl.DataFrame, list[str]]:
    """Return labelled moments with their `part`, and notes on the split."""
    if tables.about.get("clock") == "none":
        note = (
            "The data have no clock: the split into training and test part is random by customer, not by time, and no "
            "feature comes from the order of rows."
        )
        no_time = moments.with_columns(decided_at=pl.lit(None, moments.schema["decided_at"]))
        return split_by_customer(no_time, spec.split.test_share, spec.seed), [note]
    return split_by_time(moments, spec.split.test_share), []
