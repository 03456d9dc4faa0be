"""The cohorts that monitoring compares: the interactions of the reference, and the new ones.

Both cohorts are restricted in the same way to interactions that have had time to end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from forestall.data import Tables
from forestall.errors import InputError
from forestall.moments import Label, default_moments, end_of_records, label_moments
from forestall.moments.moments import ENDS
from forestall.moments.seeded_draws import draw_rows

MOST_INTERACTIONS = 50_000  # the largest number of interactions of a cohort, to limit the running time
# If a larger share of the reference has ended, only interactions that have had time to end are compared. Otherwise the
# newest interactions, which are still open, would look like drift.
_ENDED = 0.5
_END_QUANTILE = (
    0.95  # an interaction older than this quantile of the durations in the reference has had time to end
)
_RATING_QUANTILE = 0.9  # a label is mature after this quantile of the rating delays in the reference


@dataclass(frozen=True)
class Cohorts:
    """The moments to compare, one per interaction.

    Parameters
    ----------
    reference, current
        Moments of the reference and of new interactions: interaction_id, customer_id, started_at, as_of, has_ended.
    new_ids
        The interaction_id of all new interactions, compared or not.
    notes
        What was left out, in sentences.
    """

    reference: pl.DataFrame
    current: pl.DataFrame
    new_ids: pl.Series
    notes: list[str]


def choose_cohorts(before: Tables, now: Tables, seed: int, label_event: str | None = None) -> Cohorts:
    """Choose the moments to compare: the last one of each interaction that has had time to end.

    Parameters
    ----------
    before, now
        The tables of the reference, and those of today.
    seed
        The seed of the draw, if there are more than `MOST_INTERACTIONS`.
    label_event
        The kind of event that the model predicts: it does not end an interaction.

    Raises
    ------
    InputError
        The reference is empty, or there is no new interaction to compare.
    """
    if not before.interactions.height:
        raise InputError("the reference must hold interactions; it holds none")
    new = _new_interactions(before, now)
    n_known = now.interactions.height - new.height
    if not new.height:
        raise InputError("the current data must hold interactions that the reference has not; they hold none")
    notes = []
    if n_known:
        notes.append(f"{n_known:,} interactions that the reference has too are not compared.")
    if not has_clock(before, now):
        notes.append("The data have no clock, so it is unknown which interactions came first.")
    reference = _last_moments(before, before.interactions, label_event)
    current = _last_moments(now, new, label_event)
    if _share_ended(reference) > _ENDED:
        n_all = current.height
        age = _age_at_end(reference) if has_clock(before, now) else None
        reference = _had_time_to_end(reference, end_of_records(before), age)
        current = _had_time_to_end(current, end_of_records(now), age)
        if not current.height:
            raise InputError(
                "the current data must hold new interactions that have ended, as those of the reference have; "
                "they hold none yet"
            )
        if n_all > current.height:
            notes.append(
                f"{n_all - current.height:,} of the newest interactions are not compared: "
                "they have not had time to end."
            )
    reference, current = (
        draw_rows(one, MOST_INTERACTIONS, seed, "monitored") for one in (reference, current)
    )
    return Cohorts(reference, current, new["interaction_id"], notes)


def has_clock(*tables: Tables) -> bool:
    """Return whether the times of all tables are real times, and not only an order."""
    return all(one.about.get("clock") != "none" for one in tables)


def mature_outcomes(
    rows: pl.DataFrame, before: Tables, now: Tables, label: Label
) -> tuple[pl.DataFrame, str]:
    """Return the labelled moments with a mature label, and a note on those left out.

    Dissatisfied customers may rate sooner than others, so the observed rate of the newest interactions would be too
    high. A label is mature when most ratings of the reference would have arrived. An event label is already mature,
    because it is only known after its horizon.

    Parameters
    ----------
    rows
        Labelled moments of today: `as_of`.
    before, now
        The tables of the reference, and those of today.
    label
        The definition of the label.

    Returns
    -------
    moments : polars.DataFrame
        The rows of `rows` with a mature label.
    note : str
        What was left out, in a sentence; empty if nothing was.
    """
    wait = _usual_wait(before, label) if label.event is None and has_clock(before, now) else None
    end = end_of_records(now)
    if wait is None or end is None:
        return rows, ""
    mature = rows.filter(pl.col("as_of") <= end - wait)
    n_left_out = rows.height - mature.height
    days = max(1, round(wait / timedelta(days=1)))
    if not n_left_out:
        return mature, ""
    return mature, (
        f"{n_left_out:,} of the newest ratings do not count yet: nine of ten ratings come within "
        f"{days} day{'s' * (days > 1)}, and dissatisfied customers may rate first."
    )


def _usual_wait(before: Tables, label: Label) -> timedelta | None:
    """Return the time within which most ratings of the reference came; None if their times are unknown."""
    timed = before.replace(feedback=before.feedback.filter(pl.col("rated_at").is_not_null()))
    rows = label_moments(timed, default_moments(timed), label).filter(pl.col("label").is_not_null())
    wait = (rows["decided_at"] - rows["as_of"]).quantile(_RATING_QUANTILE, "lower") if rows.height else None
    return wait if isinstance(wait, timedelta) else None


def _share_ended(moments: pl.DataFrame) -> float:
    return float(moments["has_ended"].sum()) / max(moments.height, 1)


def _age_at_end(moments: pl.DataFrame) -> timedelta | None:
    """Return the time within which most of the ended interactions ended; None if none has ended."""
    durations = moments.filter("has_ended").select(pl.col("as_of") - pl.col("started_at")).to_series()
    most = durations.quantile(_END_QUANTILE, "higher")
    return most if isinstance(most, timedelta) else None


def _had_time_to_end(moments: pl.DataFrame, end: datetime | None, age: timedelta | None) -> pl.DataFrame:
    """Return the moments of interactions that have had time to end, ended or not.

    If these are less than half, as in the data of a single day, interactions that have ended early are added.
    """
    if age is None or end is None:
        return moments
    is_old_enough = pl.col("started_at") <= end - age
    old_enough = moments.filter(is_old_enough)
    if 2 * old_enough.height >= moments.height:
        return old_enough
    return moments.filter(is_old_enough | pl.col("has_ended"))


def _new_interactions(before: Tables, now: Tables) -> pl.DataFrame:
    """Return the interactions that are not in the reference, by id and start, because a company may reuse ids."""
    key = ["interaction_id", "started_at"]
    return now.interactions.join(before.interactions.select(key), on=key, how="anti", maintain_order="left")


def _last_moments(tables: Tables, interactions: pl.DataFrame, label_event: str | None) -> pl.DataFrame:
    """Return the last moment of each interaction, and whether it has ended."""
    ended = tables.events.filter(pl.col("kind").is_in(ENDS))["interaction_id"].unique()
    return (
        interactions.select("interaction_id", "customer_id", "started_at")
        .join(default_moments(tables, label_event), on="interaction_id", how="left", maintain_order="left")
        .with_columns(has_ended=pl.col("interaction_id").is_in(ended.implode()))
        .sort("started_at", maintain_order=True)
    )
