"""The entries of event logs and conversations: what happened in each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from forestall.data.schemas import CORE_KINDS
from forestall.importing.lifecycle import find_lifecycle
from forestall.importing.readers.arrays import CELL, explode_array
from forestall.importing.suggest.column_profile import ColumnProfile, profile_columns, share_of
from forestall.importing.suggest.draft import Draft, Entry
from forestall.importing.suggest.joins import Join, kind_of_rows
from forestall.importing.suggest.key_evidence import is_key_of_others
from forestall.importing.suggest.log_evidence import LogColumns, case_sample, log_of_case
from forestall.importing.suggest.mapping_writer import flow
from forestall.importing.suggest.name_words import as_word, find_role, find_roles, has_role, plain_words
from forestall.importing.suggest.scene import Scene
from forestall.importing.suggest.time_evidence import TimeColumn, find_times
from forestall.importing.suggest.zone_evidence import in_zone

_ENDS = frozenset(
    {"end", "ended", "complete", "completed", "completion", "finish", "finished", "ende", "slut", "fin"}
)
_ANSWERS = {"result", "notify", "receive", "notification", "reminder"}


def kinds_of(words: Sequence[str]) -> dict[str, str]:
    """Return the kind of event of each activity whose words name one of Forestall's kinds.

    Examples
    --------
    >>> kinds_of(["Resolve ticket", "Wait", "Closed"])
    {'Resolve ticket': 'resolved', 'Closed': 'closed'}
    """
    found = {}
    for word in words:
        if _ANSWERS & set(plain_words(word)):  # `Receive result of appeal` is no appeal
            continue
        role = find_role("times", word)
        kind = "issue_raised" if role == "started_at" or word.strip().lower() == "new" else role
        if kind in CORE_KINDS:
            found[word] = str(kind)
    return found


def senders_of(words: Sequence[str]) -> dict[str, str]:
    """Return the actor of each word for who spoke; a word that is not known is left out."""
    return {word: role for word in sorted(words) if (role := find_role("senders", word))}


def _activities(profile: ColumnProfile) -> list[str]:
    return profile.text.drop_nulls().unique().sort().to_list()


def decide_log(scene: Scene, draft: Draft) -> None:
    """Place the columns of an event log or of a conversation."""
    log = scene.log
    if log is None:
        return
    time = scene.times[log.timestamp]
    asked = f"is all that happened to one '{log.case}' one interaction?" if is_key_of_others(log.case) else ""
    draft.event_log["case"] = Entry(log.case, "the key repeats: one row is one event", asked)
    draft.event_log["activity"] = Entry(log.activity)
    ends = [n for n in scene.main.times if n in scene.changing and set(plain_words(n)) & _ENDS]
    question = time.question
    if ends and ends[0] != log.timestamp and not question:
        question = f"does a step count at its start? '{ends[0]}' is its end, at which something is resolved"
    draft.event_log["timestamp"] = Entry(time.source(), time.reason, question)
    draft.place("event_log", log.case, log.activity, *time.own_columns)
    words = _activities(scene.profiles[log.activity])
    if log.message:
        unknown = [word for word in words if word not in senders_of(words)]
        question = f"who are {len(unknown)} of the {len(words)} words of '{log.activity}'?" if unknown else ""
        draft.event_log["kinds"] = Entry({word: "message" for word in words}, "one row is one message")
        draft.event_log["actor"] = Entry(_sender(log.activity, words), "", question)
        draft.event_log["text"] = Entry(log.message)
        draft.place("event_log", log.message)
        return
    _decide_lifecycle(scene, draft, log)
    kinds, coded = kinds_of(words), [word for word in words if not word[:1].isalpha()]
    if coded and not kinds:
        kinds = {word: as_word(f"activity {word}") for word in coded}
        question = "what does each code mean? A kind of event begins with a letter"
        draft.event_log["kinds"] = Entry(kinds, "", question)
    elif kinds:
        question = "is each the right kind? Activities that are not listed become kinds of their own name"
        draft.event_log["kinds"] = Entry(kinds, "", question)
    resources = [n for n in scene.profiles if draft.is_open(n) and _is_resource(scene, n)]
    if resources:
        best = max(
            resources, key=lambda n: (dict(find_roles("logs", n))["resource"], -list(scene.profiles).index(n))
        )
        draft.event_log["resource"] = Entry(best)
        draft.place("event_log", best)


def _decide_lifecycle(scene: Scene, draft: Draft, log: LogColumns) -> None:
    """Leave out rows that do not end a step, where a step is several rows."""
    columns = [name for name in scene.main.frame.columns if name in scene.profiles and draft.is_open(name)]
    found = find_lifecycle(case_sample(scene.main.frame, log.case), log.case, log.activity, columns)
    if found is not None:
        question = (
            f"does one row a step count, that of its end? By '{found.column}' a step is several rows; without this "
            "line each of them is an event"
        )
        draft.settings["leave_out"] = Entry({"column": found.column, "is": found.others}, "", question)
        draft.place("leave_out", found.column)


def _is_resource(scene: Scene, name: str) -> bool:
    profile = scene.profiles[name]
    return (
        has_role("logs", "resource", name)
        and name in scene.changing
        and name not in scene.times
        and profile.n_distinct > 1
        and not profile.is_flag
        and not name.startswith("case:")
    )


def _sender(column: str, words: Sequence[str]) -> dict[str, Any]:
    return {"column": column, "values": senders_of(words), "default": "system"}


def decide_joins(scene: Scene, draft: Draft) -> None:
    """Write the further files, and place the columns of those whose rows are events."""
    for join in scene.joins:
        name = join.table.name
        value: dict[str, Any] = {"on": {join.column: join.to}}
        if join.newest_by:
            value["newest_by"] = join.newest_by
        draft.tables[name] = Entry(value, _note(join), _which_rows(join))
        draft.place("tables", f"{name}.{join.column}")
        if join.log:
            _add_history(draft, join, join.log)
    for table in scene.strangers:
        for column in table.frame.columns:
            draft.leave_out(f"{table.name}.{column}", "no column of this file has the interactions' keys")


def _which_rows(join: Join) -> str:
    """Return a question where the rows of one key are of several kinds, such as the questions of a survey."""
    differing = kind_of_rows(join)
    if differing is None:
        return ""
    column, word = differing
    condition = flow({"column": column, "is": word})
    return f"which rows count? Those of one key differ in '{column}': write only: {condition}"


def decide_arrays(scene: Scene, draft: Draft) -> None:
    """Place arrays of a JSON file whose elements are events."""
    for name, profile in scene.profiles.items():
        if profile.raw.dtype != pl.List(pl.String) or not profile.raw.list.len().sum():
            continue
        elements = explode_array(profile.raw)
        profiles = profile_columns(elements, elements)
        times = find_times([p for n, p in profiles.items() if n != CELL])
        log = log_of_case(elements, CELL, profiles, times)
        if log:
            time = in_zone(times, scene.zone)[log.timestamp]
            value = _history_event(name, log, time, profiles[log.activity])
            draft.add_event(Entry(value, "one element of the array is one event"), name)
            _place_lengths(scene, draft, name)


def _place_lengths(scene: Scene, draft: Draft, array: str) -> None:
    """Place the numbers that count the elements of an array of events: they are final, and the events say the same."""
    lengths = scene.profiles[array].raw.list.len()
    for name, profile in scene.profiles.items():
        if draft.is_open(name) and profile.is_whole and profile.n_distinct > 2:
            pair = pl.DataFrame([pl.Series("a", profile.numbers), lengths.cast(pl.Float64).alias("b")])
            if share_of(pair.select(pl.col("a") == pl.col("b")).to_series()) > 0.98:
                draft.leave_out(name, f"the number of elements of '{array}'")


def _note(join: Join) -> str:
    rows = "one row a key" if join.rows_per_key < 1.005 else f"{join.rows_per_key:.2f} rows a key"
    return f"{rows}; {join.share:.0%} of the keys looked at have a partner"


def _add_history(draft: Draft, join: Join, log: LogColumns) -> None:
    name = join.table.name
    time = join.table.times[log.timestamp]
    value = _history_event(name, log, time, join.table.profiles[log.activity])
    used = [log.activity, *time.own_columns, *([log.message] if log.message else [])]
    if condition := _rows_of_states(join, log):
        value["when"] = condition
        used.append(str(condition["column"]))
    draft.add_event(
        Entry(value, "one row is one event", time.question), *(f"{name}.{column}" for column in used)
    )
    for column in join.table.frame.columns:
        if draft.is_open(f"{name}.{column}"):
            draft.leave_out(f"{name}.{column}", "a further column of the events")


def _rows_of_states(join: Join, log: LogColumns) -> dict[str, Any] | None:
    """Return the condition for rows that say a new state, in a file with a row for each field that was changed."""
    for name, profile in join.table.profiles.items():
        states = [word for word in profile.words if find_role("categories", word) == "status"]
        if name != log.activity and has_role("logs", "field", name) and states and len(profile.words) > 1:
            return {"column": name, "is": states}
    return None


def _history_event(source: str, log: LogColumns, time: TimeColumn, activity: ColumnProfile) -> dict[str, Any]:
    """Return the event that each row of a further file, or each element of an array, is."""
    words = _activities(activity)
    value: dict[str, Any] = {"from": source, "kind": "message", "at": time.source()}
    if log.message:
        return value | {"actor": _sender(log.activity, words), "text": log.message}
    kinds = kinds_of(words)
    value["kind"] = {"column": log.activity, "values": kinds} if kinds else {"column": log.activity}
    return value


def history_kinds(entries: Sequence[Entry]) -> list[str]:
    """Return the kinds that events of a further file can have, as far as the mapping names them."""
    kinds: list[str] = []
    for entry in entries:
        kind = entry.value["kind"]
        if isinstance(kind, Mapping):
            kinds += [str(one) for one in kind.get("values", {}).values()]
    return kinds
