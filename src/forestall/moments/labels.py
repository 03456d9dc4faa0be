"""Labels of moments: the rating or the event that came after the moment and within the horizon."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from forestall.data import Tables
from forestall.data.ratings import newest_ratings
from forestall.moments.contacted import censor_contacted
from forestall.moments.label_definition import Label
from forestall.moments.moments import default_moments
from forestall.moments.records_end import end_of_records

_US = pl.Datetime("us", "UTC")


def label_moments(tables: Tables, moments: pl.DataFrame, label: Label) -> pl.DataFrame:
    """Return the moments with their labels.

    With a rating label, a rating after the moment and within the horizon decides the label as soon as it comes.
    A moment without one is undecided until its horizon ends, and censored afterwards: it is never a 0. A rating
    without a time counts as given after the interaction ended, and as known a horizon later.

    With an event label, a moment is undecided until its horizon ends. Then it is 1 if the event came, else 0. A 1
    does not count earlier, because otherwise the last days of the records would hold no 0.

    Of several ratings of one interaction the newest is the label; with `target: next` the next one after each moment,
    and the newest where none comes after it. Without a clock nothing is undecided: there is no
    horizon, and the final state decides an event label, 1 if the event is recorded at all, else 0.

    Parameters
    ----------
    tables
        The company's records. Ratings off the label's scale must have been rejected.
    moments
        Frame with `interaction_id` and `as_of`.
    label
        The definition of the label.

    Returns
    -------
    polars.DataFrame
        The moments with three columns:

        - `label`: 1 dissatisfied, 0 not, null unknown.
        - `decided_at`: when the label became known. With an event label, the end of the horizon; with a rating
          without a time, a horizon after the interaction ended. Null without a clock.
        - `outcome`: `decided`, `undecided`, `censored`, or `past` if the rating or event came by the moment.

        If customers were contacted, see `moments.contacted` for the outcome `contacted` and one more column.
    """
    if label.event is not None and has_no_clock(tables):
        return _final_states(tables, moments, label)
    horizon = timedelta(days=label.horizon_days)
    if label.event is not None:
        answers = label_events(tables, label).with_columns(answer=pl.lit(1, dtype=pl.Int8))
        joined = moments.join(answers, on="interaction_id", how="left", maintain_order="left")
    elif label.target == "next":
        joined = _next_ratings(tables, moments, label)
    else:
        joined = moments.join(_ratings(tables, label), on="interaction_id", how="left", maintain_order="left")
    labelled = _decided(tables, joined, label)
    if not tables.contacts.is_empty() and not has_no_clock(tables):
        labelled = censor_contacted(tables, labelled, horizon, has_event=label.event is not None)
    return labelled.drop("came_at")


def _decided(tables: Tables, joined: pl.DataFrame, label: Label) -> pl.DataFrame:
    """Return moments with `answer` and `decided_at` of their interactions as labelled moments, with `came_at`."""
    joined = _with_ends(tables, joined, label)
    end = pl.lit(end_of_records(tables), dtype=_US)
    latest = pl.col("as_of") + timedelta(days=label.horizon_days)
    is_over = (latest <= end).fill_null(False) | pl.lit(has_no_clock(tables))
    has_come = pl.col("decided_at") <= pl.col("as_of")
    in_time = pl.col("answer").is_not_null() & (
        (~has_come & (pl.col("decided_at") <= latest)).fill_null(pl.col("ended_at") <= latest)
    )
    if label.event is not None:
        in_time &= is_over
    zero = pl.when(is_over & ~has_come.fill_null(False)).then(pl.lit(0, dtype=pl.Int8))
    value = pl.when(in_time).then("answer").otherwise(zero if label.event else None)
    # of a rating without a time it is only known that it came after the end
    known_at = latest + (pl.col("ended_at") - pl.col("as_of"))
    known_at = latest if label.event is not None else pl.coalesce("decided_at", known_at)
    decided = pl.when(in_time).then(known_at).when(value.is_not_null()).then(latest)
    outcome = (
        pl.when(value.is_not_null()).then(pl.lit("decided"))
        .when(has_come).then(pl.lit("past"))
        .when(is_over | (pl.col("answer").is_not_null() & pl.lit(label.event is None))).then(pl.lit("censored"))
        .otherwise(pl.lit("undecided"))
    )  # fmt: skip
    return joined.with_columns(
        label=value, decided_at=decided, outcome=outcome, came_at=pl.col("decided_at")
    ).drop("answer", "ended_at")


def _with_ends(tables: Tables, joined: pl.DataFrame, label: Label) -> pl.DataFrame:
    """Return moments with `ended_at`: the end of the interaction, or the moment if it is later or has to do."""
    is_timed = label.event is not None or has_no_clock(tables) or not tables.feedback["rated_at"].has_nulls()
    if is_timed:
        return joined.with_columns(ended_at="as_of")
    ends = default_moments(tables).rename({"as_of": "ended_at"})
    with_ends = joined.join(ends, on="interaction_id", how="left", maintain_order="left")
    return with_ends.with_columns(ended_at=pl.max_horizontal("as_of", "ended_at"))


def label_events(tables: Tables, label: Label) -> pl.DataFrame:
    """Return `interaction_id` and the time of the first label event, `decided_at`, of interactions that have one."""
    events = tables.events.filter(pl.col("kind") == label.event)
    return events.group_by("interaction_id").agg(decided_at=pl.col("at").min())


def until_label(tables: Tables, label: Label) -> Tables:
    """Return the tables with only the events that lie strictly before the rating or label event of their interaction.

    Moments for training and evaluation are drawn from these tables, so that no moment lies at or after its label. If
    a ticket is closed days after the survey, for example, its last moment is the last event before the survey. With a
    rating without a time, all events are kept. Without a clock, only the label events themselves are left out.
    """
    if label.event is not None and has_no_clock(tables):
        return tables.replace(events=tables.events.filter(pl.col("kind") != label.event))
    if label.event is not None:
        decided = label_events(tables, label)
    else:
        ratings = newest_ratings(tables.feedback)
        decided = ratings.select("interaction_id", decided_at="rated_at").drop_nulls()
    events = tables.events.join(decided, on="interaction_id", how="left", maintain_order="left")
    is_before = pl.col("decided_at").is_null() | (pl.col("at") < pl.col("decided_at"))
    return tables.replace(events=events.filter(is_before).drop("decided_at"))


def _ratings(tables: Tables, label: Label) -> pl.DataFrame:
    return _answers(newest_ratings(tables.feedback), label)


def _answers(ratings: pl.DataFrame, label: Label) -> pl.DataFrame:
    is_bad = pl.col("rating") <= label.dissatisfied_at_or_below
    return ratings.select("interaction_id", decided_at="rated_at", answer=is_bad.cast(pl.Int8))


def _next_ratings(tables: Tables, moments: pl.DataFrame, label: Label) -> pl.DataFrame:
    """Return moments with the first rating after each, or the newest where none comes after it."""
    timed = _answers(tables.feedback.drop_nulls("rated_at"), label).sort("decided_at")
    numbered = moments.with_row_index("_row")
    later = numbered.sort("as_of").join_asof(
        timed.with_columns(_at="decided_at"), left_on="as_of", right_on="_at", by="interaction_id",
        strategy="forward", allow_exact_matches=False, check_sortedness=False,
    )  # fmt: skip
    newest = _ratings(tables, label).rename({"decided_at": "_newest_at", "answer": "_newest"})
    joined = later.join(newest, on="interaction_id", how="left").with_columns(
        decided_at=pl.coalesce("decided_at", "_newest_at"), answer=pl.coalesce("answer", "_newest")
    )
    return joined.sort("_row").drop("_row", "_newest_at", "_newest", "_at", strict=False)


def has_no_clock(tables: Tables) -> bool:
    """Return whether the records have no times: then the order of rows stands for time."""
    return bool(tables.about["clock"] == "none")


def _final_states(tables: Tables, moments: pl.DataFrame, label: Label) -> pl.DataFrame:
    came = label_events(tables, label).select("interaction_id", label=pl.lit(1, dtype=pl.Int8))
    return moments.join(came, on="interaction_id", how="left", maintain_order="left").with_columns(
        pl.col("label").fill_null(0),
        decided_at=pl.lit(None, dtype=_US),
        outcome=pl.lit("decided"),
    )
