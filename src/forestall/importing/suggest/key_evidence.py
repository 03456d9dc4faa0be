"""The key of a source, and whether its rows are interactions, events or messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from forestall.importing.suggest.column_profile import SAMPLE_ROWS, ColumnProfile, share_of
from forestall.importing.suggest.name_words import find_role, find_roles, has_role, plain_words
from forestall.importing.suggest.time_evidence import TimeColumn

_ROW_WORDS = {
    "event",
    "message",
    "msg",
    "log",
    "entry",
    "line",
    "row",
    "index",
    "activity",
    "history",
    "unnamed",
}
_OF_OTHERS = {
    "customer_id",
    "staff",
    "assignee",
    "venue",
    "product",
    "product_category",
    "personal",
    "survey_key",
}
_CALENDAR = {"week", "month", "year", "quarter", "hour", "weekday"}
"""Such as of `Week number`, which is no key."""
_COUNTED = {"count", "counts", "total"}
_MAX_ACTIVITIES = 300
_NEARLY_ALL = 0.95
_BUT_FOR_MISTAKES = 0.98


@dataclass(frozen=True)
class LogColumns:
    """The columns of a source with one row per event or message.

    Parameters
    ----------
    case, timestamp
        The key of the interaction, and the time of the event.
    activity
        What happened; in a conversation, who said it.
    message
        The words, in a conversation.
    """

    case: str
    activity: str
    timestamp: str
    message: str | None = None


@dataclass(frozen=True)
class Key:
    """The key of the interactions.

    Parameters
    ----------
    column
        Its column, or None if no column identifies a row.
    is_unique
        Whether each row has a key of its own.
    reason, question
        What decided it, or what could not be decided.
    """

    column: str | None
    is_unique: bool = True
    reason: str = ""
    question: str = ""


def find_key(profiles: Mapping[str, ColumnProfile], times: Mapping[str, TimeColumn]) -> Key:
    """Return the key of a source's rows: a unique column, by its name and its place; else one that repeats."""
    unique = [p for p in profiles.values() if p.is_unique and p.name not in times and p.words_per_cell < 1.5]
    named = [p for p in unique if _key_rank(p.name) > 0]
    if named:
        best = max(
            named, key=lambda p: (-p.name.count("."), _key_rank(p.name))
        )  # rather `id` than `metrics.ticket_id`
        return Key(best.name, reason="no two rows have the same")
    repeated = [
        p
        for p in profiles.values()
        if _can_repeat(p, times)
        and (_keeps_a_time(p, times) or p.n_distinct >= _BUT_FOR_MISTAKES * p.n_filled)
    ]
    if repeated:
        best = max(repeated, key=lambda p: (_key_rank(p.name), p.n_distinct))
        share = best.n_distinct / best.n_filled
        if share > (0.5 if times else _NEARLY_ALL):  # without times no row of a key is the newest
            return Key(best.name, is_unique=False, reason=f"{1 - share:.1%} of the rows repeat a key")
    if (same := _key_by_times(profiles, times)) is not None:
        share = same.n_distinct / same.n_filled
        question = f"does '{same.name}' identify an interaction? Rows with the same have the same times"
        return Key(
            same.name, is_unique=False, reason=f"{1 - share:.1%} of the rows repeat a key", question=question
        )
    others = [p for p in unique if p.raw.dtype == pl.String and not is_key_of_others(p.name) and _is_code(p)]
    if others:
        question = "does this column identify an interaction? No two rows have the same"
        return Key(others[0].name, question=question)
    if repeated := [p for p in profiles.values() if _can_repeat(p, times) and not _is_row_key(p.name)]:
        best = max(repeated, key=lambda p: (_key_rank(p.name), p.n_distinct))
        question = (
            f"are all rows with one '{best.name}' one interaction? Then map them by `event_log: {{case: …}}`"
        )
        return Key(None, question=f"no column identifies a row; {question}")
    return Key(None, question="no column identifies a row; which columns tell one interaction from another?")


def _is_code(profile: ColumnProfile) -> bool:
    return profile.numbers is None or profile.is_whole


def _key_by_times(
    profiles: Mapping[str, ColumnProfile], times: Mapping[str, TimeColumn]
) -> ColumnProfile | None:
    """Return the column of codes that repeats with its times: rows with one key are of one interaction; or None."""
    for profile in profiles.values():
        is_filled = profile.n_filled == len(profile.text) and profile.words_per_cell < 1.5
        is_many = profile.n_distinct > max(0.2 * profile.n_filled, 20)
        if profile.name in times or not (is_filled and is_many and _is_code(profile)):
            continue
        if is_key_of_others(profile.name) or not times:
            continue
        if _keeps_a_time(profile, times, n_fewest=20):
            return profile
    return None


def _keeps_a_time(profile: ColumnProfile, times: Mapping[str, TimeColumn], n_fewest: int = 0) -> bool:
    """Return whether rows with the same key nearly always share one of the times, as one interaction has its start.

    Other rows are of several interactions, such as all reviews by one person. True where nothing can be compared.
    """
    rows = pl.DataFrame([profile.text.alias("key"), *(t.values.alias(name) for name, t in times.items())])
    several = rows.drop_nulls("key").filter(pl.len().over("key") > 1)
    if not times or several.height < max(n_fewest, 1):
        return n_fewest == 0
    same = several.group_by("key").agg(pl.exclude("key").n_unique() == 1)
    return max(share_of(same[name]) for name in times) > 0.9


def _key_rank(name: str) -> float:
    """Return how much a name speaks of a key of interactions; 0 if it does not."""
    words = next((n for role, n in find_roles("holds", name) if role == "key"), 0)
    if not words or has_role("holds", "clean", name) or (_CALENDAR | _COUNTED) & set(plain_words(name)):
        return 0.0
    return 0.1 if is_key_of_others(name) else float(words)


def is_key_of_others(name: str) -> bool:
    """Return whether a name is that of the key of a customer, a product or a place, not of an interaction."""
    return any(role in _OF_OTHERS for role, _ in find_roles("categories", name)[:1])


def _can_repeat(profile: ColumnProfile, times: Mapping[str, TimeColumn]) -> bool:
    is_filled = profile.n_filled >= 0.95 * len(profile.text) and profile.n_distinct > 1
    n_words = 1.5 if _key_rank(profile.name) < 2 else 3.0
    is_id = _key_rank(profile.name) >= 1 and profile.name not in times and profile.words_per_cell < n_words
    return is_filled and is_id


def find_log(
    frame: pl.DataFrame, profiles: Mapping[str, ColumnProfile], times: Mapping[str, TimeColumn]
) -> LogColumns | None:
    """Return the columns of an event log or a conversation, or None if the rows are something else.

    Keys must repeat, the times must differ within a key, and a column must say what happened or who spoke.
    """
    named = [p for p in profiles.values() if _key_rank(p.name) >= 1 and not _is_row_key(p.name)]
    if any(p.is_unique or _is_nearly_unique(frame[p.name]) for p in named):
        return None
    cases = [p for p in profiles.values() if _can_repeat(p, times) and not _is_row_key(p.name)]
    cases.sort(key=lambda p: -_key_rank(p.name))
    for case in cases:
        n_cases = frame[case.name].n_unique()
        if frame.height < 1.3 * n_cases:
            continue
        log = log_of_case(frame, case.name, profiles, times)
        if log:
            return log
    return None


def _is_nearly_unique(column: pl.Series) -> bool:
    """Return whether hardly a row repeats the key of another: by mistake then, and not as a further event."""
    filled = column.drop_nulls()
    return len(filled) > _NEARLY_ALL * len(column) and filled.n_unique() > _NEARLY_ALL * len(filled)


def log_of_case(
    frame: pl.DataFrame,
    case: str,
    profiles: Mapping[str, ColumnProfile],
    times: Mapping[str, TimeColumn],
) -> LogColumns | None:
    """Return the columns of an event log or a conversation whose case is known, or None."""
    changing = changing_columns(case_sample(frame, case), case)
    timestamp = _timestamp(changing, times)
    if timestamp is None:
        return None
    spoken = _conversation(changing, profiles)
    if spoken:
        return LogColumns(case, spoken[0], timestamp, spoken[1])
    activity = _activity(changing, profiles, times)
    return LogColumns(case, activity, timestamp) if activity else None


def _is_row_key(name: str) -> bool:
    return bool(_ROW_WORDS & set(plain_words(name)))


def case_sample(frame: pl.DataFrame, case: str, n_rows: int = SAMPLE_ROWS) -> pl.DataFrame:
    """Return all rows of some cases, spread over the frame; about `n_rows` in all."""
    if frame.height <= n_rows:
        return frame
    cases = frame[case].unique(maintain_order=True)
    return frame.filter(pl.col(case).is_in(cases.gather_every(-(-frame.height // n_rows)).implode()))


def changing_columns(rows: pl.DataFrame, case: str) -> dict[str, float]:
    """Return the columns that change within a case, each with the share of the cases in which it does."""
    others = [name for name in rows.columns if name != case and not rows.schema[name].is_nested()]
    several = rows.filter(pl.len().over(case) > 1)
    if not several.height:
        return {}
    counts = several.group_by(case, maintain_order=True).agg(
        (pl.col(name).drop_nulls().n_unique() > 1)
        | (pl.col(name).first().is_null() & pl.col(name).is_not_null().any())
        for name in others
    )
    shares = {name: float(counts[name].mean() or 0) for name in others}  # type: ignore[arg-type]
    return {name: share for name, share in shares.items() if share > 0.01}


def _timestamp(changing: Mapping[str, float], times: Mapping[str, TimeColumn]) -> str | None:
    """Return the time that changes most within a case; of equals the first in the source."""
    own = [name for name in times if changing.get(name, 0) > 0.2 and not _is_later_fact(name)]
    return max(own, key=lambda name: round(changing[name], 1), default=None)


def _is_later_fact(name: str) -> bool:
    return find_role("times", name) in ("promised_at", "rated_at", "closed", "resolved")


def _conversation(
    changing: Mapping[str, float], profiles: Mapping[str, ColumnProfile]
) -> tuple[str, str] | None:
    """Return the columns of who spoke and of what was said, or None."""
    senders = [n for n in changing if profiles[n].words and has_role("logs", "sender", n)]
    messages = [n for n in changing if profiles[n].words_per_cell > 1.5 and has_role("logs", "message", n)]
    if not senders or not messages:
        return None
    # such as `direction`, whose words are known, rather than `from`, which holds names
    known = {
        name: share_of(profiles[name].text.drop_nulls().is_in(_senders(profiles[name]))) for name in senders
    }
    return max(senders, key=lambda name: known[name]), messages[0]


def _senders(profile: ColumnProfile) -> list[str]:
    return [word for word in profile.words if find_role("senders", word)]


def _activity(
    changing: Mapping[str, float], profiles: Mapping[str, ColumnProfile], times: Mapping[str, TimeColumn]
) -> str | None:
    found = [
        (dict(find_roles("logs", name)).get("activity", 0), -place, name)
        for place, name in enumerate(changing)
        if name not in times
        and not name.startswith("case:")
        and 1 < profiles[name].n_distinct <= _MAX_ACTIVITIES
        and changing[name] > 0.2
        and not profiles[name].is_flag
    ]
    best = max(found, default=(0, 0, ""))
    return best[2] if best[0] else None
