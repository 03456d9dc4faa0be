"""Whether the rows of a source are events or messages, and which columns say what happened, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from forestall.importing.suggest.column_profile import SAMPLE_ROWS, ColumnProfile, share_of
from forestall.importing.suggest.key_evidence import NEARLY_ALL, can_repeat, is_row_key, key_rank
from forestall.importing.suggest.name_words import find_role, find_roles, has_role
from forestall.importing.suggest.time_evidence import TimeColumn

_MAX_ACTIVITIES = 300
_MANY_COLUMNS = 8


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


def find_log(
    frame: pl.DataFrame, profiles: Mapping[str, ColumnProfile], times: Mapping[str, TimeColumn]
) -> LogColumns | None:
    """Return the columns of an event log or a conversation, or None if the rows are something else.

    Keys must repeat, the times must differ within a key, and a column must say what happened or who spoke.
    """
    named = [p for p in profiles.values() if key_rank(p.name) >= 1 and not is_row_key(p.name)]
    if any(p.is_unique or _is_nearly_unique(frame[p.name]) for p in named):
        return None
    cases = [p for p in profiles.values() if can_repeat(p, times) and not is_row_key(p.name)]
    cases.sort(key=lambda p: -key_rank(p.name))
    for case in cases:
        n_cases = frame[case.name].n_unique()
        if frame.height < 1.3 * n_cases:
            continue
        log = log_of_case(frame, case.name, profiles, times)
        if log and not _is_about_rows(frame, log, profiles):
            return log
    return _log_of_persons(frame, profiles, times) if not cases else None


def _is_about_rows(frame: pl.DataFrame, log: LogColumns, profiles: Mapping[str, ColumnProfile]) -> bool:
    """Return whether each row has a code of its own and nothing belongs to a case: all of many columns change in it."""
    used = (log.case, log.activity, log.timestamp)
    rest = [name for name, p in profiles.items() if name not in used and p.n_distinct > 1]
    has_code = any(profiles[name].is_unique and profiles[name].words_per_cell < 1.5 for name in rest)
    if not has_code or len(rest) < _MANY_COLUMNS:
        return False
    changing = changing_columns(case_sample(frame, log.case), log.case)
    return all(name in changing for name in rest)


def _log_of_persons(
    frame: pl.DataFrame, profiles: Mapping[str, ColumnProfile], times: Mapping[str, TimeColumn]
) -> LogColumns | None:
    """Return the columns of a log of what happened to persons: with nothing else in it, it is no list of contacts."""
    persons = [name for name in profiles if find_role("categories", name) == "customer_id"]
    if len(persons) != 1 or frame.height < 3 * frame[persons[0]].n_unique():
        return None
    log = log_of_case(frame, persons[0], profiles, times)
    rest = [name for name in profiles if log and name not in (log.case, log.activity, log.timestamp)]
    return log if log and all(has_role("logs", "resource", name) for name in rest) else None


def _is_nearly_unique(column: pl.Series) -> bool:
    """Return whether hardly a row repeats the key of another: by mistake then, and not as a further event."""
    filled = column.drop_nulls()
    return len(filled) > NEARLY_ALL * len(column) and filled.n_unique() > NEARLY_ALL * len(filled)


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
