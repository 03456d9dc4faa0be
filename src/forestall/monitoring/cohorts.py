"""The cohorts that monitoring compares: the interactions of the reference, and the new ones.

Both cohorts are restricted in the same way to interactions that have had time to end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from forestall.data import Tables
from forestall.errors import InputError
from forestall.moments import Label, default_moments, label_moments
from forestall.moments.moments import ENDS
from forestall.moments.seeded_draws import draw_rows
from forestall.monitoring.monitored_records import MonitoredRecords

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


def choose_cohorts(
    before: MonitoredRecords, now: MonitoredRecords, seed: int, label_event: str | None = None
) -> Cohorts:
    """Choose the moments to compare: the last one of each interaction that has had time to end.

    Parameters
    ----------
    before, now
        The records of the reference, and those of today.
    seed
        The seed of the draw, if there are more than `MOST_INTERACTIONS`.
    label_event
        The kind of event that the model predicts: it does not end an interaction.

    Raises
    ------
    InputError
        The reference is empty, or there is no new interaction to compare.
    """
    reference, everything = (_last_moments(one, label_event) for one in (before, now))
    if not reference.height:
        raise InputError("the reference must hold interactions; it holds none")
    current = _new_interactions(reference, everything)
    n_known, new_ids = everything.height - current.height, current["interaction_id"]
    if not current.height:
        raise InputError("the current data must hold interactions that the reference has not; they hold none")
    notes = []
    if n_known:
        notes.append(f"{n_known:,} interactions that the reference has too are not compared.")
    if not has_clock(before, now):
        notes.append("The data have no clock, so it is unknown which interactions came first.")
    if _share_ended(reference) > _ENDED:
        n_all = current.height
        age = _age_at_end(reference) if has_clock(before, now) else None
        reference = _had_time_to_end(reference, before.end, age)
        current = _had_time_to_end(current, now.end, age)
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
    return Cohorts(reference, current, new_ids, notes)


def has_clock(*records: MonitoredRecords) -> bool:
    """Return whether the times of all records are real times, and not only an order."""
    return all(one.about.get("clock") != "none" for one in records)


def mature_outcomes(
    rows: pl.DataFrame, before: MonitoredRecords, now: MonitoredRecords, label: Label
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
        The records of the reference, and those of today.
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
    end = now.end
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


def _usual_wait(before: MonitoredRecords, label: Label) -> timedelta | None:
    """Return the time within which most ratings of the reference came; None if their times are unknown."""
    waits = pl.concat([_waits_for_rating(tables, label) for tables in before.each()])
    wait = waits.quantile(_RATING_QUANTILE, "lower") if len(waits) else None
    return wait if isinstance(wait, timedelta) else None


def _waits_for_rating(tables: Tables, label: Label) -> pl.Series:
    timed = tables.replace(feedback=tables.feedback.filter(pl.col("rated_at").is_not_null()))
    rows = label_moments(timed, default_moments(timed), label).filter(pl.col("label").is_not_null())
    return rows.select(pl.col("decided_at") - pl.col("as_of")).to_series()


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


def _new_interactions(reference: pl.DataFrame, everything: pl.DataFrame) -> pl.DataFrame:
    """Return the moments of interactions that are not in the reference, by id and start: a company may reuse ids."""
    key = ["interaction_id", "started_at"]
    return everything.join(reference.select(key), on=key, how="anti", maintain_order="left")


def _last_moments(records: MonitoredRecords, label_event: str | None) -> pl.DataFrame:
    """Return the last moment of each interaction, and whether it has ended, in an order that parts do not change."""
    moments = pl.concat([_last_moments_of(tables, label_event) for tables in records.each()])
    return moments.sort("started_at", "interaction_id")


def _last_moments_of(tables: Tables, label_event: str | None) -> pl.DataFrame:
    ended = tables.events.filter(pl.col("kind").is_in(ENDS))["interaction_id"].unique()
    return (
        tables.interactions.select("interaction_id", "customer_id", "started_at")
        .join(default_moments(tables, label_event), on="interaction_id", how="left", maintain_order="left")
        .with_columns(has_ended=pl.col("interaction_id").is_in(ended.implode()))
    )
