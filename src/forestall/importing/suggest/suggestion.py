"""A commented mapping and a first model for tables that were never seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from forestall.importing.suggest.column_profile import ColumnProfile
from forestall.importing.suggest.decide_categories import decide_categories
from forestall.importing.suggest.decide_columns import (
    decide_counts,
    decide_durations,
    decide_leaks,
    decide_of_events,
    decide_texts,
)
from forestall.importing.suggest.decide_log import decide_arrays, decide_joins, decide_log
from forestall.importing.suggest.decide_start import decide_start, may_be_start, unread_starts
from forestall.importing.suggest.decide_times import (
    add_first_event,
    decide_rated_at,
    decide_times,
)
from forestall.importing.suggest.draft import Draft, Entry
from forestall.importing.suggest.joins import loosely_contained
from forestall.importing.suggest.leak_evidence import Leak, find_leaks
from forestall.importing.suggest.mapping_writer import write_mapping
from forestall.importing.suggest.model_writer import LABEL_EVENTS, write_model
from forestall.importing.suggest.name_words import find_role
from forestall.importing.suggest.review_rows import leave_after_reviews, leave_with_rating, time_of_reviews
from forestall.importing.suggest.scene import Scene, see
from forestall.importing.suggest.survey_answers import survey_answers
from forestall.importing.suggest.survey_rows import decide_survey_rows
from forestall.importing.suggest.time_evidence import TimeColumn
from forestall.importing.suggest.zone_evidence import unread_zone


@dataclass(frozen=True)
class Suggestion:
    """A suggested mapping.

    Parameters
    ----------
    mapping, model
        The texts of `mapping.yaml` and `model.yaml`.
    questions
        What could not be decided.
    placed
        Where each column of the sources went.
    """

    mapping: str
    model: str
    questions: list[str]
    placed: dict[str, str]


def suggest_mapping(
    tables: Mapping[str, pl.DataFrame],
    *,
    main: str | None = None,
    options: Mapping[str, Mapping[str, object]] | None = None,
    command: Callable[[str, list[str]], str] | None = None,
) -> Suggestion:
    """Return a commented mapping and a first model for tables that were never seen.

    Parameters
    ----------
    tables
        The rows of each file, by name.
    main
        The file with the interactions; None: found by the keys.
    options
        How each file is read, by its name: the keys of `file` in the mapping.
    command
        Returns the command that imports with the mapping, for its first lines, from the name of the file with
        the interactions and the names of the further tables.
    """
    scene = see(tables, main)
    draft = Draft()
    _decide(scene, draft)
    _write_options(scene, draft, options or {})
    further = [join.table.name for join in scene.joins]
    said = (
        command(scene.main.name, further) if command else "forestall import mapping.yaml SOURCE --output data"
    )
    text = write_mapping(draft, said)
    model = write_model(draft, scene.rating, scene.main.name, scene.times)
    found = [
        line.split("# question: ", 1)[1] for line in (text + model).splitlines() if "# question: " in line
    ]
    return Suggestion(text, model, found, dict(draft.placed))


def _decide(scene: Scene, draft: Draft) -> None:
    """Give each column its place."""
    _write_settings(scene, draft)
    if scene.zone and any(time.zone for time in scene.times.values()):
        draft.place("interactions", scene.zone)
    decide_joins(scene, draft)
    decide_log(scene, draft)
    if scene.key.column and scene.log is None:
        key = scene.key
        question = key.question or _unjoined(scene, str(key.column))
        draft.interactions["interaction_id"] = Entry(key.column, key.reason, question)
        draft.place("interactions", str(key.column))
        _leave_copies(scene, draft, str(key.column))
    decide_survey_rows(scene, draft)
    if scene.rating and "rating" not in draft.feedback:
        draft.feedback["rating"] = Entry(scene.rating.source, scene.rating.reason, scene.rating.question)
        draft.place("feedback", scene.rating.column)
    start = decide_start(scene, draft) if "clock" not in draft.settings else None
    if start and not scene.key.is_unique and "newest_by" not in draft.settings:
        _write_first(scene, draft, start)
    if scene.log is None:
        add_first_event(scene, draft)
    if "clock" not in draft.settings:
        decide_rated_at(scene, draft)
        decide_times(scene, draft, start)
    else:
        _leave_times(scene, draft)
    leaks = _leaks(scene, draft, start)
    for answer in survey_answers(scene.profiles, scene.rating):
        if draft.is_open(answer):
            draft.never_import(
                answer, "looks like a further answer of the survey: known only with the rating"
            )
    leave_after_reviews(scene, draft)
    leave_with_rating(scene, draft)
    decide_arrays(scene, draft)
    decide_durations(scene, draft, leaks)
    decide_counts(scene, draft, leaks)
    decide_of_events(scene, draft, leaks)
    decide_texts(scene, draft, leaks)
    decide_leaks(scene, draft, leaks)
    decide_categories(scene, draft)
    draft.sort_columns(list(scene.profiles))


def _leave_copies(scene: Scene, draft: Draft, key: str) -> None:
    """Leave out columns that repeat the key, such as the number that another system gave and this one took over."""
    for name, profile in scene.profiles.items():
        same = (profile.text == scene.profiles[key].text).drop_nulls()
        if (
            draft.is_open(name)
            and name not in scene.join_keys
            and profile.n_distinct > 1
            and bool(same.all())
        ):
            draft.leave_out(name, f"the same as '{key}'")


def _unjoined(scene: Scene, key: str) -> str:
    """Return a question for files that no key joins."""
    if not scene.strangers or key not in scene.main.frame.columns:
        return ""
    names = ", ".join(f"'{table.name}'" for table in scene.strangers)
    columns = ((table.name, loosely_contained(table, scene.main.frame, key)) for table in scene.strangers)
    near = next((f"{name}.{column}" for name, column in columns if column), "")
    hint = f": '{near}' has them but for case, marks or leading zeros; write them alike" if near else ""
    return f"how does the file {names} belong to it? No column of it has these keys{hint}"


def _write_options(scene: Scene, draft: Draft, options: Mapping[str, Mapping[str, object]]) -> None:
    """Write how the files are read, where the import would not find it out."""
    if own := options.get(scene.main.name):
        lacks_header = "the first line looks like a row, so the columns are numbered: what does each hold?"
        draft.settings["file"] = Entry(dict(own), question="" if own.get("header", True) else lacks_header)
    for name, entry in draft.tables.items():
        if further := options.get(name):
            draft.tables[name] = Entry({**entry.value, "file": dict(further)}, entry.comment)


def _write_settings(scene: Scene, draft: Draft) -> None:
    """Write what holds for the whole file: zone, clock, decimal comma, words for a missing value."""
    has_start = time_of_reviews(scene, draft) is not None or any(
        find_role("times", t.name) not in ("ignored", "updated", "rated_at", "promised_at", "survey_sent")
        for t in may_be_start(scene)
    )
    if scene.log is None and not has_start:
        question = _unknown_times(scene)
        draft.settings["clock"] = Entry("none", "no column is a time that could be the start", question)
    elif not all(time.has_zone or time.zone for time in scene.times.values()) or _lacks_zones(scene):
        question = "in which time zone are the times, such as Europe/Copenhagen? None is named in them"
        if unread := unread_zone(scene.profiles, scene.zone):
            question += f"; '{unread}' names zones in a form that is not known"
        draft.settings["timezone"] = Entry("UTC", "", question)
    if scene.log is None and scene.key.column is None:
        rows = Entry("row_number", "no column identifies a row", scene.key.question)
        draft.settings["keys"] = rows
    commas = [
        name
        for name, p in scene.profiles.items()
        if p.raw.dtype == pl.String and p.numbers is not None and p.commas
    ]
    if commas:
        draft.settings["decimal"] = Entry(",", f"as in column '{commas[0]}'")
    gaps = sorted({gap for table in _all_tables(scene) for p in table for gap in p.gaps})
    if gaps:
        draft.settings["missing"] = Entry(gaps, "besides the usual words for a missing value")
    if not scene.key.is_unique:
        _write_newest(scene, draft)


def _write_first(scene: Scene, draft: Draft, start: TimeColumn) -> None:
    """Let the first of several rows of one key count, where they are of one time, such as the lines of an order."""
    differing = [name for name in scene.profiles if name in scene.differing]
    shown = ", ".join(f"'{name}'" for name in differing[:4])
    question = f"is it enough that the first row of a key counts? Its rows differ in {shown}" if shown else ""
    draft.settings["newest_by"] = Entry(start.source(), "of rows of one time the first counts", question)


def _unknown_times(scene: Scene) -> str:
    """Return a question for columns that are called like the start, and are written in no form that is known."""
    named = ", ".join(f"'{name}'" for name in unread_starts(scene))
    return f"are these times: {named}? Then give their format, and leave 'clock' out" if named else ""


def _lacks_zones(scene: Scene) -> bool:
    """Return whether some rows have no zone, though others do: the zone of the mapping counts for them."""
    zone = scene.profiles[scene.zone] if scene.zone else None
    is_used = any(time.zone for time in scene.times.values())
    return zone is not None and is_used and zone.n_filled < len(zone.text)


def _all_tables(scene: Scene) -> list[list[ColumnProfile]]:
    return [list(table.profiles.values()) for table in (scene.main, *(join.table for join in scene.joins))]


def _write_newest(scene: Scene, draft: Draft) -> None:
    """Say which row counts where a key has several: the newest, by the time of the last change."""
    own = [t for name, t in scene.times.items() if not scene.table_of(name)]
    differing = [t for t in own if t.name in scene.differing]
    roles = ("updated", "rated_at")
    changed = [t for role in roles for t in own if find_role("times", t.name) == role] or differing
    reason = f"{scene.key.reason}; the newest row counts"
    if changed:
        draft.settings["newest_by"] = Entry(changed[0].source(), reason)


def _leave_times(scene: Scene, draft: Draft) -> None:
    for time in scene.times.values():
        for column in time.own_columns:
            if draft.is_open(column):
                draft.leave_out(column, "a time, which `clock: none` cannot use")


def _leaks(scene: Scene, draft: Draft, start: TimeColumn | None) -> dict[str, Leak]:
    """Return the open columns that look known only afterwards."""
    fixed = scene.changing | scene.join_keys
    unplaced = {n: p for n, p in scene.profiles.items() if draft.is_open(n) and n not in fixed}
    outcome = "the rating"
    if scene.rating:
        rated = scene.rating.score.is_not_null()
        bad = pl.select(pl.when(rated).then(scene.rating.score <= scene.rating.bad)).to_series()
    elif flag := _label_flag(unplaced):
        rated = bad = flag.yes.fill_null(False)
        outcome = f"'{flag.name}'"
        del unplaced[flag.name]
    else:
        rated = pl.Series([False] * scene.n_rows)
        bad = pl.Series([None] * scene.n_rows, dtype=pl.Boolean)
    return find_leaks(unplaced, rated, bad, _closed(scene, draft), outcome, _spans(scene, start))


def _spans(scene: Scene, start: TimeColumn | None) -> dict[str, pl.Series]:
    """Return how long after the start each other time lies."""
    if start is None:
        return {}
    known_then = ("promised_at", "purchased_at", "ignored")
    later = [
        t for t in scene.times.values() if t is not start and find_role("times", t.name) not in known_then
    ]
    same = [t for t in later if t.name not in scene.changing and len(t.values) == len(start.values)]
    return {time.name: time.values - start.values for time in same}


def _label_flag(profiles: Mapping[str, ColumnProfile]) -> ColumnProfile | None:
    """Return the column of yes and no that can be predicted where there is no rating, or None."""
    roles = {p.name: find_role("flags", p.name) for p in profiles.values() if p.is_flag and p.n_distinct == 2}
    found = [name for label in LABEL_EVENTS for name, role in roles.items() if role == label]
    return profiles[found[0]] if found else None


def _closed(scene: Scene, draft: Draft) -> pl.Series | None:
    """Return whether each row of the sample is closed, by the time of the closing; None if nothing says it."""
    closing = draft.closing()
    at = closing.value["at"] if closing else None
    column = at if isinstance(at, str) else at.get("column") if isinstance(at, dict) else None
    profile = scene.profiles.get(str(column))
    return profile.text.is_not_null() if profile and str(column) not in scene.changing else None
