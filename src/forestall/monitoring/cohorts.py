"""What is compared with what: the new interactions with those of the reference, both as far as they have come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from forestall.data import Tables
from forestall.errors import InputError
from forestall.moments import Label, default_moments, end_of_records, label_moments
from forestall.moments.moments import ENDS
from forestall.moments.seeded_draws import draw_rows

MOST_INTERACTIONS = 50_000  # of each data folder, and of those labelled: what bounds the time
# Where more of the reference than this has ended, only interactions that have had time to end are compared: the newest,
# still open, would look like a drift of all of them.
_ENDED = 0.5
_GROWN = 0.95  # of the reference: by when so many had ended, a new one has had time to
_ANSWERED = 0.9  # of the ratings of the reference: how long is waited for those of new interactions


@dataclass(frozen=True)
class Compared:
    """Moments, one an interaction: interaction_id, customer_id, started_at, as_of, has_ended.

    Parameters
    ----------
    old, new
        Those of the reference, and of what is new.
    fresh
        interaction_id of all that is new.
    notes
        What was left out, in sentences.
    """

    old: pl.DataFrame
    new: pl.DataFrame
    fresh: pl.Series
    notes: list[str]


def comparable(before: Tables, now: Tables, seed: int) -> Compared:
    """Return the moments that are compared.

    Raises
    ------
    InputError
        There is nothing to compare.
    """
    if not before.interactions.height:
        raise InputError("the reference must hold interactions; it holds none")
    fresh = _fresh(before, now)
    n_known = now.interactions.height - fresh.height
    if not fresh.height:
        raise InputError("the current data must hold interactions that the reference has not; they hold none")
    notes = []
    if n_known:
        notes.append(f"{n_known:,} interactions that the reference has too are not compared.")
    if not has_clock(before, now):
        notes.append("The data have no clock: which came first cannot be told from their times.")
    old, new = (_lasts(tables, rows) for tables, rows in ((before, before.interactions), (now, fresh)))
    if _share_ended(old) > _ENDED:
        n_all = new.height
        age = _age_at_end(old) if has_clock(before, now) else None
        old, new = (_grown(one, end_of_records(tables), age) for one, tables in ((old, before), (new, now)))
        if not new.height:
            raise InputError(
                "the current data must hold new interactions that have ended, as those of the reference have; "
                "they hold none yet"
            )
        if n_all > new.height:
            notes.append(
                f"{n_all - new.height:,} of the newest interactions are not compared: they have not had time to end."
            )
    old, new = (draw_rows(one, MOST_INTERACTIONS, seed, "monitored") for one in (old, new))
    return Compared(old, new, fresh["interaction_id"], notes)


def has_clock(*tables: Tables) -> bool:
    """Return whether all the tables have times that are more than an order."""
    return all(one.about.get("clock") != "none" for one in tables)


def answered(rows: pl.DataFrame, before: Tables, now: Tables, label: Label) -> tuple[pl.DataFrame, str]:
    """Return the labelled moments that all have had time to be rated, and what was left out, in a sentence.

    Who is unhappy may answer sooner than others. So interactions whose ratings are still coming would look worse than
    they are, and are left out: those younger than most ratings of the reference took. (With a label by event the
    horizon is waited for already.)

    Parameters
    ----------
    rows
        Labelled moments of today, with `as_of`.
    before, now
        The records of the reference and of today.
    label
        What is learnt.
    """
    wait = _usual_wait(before, label) if label.event is None and has_clock(before, now) else None
    end = end_of_records(now)
    if wait is None or end is None:
        return rows, ""
    ripe = rows.filter(pl.col("as_of") <= end - wait)
    n_left_out = rows.height - ripe.height
    days = max(1, round(wait / timedelta(days=1)))
    if not n_left_out:
        return ripe, ""
    return ripe, (
        f"{n_left_out:,} of the newest ratings do not count yet: nine of ten ratings come within "
        f"{days} day{'s' * (days > 1)}, and who is unhappy may be the first to answer."
    )


def _usual_wait(before: Tables, label: Label) -> timedelta | None:
    """Return within which time most ratings of the reference came; None where their times are not known."""
    timed = before.replace(feedback=before.feedback.filter(pl.col("rated_at").is_not_null()))
    rows = label_moments(timed, default_moments(timed), label).filter(pl.col("label").is_not_null())
    wait = (rows["decided_at"] - rows["as_of"]).quantile(_ANSWERED, "lower") if rows.height else None
    return wait if isinstance(wait, timedelta) else None


def _share_ended(moments: pl.DataFrame) -> float:
    return float(moments["has_ended"].sum()) / max(moments.height, 1)


def _age_at_end(moments: pl.DataFrame) -> timedelta | None:
    """Return within which time most of the interactions that have ended did."""
    took = moments.filter("has_ended").select(pl.col("as_of") - pl.col("started_at")).to_series()
    most = took.quantile(_GROWN, "higher")
    return most if isinstance(most, timedelta) else None


def _grown(moments: pl.DataFrame, end: datetime | None, age: timedelta | None) -> pl.DataFrame:
    """Return the moments of interactions that have had time to end, whether they did or not.

    Where these are the smaller part, such as in the records of one day, those that have ended are added: quick ones.
    """
    if age is None or end is None:
        return moments
    is_grown = pl.col("started_at") <= end - age
    grown = moments.filter(is_grown)
    return grown if 2 * grown.height >= moments.height else moments.filter(is_grown | pl.col("has_ended"))


def _fresh(before: Tables, now: Tables) -> pl.DataFrame:
    """Return the interactions that the reference has not: by id and start, since ids may begin anew."""
    key = ["interaction_id", "started_at"]
    return now.interactions.join(before.interactions.select(key), on=key, how="anti", maintain_order="left")


def _lasts(tables: Tables, interactions: pl.DataFrame) -> pl.DataFrame:
    """Return the last moment of each interaction, and whether it has ended."""
    ended = tables.events.filter(pl.col("kind").is_in(ENDS))["interaction_id"].unique()
    return (
        interactions.select("interaction_id", "customer_id", "started_at")
        .join(default_moments(tables), on="interaction_id", how="left", maintain_order="left")
        .with_columns(has_ended=pl.col("interaction_id").is_in(ended.implode()))
        .sort("started_at", maintain_order=True)
    )
