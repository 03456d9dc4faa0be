"""The labelled moments of a company's records: what is learnt from, and what is judged."""

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
from forestall.moments.sampling import open_moments, weigh
from forestall.training.segments import segments_of

_FEW_WITHIN = 0.05  # of the events: what may come before its interaction is over without being said
IS_DRAWN = "is_drawn"  # of a model's info: how its moments were drawn


def labelled_moments(
    tables: Tables, spec: Spec, is_drawn: bool | None = None
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the moments whose label is known, and how many interactions are labelled, censored, undecided.

    Parameters
    ----------
    tables, spec
        The records, and what is learnt.
    is_drawn
        Whether moments are drawn as if there were no event of the label: what a model's `info` says, so that it is
        judged as it was learnt on whatever data. None: what these data ask for, see `asks_to_draw`.

    Returns
    -------
    moments
        `interaction_id`, `as_of`, `is_last`, `weight`, `label`, `decided_at`, and `started_at`, `customer_id`
        and the segments of their interactions.
    counts
        By the default moment.
    """
    if is_drawn is None:
        is_drawn = asks_to_draw(tables, spec.label)
    lived, draw = (tables, open_moments) if is_drawn else (until_label(tables, spec.label), training_moments)
    with_labels = label_moments(tables, draw(lived, spec.moments.per_interaction, spec.seed), spec.label)
    last = with_labels.filter("is_last")
    counts = {
        outcome: last.filter(pl.col("outcome") == outcome).height
        for outcome in ("censored", "undecided", "past")
    }
    known = with_labels.filter(pl.col("label").is_not_null()).drop("outcome")
    known = known if is_drawn else weigh(known.drop("weight"))
    by_interaction = known.group_by("interaction_id").agg(pl.col("label").max())
    counts["labelled"] = by_interaction.height
    counts["dissatisfied"] = int(by_interaction["label"].sum())
    columns = tables.interactions.select("interaction_id", "started_at", "customer_id").join(
        segments_of(tables), on="interaction_id"
    )
    return known.join(columns, on="interaction_id", how="left", maintain_order="left"), counts


def asks_to_draw(tables: Tables, label: Label) -> bool:
    """Return whether so many of the label's events come within interactions that their last moment would tell them."""
    return share_within(tables, label) >= _FEW_WITHIN


def judged_moments(tables: Tables, spec: Spec, is_drawn: bool | None = None) -> pl.DataFrame:
    """Return the moment at which each interaction, labelled or not, is judged: `interaction_id` and `as_of`.

    It is the default moment, or the one that chance has drawn (`is_drawn`, see `labelled_moments`): then interactions
    in which the event had come by it are left out.
    """
    if is_drawn is None:
        is_drawn = asks_to_draw(tables, spec.label)
    if not is_drawn:
        return default_moments(tables)
    drawn = open_moments(tables, spec.moments.per_interaction, spec.seed).filter("is_last")
    came = label_events(tables, spec.label)
    still = drawn.join(came, on="interaction_id", how="left", maintain_order="left").filter(
        (pl.col("decided_at") > pl.col("as_of")).fill_null(True)
    )
    return still.select("interaction_id", "as_of")


def share_within(tables: Tables, label: Label) -> float:
    """Return the share of the label's events that come before their interactions are over; 0 with a rating."""
    if label.event is None:
        return 0.0
    ends = tables.interactions.select("interaction_id").join(default_moments(tables), on="interaction_id")
    came = label_events(tables, label).join(ends, on="interaction_id")
    return came.filter(pl.col("decided_at") <= pl.col("as_of")).height / max(came.height, 1)


def event_notes(tables: Tables, label: Label) -> list[str]:
    """Return what must be said where a label's event often comes before its interaction is over."""
    share = share_within(tables, label)
    if not asks_to_draw(tables, label):
        return []
    return [
        f"Of the interactions with '{label.event}', {100 * share:.0f}% had it before they were over. So each "
        "interaction is judged at a moment that chance has drawn from it, if the event had not come by then, and "
        "not at its end."
    ]


def split(tables: Tables, moments: pl.DataFrame, spec: Spec) -> tuple[pl.DataFrame, list[str]]:
    """Return labelled moments with their `part`, and what must be said of the split, in sentences."""
    if tables.about.get("clock") == "none":
        note = "The data have no clock: the split into training and test part is random by customer, not by time."
        no_time = moments.with_columns(decided_at=pl.lit(None, moments.schema["decided_at"]))
        return split_by_customer(no_time, spec.split.test_share, spec.seed), [note]
    return split_by_time(moments, spec.split.test_share), []
