"""The places of columns that are no times: durations, counts, flags, free text, and what is known only afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forestall.data.text_values import FALSE_WORDS, TRUE_WORDS
from forestall.importing.suggest.column_profile import FALSE, ColumnProfile
from forestall.importing.suggest.decide_categories import identifier, is_amount, of_customers
from forestall.importing.suggest.decide_log import history_kinds
from forestall.importing.suggest.decide_times import actor_of
from forestall.importing.suggest.draft import Draft, Entry
from forestall.importing.suggest.duration_evidence import DurationColumn, find_duration
from forestall.importing.suggest.flag_times import AFTER_ALL, GAVE_UP, time_of_label_event
from forestall.importing.suggest.leak_evidence import Leak, tells_exactly
from forestall.importing.suggest.length_names import is_known_before, is_mere_delay, is_promise
from forestall.importing.suggest.model_writer import LABEL_EVENTS, label_event
from forestall.importing.suggest.name_words import find_role, has_role, plain_words
from forestall.importing.suggest.rating_evidence import name_rank
from forestall.importing.suggest.scene import Scene

_SURE = 2.0
"""From here on, a name speaks of a rating by itself."""
_OF_EARLIER = {"previous", "prior", "past", "earlier", "history", "historical"}
_HUNG_UP = {"abandoned", "abandon", "hung", "dropped", "aufgelegt", "abandonada", "abandonado", "abandonne"}
_EVENT_FLAGS = {
    "complained", "escalated", "reopened", "abandoned", "served", "resolved", "returned", "refunded", "transferred",
    "churned", "defect",
}  # fmt: skip


def decide_durations(scene: Scene, draft: Draft, leaks: Mapping[str, Leak]) -> None:
    """Place the durations: events after the start, or after another event."""
    found = [
        duration
        for name, profile in scene.profiles.items()
        if draft.is_open(name) and name not in scene.changing and not of_customers(scene, name)
        if (duration := find_duration(profile))
        # a wait that only rated rows have is known when it is over; a length of the survey is not
        if duration.role or not _is_of_rating(leaks, name)
    ]
    order = {"served": 0, "responded": 1, "resolved": 2, "delivered": 3, "talk": 4, "closed": 5, "hold": 6}
    for duration in sorted(found, key=lambda one: order.get(one.role or "", 9)):
        _place_duration(scene, draft, duration)


def _place_duration(scene: Scene, draft: Draft, duration: DurationColumn) -> None:
    column, role = duration.column, duration.role
    if is_promise(column):
        _place_promise(draft, duration)
        return
    kind = "closed" if role == "talk" else role
    if kind is None or kind == "hold" or duration.unit is None or kind in draft.kinds():
        reason = "a length, known when it is over"
        if kind in draft.kinds():
            reason = f"says the same as the event '{kind}', or more than it at its time"
        is_wait = "clock" not in draft.settings and is_mere_delay(column)
        if kind is None and is_known_before(column) and not is_wait:  # such as the age of an account
            draft.keep_column(column, "a length of time")
            draft.numeric.add(column)
            return
        draft.know_from_closing(column, reason + (f"; {duration.question}" if duration.question else ""))
        return
    has_served = role == "talk" and "served" in draft.kinds()
    at = {"after": "served" if has_served else "started_at", duration.unit: column}
    value: dict[str, Any] = {"kind": kind, "at": at}
    if actor := actor_of(kind):
        value["actor"] = actor
    used = [column]
    flag = next((n for n, p in scene.profiles.items() if _is_event_flag(p, kind) and draft.is_open(n)), None)
    if flag and kind == "served":
        value["when"] = _condition(scene.profiles[flag])
        used.append(flag)
    gave_up = _gave_up(scene, draft) if kind == "served" and not flag else None
    if gave_up:
        value["when"] = {
            "column": gave_up.name,
            "is": [word for word in gave_up.words if word.lower() in FALSE],
        }
        used.append(gave_up.name)
    draft.add_event(Entry(value, duration.reason, duration.question), *used)
    if flag and kind == "served":
        _add_abandoned(scene.profiles[flag], draft)
    if gave_up:
        left = {"kind": "abandoned", "at": at, "when": _condition(gave_up), "actor": "customer"}
        draft.events.append(Entry(left, "who gave up has waited as long, and was not served"))


def _gave_up(scene: Scene, draft: Draft) -> ColumnProfile | None:
    """Return the column of yes and no that says that a customer hung up before somebody answered, or None."""
    for name, profile in scene.profiles.items():
        both = profile.is_flag and profile.n_distinct == 2
        if (
            both
            and draft.is_open(name)
            and _HUNG_UP & set(plain_words(name))
            and "abandoned" not in draft.kinds()
        ):
            return profile
    return None


def _place_promise(draft: Draft, duration: DurationColumn) -> None:
    """Place a length of time that was promised: when the promise ends, or a number that is known at the start."""
    if duration.unit and not duration.question and not {"promised_at"} & set(draft.interactions):
        at = {"after": "started_at", duration.unit: duration.column}
        draft.interactions["promised_at"] = Entry(at, f"a promise, by its name; {duration.reason}")
        draft.place("interactions", duration.column)
        return
    draft.keep_column(duration.column, "a length of time that was promised, by its name")
    draft.numeric.add(duration.column)


def _is_of_rating(leaks: Mapping[str, Leak], name: str) -> bool:
    return name in leaks and leaks[name].known == "with_rating"


def _add_abandoned(flag: ColumnProfile, draft: Draft) -> None:
    no = [word for word in flag.words if word.lower() in FALSE]
    if no and "abandoned" not in draft.kinds():
        value = {"kind": "abandoned", "at": {"after": "started_at"}, "actor": "customer"}
        value["when"] = {"column": flag.name, "is": no}
        question = "when did the customer give up? No column says it, so it is at the start"
        draft.events.append(Entry(value, "", question))


def _is_event_flag(profile: ColumnProfile, kind: str) -> bool:
    return profile.is_flag and find_role("flags", profile.name) == kind


def decide_counts(scene: Scene, draft: Draft, leaks: Mapping[str, Leak]) -> None:
    """Place counts and yes-or-no columns that say that something happened: events at the closing."""
    for name, profile in scene.profiles.items():
        if not draft.is_open(name) or name in scene.changing:
            continue
        counted, flag = find_role("counts", name), find_role("flags", name)
        if _OF_EARLIER & set(plain_words(name)):  # such as `previous_cancellations`
            continue
        if _is_of_rating(leaks, name) or (scene.rating and of_customers(scene, name)):
            continue
        if profile.is_flag and flag in _EVENT_FLAGS:
            _add_counted(scene, draft, name, str(flag), {"when": _condition(profile)})
        elif profile.is_whole and counted not in (None, "late_counter"):
            _add_counted(scene, draft, name, str(counted), {"times": name})


def _condition(flag: ColumnProfile) -> Any:
    """Return the condition that a flag is yes; its words are listed where the import does not know them."""
    words = {word.lower() for word in flag.words}
    if words <= {*TRUE_WORDS, *FALSE_WORDS}:
        return flag.name
    return {"column": flag.name, "is": [word for word in flag.words if word.lower() not in FALSE]}


def _add_counted(scene: Scene, draft: Draft, name: str, role: str, given: Mapping[str, Any]) -> None:
    closing = draft.closing()
    has_clock = "clock" not in draft.settings
    is_label = role in LABEL_EVENTS and "rating" not in draft.feedback and label_event(draft) is None
    if "when" in given and role in history_kinds(draft.events):  # the rows of a further file say when
        draft.know_from_closing(name, f"says the same as the events of kind '{role}'")
        return
    if role in draft.kinds() and (closing or "when" in given):
        draft.know_from_closing(
            name, f"says the same as the event '{role}'", role if "when" in given else None
        )
        return
    if closing is None and has_clock and not is_label:
        draft.never_import(
            name, "a final value, and the source has no closing event from which on it is known"
        )
        return
    at = closing.value["at"] if closing else {"after": "started_at"}
    if is_label:
        at = time_of_label_event(scene, draft, scene.profiles[name])
    known = closing if closing and at == closing.value["at"] else None
    kind = GAVE_UP if role == "abandoned" and at == AFTER_ALL else role
    value: dict[str, Any] = {"kind": kind, "at": at, **given}
    if known and "when" in known.value and "times" in given:
        value["when"] = known.value["when"]
    if actor := actor_of(role):
        value["actor"] = actor
    comment = "when it happened is not recorded, so it is known from the closing on"
    where = "a minute after the last event" if at == AFTER_ALL else "at the time of another event"
    question = f"when did it happen? No column says it, so it is put {where}"
    draft.add_event(Entry(value, comment if known else "", "" if known else question), name)


def decide_of_events(scene: Scene, draft: Draft, leaks: Mapping[str, Leak]) -> None:
    """Place what is filled, or says yes, in exactly the rows that have an event: it is known from that event on."""
    for entry in draft.events:
        at, kind = entry.value["at"], entry.value["kind"]
        column = at.get("column") if isinstance(at, dict) else at
        time = scene.times.get(str(column))
        if time is None or not isinstance(kind, str) or len(time.values) != scene.n_rows:
            continue
        for name, profile in scene.profiles.items():
            is_free = draft.is_open(name) and name not in scene.changing and not profile.is_free_text
            is_free = is_free and profile.n_distinct > 1
            if (
                is_free
                and not _is_of_rating(leaks, name)
                and tells_exactly(profile, time.values.is_not_null())
            ):
                draft.know_from_closing(name, f"tells which rows have the event '{kind}'", kind)


def decide_texts(scene: Scene, draft: Draft, leaks: Mapping[str, Leak]) -> None:
    """Place free text: the customer's words at the start, or words that are written later."""
    for name, profile in scene.profiles.items():
        if not draft.is_open(name) or not profile.is_free_text or name in scene.changing:
            continue
        leak = leaks.get(name)
        if leak and leak.known == "with_rating":
            draft.never_import(name, leak.reason)
        elif has_role("texts", "closing_text", name) and not has_role("texts", "said_at_start", name):
            draft.never_import(name, "free text that is written when the interaction is closed")
        elif find_role("categories", name) == "personal":
            draft.leave_out(name, "names or addresses of persons")
        elif has_role("texts", "said_at_start", name) and _first_without_text(draft) is not None:
            _give_text(draft, name)
        else:
            question = "when is it written? If before the rating, make it the `text` of an event"
            draft.never_import(name, "free text", question)


def _first_without_text(draft: Draft) -> int | None:
    for i, entry in enumerate(draft.events):
        if entry.value["kind"] in ("issue_raised", "arrived") and "text" not in entry.value:
            return i
    return None


def _give_text(draft: Draft, name: str) -> None:
    i = _first_without_text(draft)
    if i is not None:
        entry = draft.events[i]
        question = f"is '{name}' written at the start, and never changed?"
        draft.events[i] = Entry({**entry.value, "text": name}, entry.comment, question)
        draft.place("events", name)


def decide_leaks(scene: Scene, draft: Draft, leaks: Mapping[str, Leak]) -> None:
    """Place the columns that look known only afterwards."""
    for name, leak in leaks.items():
        profile = scene.profiles[name]
        if not draft.is_open(name) or name in scene.changing or profile.n_distinct < 2:
            continue
        if (reason := identifier(name, profile)) and leak.known == "with_rating":
            draft.leave_out(name, reason)
        elif leak.known == "at_service" and not of_customers(scene, name):
            draft.know_from_service(name, leak.reason)
            if is_amount(profile):
                draft.numeric.add(name)
        elif leak.known == "at_service":
            continue
        elif (
            leak.known == "with_rating"
            or profile.is_nested
            or (not profile.is_category and profile.numbers is None)
        ):
            unread = scene.rating is None and name_rank(profile) >= _SURE
            question = (
                "is it the rating? Then give the number of each of its words under `values`" if unread else ""
            )
            draft.never_import(name, leak.reason, question)
        else:
            draft.know_from_closing(name, leak.reason)
            if is_amount(profile):
                draft.numeric.add(name)
