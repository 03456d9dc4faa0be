"""The places of the times: start, promise, purchase, rating, and the kinds of events of the others."""

from __future__ import annotations

from typing import Any

import polars as pl

from forestall.importing.suggest.column_profile import share_of
from forestall.importing.suggest.decide_categories import of_customers
from forestall.importing.suggest.decide_start import early_share, is_same_day
from forestall.importing.suggest.draft import Draft, Entry
from forestall.importing.suggest.name_words import as_word, find_role, find_roles, plain_words
from forestall.importing.suggest.rated_times import is_time_of_rating
from forestall.importing.suggest.review_rows import are_reviews, is_about_issues
from forestall.importing.suggest.scene import Scene
from forestall.importing.suggest.time_evidence import TimeColumn

_ACTORS = {
    "churned": "customer",
    "responded": "staff", "resolved": "staff", "served": "staff", "called": "staff", "escalated": "staff",
    "transferred": "staff", "closed": "system", "delivered": "system", "shipped": "system",
    "reopened": "customer", "complained": "customer", "abandoned": "customer", "returned": "customer",
    "issue_raised": "customer", "arrived": "customer", "assigned": "system", "refunded": "staff",
}  # fmt: skip
_REASONS = {
    "ignored": "a time that is no event of the interaction",
    "updated": "the last change of the row, which may come after the rating",
    "survey_sent": "when the rating was asked for",
}
_OF_INTERACTIONS = ("promised_at", "purchased_at")
_EARLY = 0.05
_LAST = {
    (word,)
    for word in ("last", "latest", "letzte", "letzter", "sidste", "ultimo", "ultima", "derniere", "laatste")
}
_CUSTOMERS = {"contact", "customer", "requester", "user", "client", "visitor"}


def actor_of(kind: str) -> str | None:
    """Return who acts in an event of a kind, or None."""
    return _ACTORS.get(kind)


def notes_of(time: TimeColumn) -> dict[str, str]:
    """Return the comment and the question of a time's form."""
    return {"comment": time.reason, "question": time.question}


def add_first_event(scene: Scene, draft: Draft) -> None:
    """Add the event at the start: an issue that is raised, or an arrival."""
    kind = "issue_raised" if is_about_issues(scene, draft) else "arrived"
    value = {"kind": kind, "at": {"after": "started_at"}, "actor": "customer"}
    draft.events.append(Entry(value, "every interaction begins with it"))


def decide_rated_at(scene: Scene, draft: Draft) -> None:
    """Place the time of the rating."""
    rating = scene.rating
    if rating is None:
        return
    table = scene.table_of(rating.column)
    near = [t for name, t in scene.times.items() if draft.is_open(name) and scene.table_of(name) == table]
    named = [t for t in near if find_role("times", t.name) == "rated_at"]
    if not named and table:
        named = [
            t
            for t in near
            if find_role("times", t.name) not in ("ignored", "updated", "survey_sent", "promised_at")
        ]
    if not named and rating.column in scene.differing:  # a new rating, and the time that is new with it
        named = [t for t in near if t.name in scene.differing]
    if not named:
        named = [t for t in near if _may_be_of_survey(t) and is_time_of_rating(t, rating, scene)]
    if not named:
        return
    best = max(
        named, key=lambda t: (dict(find_roles("times", t.name)).get("rated_at", 0), str(t.values.max()))
    )
    draft.feedback["rated_at"] = Entry(best.source(), **notes_of(best))
    if rating.column in scene.differing:
        draft.feedback["several"] = Entry("keep", "rows with the same key have different ratings")
    draft.place("feedback", *best.own_columns)


def _may_be_of_survey(time: TimeColumn) -> bool:
    return find_role("times", time.name) in (None, "started_at", "rated_at")


def decide_times(scene: Scene, draft: Draft, start: TimeColumn | None) -> None:
    """Place the other times."""
    has_reviews = are_reviews(scene, draft)
    for time in scene.times.values():
        if not all(draft.is_open(column) for column in time.own_columns):
            continue
        role = find_role("times", time.name)
        if reason := _reason_to_leave(scene, draft, time, role):
            _leave(draft, time, reason)
        elif role in _OF_INTERACTIONS and role not in draft.interactions:
            draft.interactions[role] = Entry(time.source(), **notes_of(time))
            draft.place("interactions", *time.own_columns)
        elif has_reviews:
            _leave(draft, time, "each row is a rating: this may come after it")
        else:
            _add_event(scene, draft, time, start, role if _is_best_of(scene, draft, time, role) else None)


def _reason_to_leave(scene: Scene, draft: Draft, time: TimeColumn, role: str | None) -> str:
    """Return why a time is neither an event nor a promise of the interaction, or nothing."""
    reasons = {
        "the same in all rows": time.values.n_unique() == 1 and len(time.values) > 1,
        _REASONS.get(role or "", ""): role in _REASONS,
        "of the customer, and not of the interaction": bool(of_customers(scene, time.name))
        and role != "churned",
        "a second promise": role == "promised_at" and role in draft.interactions,
        "a second time of the survey": role == "rated_at"
        or (role not in _OF_INTERACTIONS and _is_of_survey(scene, time)),
        "that it was the last is known only afterwards": _is_last(time, role, draft),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _is_last(time: TimeColumn, role: str | None, draft: Draft) -> bool:
    """Return whether a time is the last of several, such as the last reply, and not that of the end."""
    is_end = role in ("closed", "resolved", "delivered") and role not in draft.kinds()
    return plain_words(time.name.rsplit(".", 1)[-1])[:1] in _LAST and not is_end


def _is_best_of(scene: Scene, draft: Draft, time: TimeColumn, role: str | None) -> bool:
    """Return whether no other time that is left says by more of its name that it is an event of the role."""
    if role is None:
        return False
    others = [t for t in scene.times.values() if t is not time and draft.is_open(t.name)]
    return not any(
        _fits_role(other, role) > _fits_role(time, role)
        for other in others
        if find_role("times", other.name) == role
    )


def _fits_role(time: TimeColumn, role: str) -> tuple[float, bool]:
    """Return how well a name fits a role: by its share, then by its word: `Closed` rather than `Completed`."""
    return _share_of_name(time, role), role in plain_words(time.name)


def _share_of_name(time: TimeColumn, role: str) -> float:
    """Return the share of the words of a name that say a role: all of `Delivered at`, half of `Delivery slot`."""
    n_words = len([word for word in as_word(time.name).split("_") if word])
    return dict(find_roles("times", time.name)).get(role, 0) / max(n_words, 1)


def _is_of_survey(scene: Scene, time: TimeColumn) -> bool:
    """Return whether a time is one of the survey: of its file, or filled where a rating is and nowhere else."""
    if scene.rating is None:
        return False
    if scene.table_of(time.name) == scene.table_of(scene.rating.column) != "":
        return True
    return _may_be_of_survey(time) and is_time_of_rating(time, scene.rating, scene)


def _leave(draft: Draft, time: TimeColumn, reason: str) -> None:
    for column in time.own_columns:
        draft.leave_out(column, reason)


def _add_event(
    scene: Scene, draft: Draft, time: TimeColumn, start: TimeColumn | None, role: str | None
) -> None:
    early = early_share(time, start) if start else 0.0
    if early > _EARLY:
        _leave(draft, time, f"lies before the start in {early:.0%} of its rows: no event of the interaction")
        return
    if role in (None, "started_at") and start and is_same_day(time, start):
        _leave(draft, time, "the same day as the start")
        return
    if scene.log and role in draft.kinds():
        _leave(draft, time, f"says the same as the activities of kind '{role}'")
        return
    if (same := _same_time(scene, draft, time)) is not None:
        _leave(draft, time, f"the same times as '{same}'")
        return
    if role == "responded" and _CUSTOMERS & set(plain_words(time.name.rsplit(".", 1)[-1])):
        role = None  # such as the first reply of the customer
    kind = _kind(draft, time.name, role, scene)
    value: dict[str, Any] = {"kind": kind, "at": time.source()}
    if actor := actor_of(kind):
        value["actor"] = actor
    comment = time.reason or (
        "" if kind == role else "a kind of your own: rename it if one of Forestall's fits"
    )
    draft.add_event(Entry(value, comment, time.question), *time.own_columns)


def _same_time(scene: Scene, draft: Draft, time: TimeColumn) -> str | None:
    """Return the column of an earlier event with the same name, nearly, and the same times; None if there is none."""
    for other in scene.times.values():
        if (
            other is time
            or draft.placed.get(other.name) != "events"
            or as_word(other.name) != as_word(time.name)
        ):
            continue
        pair = pl.DataFrame([time.values.alias("time"), other.values.alias("other")])
        if share_of(pair.select(pl.col("time").eq_missing(pl.col("other"))).to_series()) > 0.99:
            return other.name
    return None


def _kind(draft: Draft, name: str, role: str | None, scene: Scene) -> str:
    """Return the kind of event of a time; a kind that is taken makes room for the column's own name."""
    taken = draft.kinds()
    kind = role if role not in (None, "started_at", "purchased_at", "promised_at") else as_word(name)
    if kind == "called" and not _has_other(scene, name, "served"):
        kind = "served"
    if kind not in taken:
        return str(kind)
    own = as_word(name)
    return own if own not in taken else f"{own}_{len(taken)}"


def _has_other(scene: Scene, name: str, role: str) -> bool:
    return any(other != name and find_role("times", other) == role for other in scene.times)
