"""What contacts do to simulated customers: some are helped much, most little, and some are annoyed.

The truth of an interaction has both of its risks: `true_risk` if nobody contacts, `true_risk_contacted` if the customer
is reached.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from forestall.simulation.tables import END, Frames
from forestall.simulation.whom_contacts_help import ANNOYED, HELPED, Helps, kinds_of_help

SAVED = (0.9, 0.25, 0.0)
"""The chance that a contact turns a bad rating into a good one."""
SAVED_WHERE_VISIBLE = (0.9, 0.1, 0.0)
"""The same where visible facts decide whom a contact helps: there the three kinds differ more."""
SPOILT = (0.0, 0.0, 0.15)
"""The chance that a contact turns a good rating into a bad one."""
REACHED = 0.8
_STAYS_AWAY = 0.3  # an annoyed customer's chance of not coming again
_COMES_AGAIN = 0.5  # a won-back customer's chance of another visit
_AFTER = timedelta(days=45)
_COST = 4.0


def offer_times(frames: Frames) -> pl.DataFrame:
    """Return each interaction whose outcome is open in the night after its end: `interaction_id` and `at`, 4 a.m."""
    last = frames["events"].filter(~pl.col("kind").is_in(["complained", "tipped"]))
    ends = last.group_by("interaction_id", maintain_order=True).agg(end=pl.col("at").max())
    night = (pl.col("end") - pl.duration(hours=4)).dt.truncate("1d") + pl.duration(hours=28)
    rated = frames["feedback"].select("interaction_id", known_at="rated_at")
    complained = frames["events"].filter(kind="complained").select("interaction_id", known_at="at")
    first = pl.concat([rated, complained]).group_by("interaction_id").agg(pl.col("known_at").min())
    nights = ends.select("interaction_id", at=night).filter(pl.col("at") < END)
    found = nights.join(first, on="interaction_id", how="left", maintain_order="left")
    is_open = (pl.col("known_at") > pl.col("at")).fill_null(True)
    return found.filter(is_open).select("interaction_id", "at")


def play_contacts(frames: Frames, offers: pl.DataFrame, seed: int, helps: Helps = "hidden") -> Frames:
    """Return the tables after customers were contacted, with the table `contacts` and the truth of both risks.

    Parameters
    ----------
    frames
        `interactions`, `events`, `feedback` and `truth` of a company that contacts nobody.
    offers
        Rows of the table `contacts` without results: those of the arms `contact` and `explore` are contacted.
    seed
        Draws whom a contact helps, and who is reached.
    helps
        Whom a contact helps: see `simulation.whom_contacts_help`.
    """
    rng = np.random.default_rng([seed, 15])
    truth = with_both_risks(frames, helps, rng)
    is_reached, is_called = pl.Series(rng.random(offers.height) < REACHED), pl.col("arm") != "holdout"
    result = pl.when(is_reached).then(pl.lit("reached")).otherwise(pl.lit("not_reached"))
    done = offers.with_columns(
        result=pl.when(is_called).then(result),
        done_at=pl.when(is_called).then("at"),
        channel=pl.when(is_called).then(pl.lit("phone")),
        cost=pl.when(is_called).then(_COST),
    )
    help_of = truth.select("interaction_id", "help")
    reached = done.filter(result="reached").join(help_of, on="interaction_id", maintain_order="left")
    changed = _changes(reached, saved_by(helps), rng)
    return _with_visits({"contacts": done, "truth": truth.drop("help"), **_reacted(frames, changed)}, changed)


def saved_by(helps: Helps) -> tuple[float, float, float]:
    """Return by kind of help the chance that a contact turns a bad rating into a good one."""
    return SAVED_WHERE_VISIBLE if helps == "visible" else SAVED


def _changes(
    reached: pl.DataFrame, saved: tuple[float, float, float], rng: np.random.Generator
) -> pl.DataFrame:
    """Return what each contact does to its customer."""
    kind = reached["help"].to_numpy()
    save, spoil, stay, again = rng.random((4, len(kind)))
    return reached.select("interaction_id", "customer_id", "at").with_columns(
        is_saved=pl.Series(save < np.array(saved)[kind]),
        is_spoilt=pl.Series(spoil < np.array(SPOILT)[kind]),
        stays_away=pl.Series((kind == ANNOYED) & (stay < _STAYS_AWAY)),
        comes_again=pl.Series((kind == HELPED) & (again < _COMES_AGAIN)),
    )


def with_both_risks(frames: Frames, helps: Helps, rng: np.random.Generator) -> pl.DataFrame:
    """Return the truth with the kind of help of each interaction and the risk if the customer is reached."""
    kinds = kinds_of_help(frames, helps, rng)
    truth = frames["truth"].join(kinds, on="interaction_id", how="left", maintain_order="left")
    save, spoil = (pl.Series(chances).gather(truth["help"]) for chances in (saved_by(helps), SPOILT))
    risk = truth["true_risk"]
    return truth.with_columns(true_risk_contacted=risk * (1 - save) + (1 - risk) * spoil)


def _reacted(frames: Frames, changed: pl.DataFrame) -> Frames:
    """Return feedback and events with what the contacts changed; ratings and complaints came after them."""
    columns = frames["feedback"].columns
    feedback = frames["feedback"].join(changed, on="interaction_id", how="left", maintain_order="left")
    is_bad, is_later = pl.col("rating") <= 2, (pl.col("rated_at") > pl.col("at")).fill_null(False)
    new = (
        pl.when(is_later & is_bad & pl.col("is_saved")).then(4)
        .when(is_later & ~is_bad & pl.col("is_spoilt")).then(2)
        .otherwise("rating")
    )  # fmt: skip
    saved = changed.filter("is_saved").select("interaction_id", contacted_at="at")
    events = frames["events"].join(saved, on="interaction_id", how="left", maintain_order="left")
    is_gone = (pl.col("kind") == "complained") & (pl.col("at") > pl.col("contacted_at")).fill_null(False)
    return {
        "interactions": frames["interactions"],
        "events": events.filter(~is_gone).drop("contacted_at"),
        "feedback": feedback.with_columns(rating=new.cast(feedback.schema["rating"])).select(columns),
    }


def _with_visits(frames: Frames, changed: pl.DataFrame) -> Frames:
    """Return the tables without later visits of annoyed customers, and with one more of customers won back."""
    away = changed.filter("stays_away").drop_nulls("customer_id").unique("customer_id", maintain_order=True)
    visits = frames["interactions"].join(away.select("customer_id", left_at="at"), on="customer_id")
    later = visits.filter(pl.col("started_at") > pl.col("left_at"))
    gone = later.join(frames["contacts"], on="interaction_id", how="anti").select("interaction_id")
    again = changed.filter(pl.col("comes_again") & pl.col("is_saved")).drop_nulls("customer_id")
    again = again.filter(pl.col("at") + _AFTER + timedelta(days=2) < END)
    new = again.select("interaction_id", new_id=pl.concat_str("interaction_id", pl.lit("-again")))
    out = dict(frames)
    times = {"interactions": ("started_at", "promised_at"), "events": ("at",), "truth": ()}
    for table, moved in times.items():
        kept = frames[table].join(gone, on="interaction_id", how="anti", maintain_order="left")
        copied = frames[table].join(new, on="interaction_id", maintain_order="left")
        if table == "events":  # the new visit goes like the first, and nobody complains of it
            copied = copied.filter(pl.col("kind") != "complained", pl.col("at") + _AFTER <= END)
        copied = copied.with_columns(pl.col(name) + _AFTER for name in moved)
        out[table] = pl.concat([kept, copied.with_columns(interaction_id="new_id").select(kept.columns)])
    out["feedback"] = frames["feedback"].join(gone, on="interaction_id", how="anti", maintain_order="left")
    return out
