"""Steps of an event log that are several rows, such as a row for the start and one for the completion of a step."""

from __future__ import annotations

import re
from typing import NamedTuple

import polars as pl

from forestall.importing.import_notes import ImportNotes
from forestall.importing.mapping import Mapping
from forestall.importing.values.words import fold, fold_texts

_ENDS = frozenset({"complete", "completed", "end", "ended", "finish", "finished", "done"})
_OTHERS = frozenset({
    "schedule", "scheduled", "assign", "assigned", "reassign", "reassigned", "start", "started", "begin", "suspend",
    "suspended", "resume", "resumed", "withdraw", "pi_abort", "ate_abort", "autoskip", "manualskip", "unknown",
})  # fmt: skip
"""The transitions of the standard XES and words like them."""
_NAME = re.compile(r"life.?cycle|transition", re.IGNORECASE)
_FEWEST = 0.2  # of the steps that end


class Lifecycle(NamedTuple):
    """A column that says which part of a step a row is.

    Parameters
    ----------
    column
        The column.
    others
        Its words that do not end a step, as they stand there.
    """

    column: str
    others: list[str]


def find_lifecycle(frame: pl.DataFrame, case: str, activity: str, columns: list[str]) -> Lifecycle | None:
    """Return the column by which a step is several rows, None if there is none.

    Parameters
    ----------
    frame
        The rows of the log.
    case, activity
        The columns of the case and of the activity.
    columns
        The columns that may say it.
    """
    for name in columns:
        if frame.schema[name] != pl.String or name in (case, activity):
            continue
        words = frame[name].drop_nulls().unique().sort().to_list() if frame[name].n_unique() < 20 else []
        others = [word for word in words if fold(word) in _OTHERS]
        ends = [word for word in words if fold(word) in _ENDS]
        if not others or not ends or len(others) + len(ends) < len(words):
            continue
        ending = fold_texts(frame[name]).is_in(sorted(_ENDS))
        steps = [frame.filter(rows).select(case, activity).unique() for rows in (ending, ~ending)]
        if steps[0].join(steps[1], on=[case, activity], how="semi").height > _FEWEST * steps[0].height:
            return Lifecycle(name, others)
    return None


def warn_of_lifecycle(plan: Mapping, frame: pl.DataFrame, notes: ImportNotes) -> None:
    """Warn if an event log has a step in several rows, which all become events, and the mapping does not use it."""
    if plan.event_log is None:
        return
    used = {use.column for use in plan.columns()}
    unused = [name for name in frame.columns if _NAME.search(name) and name not in used]
    found = find_lifecycle(frame, plan.event_log.case, plan.event_log.activity, unused)
    if found is not None:
        notes.warn(
            f"event_log: a step is several rows by '{found.column}', and each of them becomes an event; so that a step "
            f"counts once, write 'leave_out: {{column: {found.column}, is: [{', '.join(found.others)}]}}'"
        )
