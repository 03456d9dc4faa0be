"""What is compared with what: the new interactions with those of the reference, both as far as they have come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from forestall.data import Tables
from forestall.errors import InputError
from forestall.moments import Label, default_moments, label_moments
from forestall.moments.chance import drawn
from forestall.moments.labels import last_record
from forestall.moments.moments import ENDS

MOST_INTERACTIONS = 50_000  # of each data folder, and of those labelled: what bounds the time
# Where more of the reference than this has ended, only ended interactions are compared: the newest, still open, would
# look like a drift of all of them.
_ENDED = 0.5
_MATURE = 0.95  # of the reference: by when so many had ended, a new one should have ended too
_ANSWERED = 0.9  # of the ratings of the reference: how long is waited for those of new interactions
_FEW = 20


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
    if _are_ended_compared(old, new, now, is_timed=has_clock(before, now)):
        n_open = [int((~one["has_ended"]).sum()) for one in (old, new)]
        old, new = (one.filter("has_ended") for one in (old, new))
        if not new.height:
            raise InputError(
                "the current data must hold new interactions that have ended, as those of the reference have; "
                "they hold none yet"
            )
        if any(n_open):
            notes.append(
                f"Interactions that had not ended are not compared: {n_open[1]:,} of today, "
                f"{n_open[0]:,} of the reference."
            )
    old, new = (drawn(one, MOST_INTERACTIONS, seed, "monitored") for one in (old, new))
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
    end = last_record(now)
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


def _are_ended_compared(old: pl.DataFrame, new: pl.DataFrame, now: Tables, *, is_timed: bool) -> bool:
    """Return whether only ended interactions are compared: not where the ends themselves are no longer recorded."""
    usual = float(old["has_ended"].mean())  # type: ignore[arg-type]
    if usual <= _ENDED:
        return False
    grown = new
    end = last_record(now)
    took = old.filter("has_ended").select(pl.col("as_of") - pl.col("started_at")).to_series()
    most = took.quantile(_MATURE, "higher")
    if is_timed and isinstance(most, timedelta) and isinstance(end, datetime):
        grown = new.filter(pl.col("started_at") <= end - most)
    share = grown["has_ended"].mean()
    return grown.height < _FEW or not isinstance(share, float) or share > usual / 4


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
