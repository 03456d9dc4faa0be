"""The start of the interactions: which time it is, and what must be asked about it."""

from __future__ import annotations

import polars as pl

from forestall.importing.suggest.column_profile import share_of
from forestall.importing.suggest.decide_categories import of_customers
from forestall.importing.suggest.draft import Draft, Entry
from forestall.importing.suggest.duration_evidence import is_length_by_clock
from forestall.importing.suggest.name_words import find_role, find_roles, has_role
from forestall.importing.suggest.review_rows import are_reviews, is_about_issues, time_of_reviews
from forestall.importing.suggest.scene import Scene
from forestall.importing.suggest.time_evidence import TimeColumn, is_clock_column, is_plain_date

_ONE_ROW = 1.05
_NO_START = {"ignored", "updated", "rated_at", "survey_sent", "promised_at"}


def decide_start(scene: Scene, draft: Draft) -> TimeColumn | None:
    """Place the start of the interactions and the event at it; return the start."""
    own = [t for t in may_be_start(scene) if draft.is_open(t.name)]
    ranked = [(rank, -place, time) for place, time in enumerate(own) if (rank := _start_rank(time, own)) > 0]
    if scene.log:
        ranked = [one for one in ranked if one[0] >= 2]
    reviewed = time_of_reviews(scene, draft)
    if not ranked and reviewed is None:
        return None
    start = reviewed or max(ranked, key=lambda one: one[:2])[2]
    question = start.question
    is_told = find_role("times", start.name) == "started_at"
    if not question and not is_told and are_reviews(scene, draft):
        question = (
            f"when did the visit, call or order begin? '{start.name}' looks like the time of the rating"
        )
    elif not question and find_role("times", start.name) == "purchased_at" and is_about_issues(scene, draft):
        question = f"no column says when it was opened: every wait would be counted from the purchase ('{start.name}')"
    others = [t for t in own if t is not start and not is_same_day(t, start)]
    if not question and find_role("times", start.name) != "started_at" and not scene.joins and others:
        question = f"is it the start? No name of a column says which of the {len(others) + 1} times is"
    if not reviewed and find_role("times", start.name) != "started_at" and (unread := unread_starts(scene)):
        question = f"is '{unread[0]}' the start, in a form that is not known? Then give its format"
    if not question and find_role("times", start.name) in ("resolved", "closed", "delivered"):
        question = f"is it the start? '{start.name}' is called like the end"
    early = [t.name for t in own if t is not start and _is_later_kind(t) and early_share(t, start) > 0.2]
    if early and not question:
        question = f"is it the start? '{early[0]}' often lies before it"
    draft.interactions["started_at"] = Entry(start.source(), start.reason, question)
    draft.place("interactions", *start.own_columns)
    return start


def may_be_start(scene: Scene) -> list[TimeColumn]:
    """Return the times that may be the start: of the main file, else of a further one with a row for each of its."""
    own = [t for name, t in scene.times.items() if not scene.table_of(name)]
    if any(find_role("times", t.name) not in _NO_START for t in own):
        return own
    beside = {j.table.name for j in scene.joins if j.log is None and j.rows_per_key < _ONE_ROW}
    others = [t for n, t in scene.times.items() if scene.table_of(n) in beside and not of_customers(scene, n)]
    return own + [t for t in others if find_role("times", t.name) in ("started_at", None)]


def unread_starts(scene: Scene) -> list[str]:
    """Return the columns that are called like the start, and are written in no form that is known."""
    return [
        name
        for name, profile in scene.profiles.items()
        if name not in scene.times
        and name != scene.key.column
        and find_role("times", name) == "started_at"
        and profile.numbers is None
        and not any(has_role("holds", what, name) for what in ("key", "length"))
        and not (is_clock_column(profile) or is_length_by_clock(profile))
        and share_of(profile.text.drop_nulls().str.contains(r"\d.*\d")) > 0.8
    ]


def _is_later_kind(time: TimeColumn) -> bool:
    return find_role("times", time.name) in ("responded", "resolved", "closed", "served", "delivered")


def _start_rank(time: TimeColumn, others: list[TimeColumn]) -> float:
    """Return how likely a time is the start: by its name first, then by how few others lie before it."""
    roles = find_roles("times", time.name)
    role = roles[0][0] if roles else None
    if role in _NO_START:
        return 0.0
    by_name = {"started_at": 3.0, "purchased_at": 1.5, None: 1.0}.get(role, 0.3)
    if role is None and time.has_clock and is_plain_date(time.name):
        by_name = 2.6  # of two, it is the start if it is mostly before the one that is called so
    later = [
        other for other in others if other is not time and find_role("times", other.name) not in _NO_START
    ]
    shares = [1 - early_share(other, time) for other in later]
    is_first = sum(shares) / len(shares) if shares else 1.0
    n_filled = len(time.values) - time.values.null_count()
    return by_name + 0.9 * is_first * n_filled / max(len(time.values), 1)


def early_share(time: TimeColumn, start: TimeColumn) -> float:
    """Return the share of a time's values that lie before the start of their row, to the day where one has no clock."""
    pair = pl.DataFrame([time.values.alias("time"), start.values.alias("start")]).drop_nulls()
    if not pair.height:
        return 0.0
    to_the_day = not (time.has_clock and start.has_clock)
    left, right = pl.col("time"), pl.col("start")
    if to_the_day:
        left, right = left.dt.truncate("1d"), right.dt.truncate("1d")
    return float(pair.select((left < right).mean()).item())


def is_same_day(time: TimeColumn, start: TimeColumn) -> bool:
    """Return whether a time without a time of day only repeats the day of the start."""
    pair = pl.DataFrame([time.values.alias("time"), start.values.alias("start")]).drop_nulls()
    days = pair.select(pl.col("time").dt.date() == pl.col("start").dt.date()).to_series()
    return not time.has_clock and share_of(days) > 0.99
