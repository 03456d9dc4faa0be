"""Which columns look known only afterwards: with the rating, or when the interaction is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

from forestall.importing.suggest.column_profile import ColumnProfile
from forestall.importing.suggest.late_names import (
    LENGTH,
    are_on_time,
    are_states,
    churn_by_name,
    final_by_name,
    is_place,
    is_worded,
    state_by_name,
    survey_by_name,
    words_by_name,
)
from forestall.importing.suggest.name_words import find_role, find_roles, plain_words
from forestall.importing.value_sources import UNITS_S

_AFTERWARDS = {"complained", "refunded", "returned"}
TELLS_ALONE = 0.9
"""A column whose AUC alone is above this is taken as known only with the rating."""
_FEWEST = 20
_STEPS, _SAME_ORDER = 10, 0.95
_FEW = 5
"""Enough where not a single row differs: chance picks the same 5 of 20 rows once in 15,000 times."""
_OF_STAFF = {
    "agent",
    "supervisor",
    "manager",
    "shift",
    "tenure",
    "clerk",
    "advisor",
    "mitarbeiter",
    "medarbejder",
}


@dataclass(frozen=True)
class Leak:
    """Why a column is known only afterwards, and from when on: the rating, the closing, or the service."""

    known: Literal["with_rating", "at_closing", "at_service"]
    reason: str


def find_leaks(
    profiles: Mapping[str, ColumnProfile],
    rated: pl.Series,
    bad: pl.Series,
    closed: pl.Series | None,
    outcome: str = "the rating",
    spans: Mapping[str, pl.Series] | None = None,
) -> dict[str, Leak]:
    """Return the columns that look known only afterwards.

    Parameters
    ----------
    profiles
        The columns.
    rated
        Whether each row of the sample has a rating, or the event that is predicted.
    bad
        Whether its rating is bad; null without a rating.
    closed
        Whether each row is closed; None if the source does not say it.
    outcome
        What `rated` and `bad` are about, for the reasons.
    spans
        How long after the start each later time lies, by the name of its column.
    """
    found: dict[str, Leak] = {}
    states = [p for p in profiles.values() if _is_state(p)]
    for name, profile in profiles.items():
        leak = (
            _by_rating(profile, rated, bad, outcome)
            or _by_name(profile)
            or _of_few(profile)
            or _by_closing(profile, closed)
            or _by_state(profile, states)
            or _by_span(profile, spans or {})
        )
        if leak:
            found[name] = leak
    return found


def _by_name(profile: ColumnProfile) -> Leak | None:
    return _of_survey(profile) or _of_snapshot(profile) or _of_staff(profile)


def _of_survey(profile: ColumnProfile) -> Leak | None:
    is_worded = not profile.is_flag and profile.numbers is None
    late = (words_by_name(profile.name) if is_worded else None) or survey_by_name(profile.name)
    late = late or churn_by_name(profile.name)
    return Leak("with_rating", late.reason) if late else None


def _of_snapshot(profile: ColumnProfile) -> Leak | None:
    """Return the leak of a column that holds the last state of an interaction, or None."""
    if (state := state_by_name(profile.name)) and not _is_place(profile):
        return Leak("with_rating", state.reason)
    if are_states(profile.words):
        return Leak("with_rating", "a state of the day of the export, by its words")
    if are_on_time(profile.words):
        return Leak("at_closing", "says whether a promise was kept, by its words")
    if any("sla" in plain_words(word) for word in profile.words):
        return Leak("at_closing", "says whether the standard was met, which is settled at the end")
    late = final_by_name(profile.name)
    if late and not (late.reason == LENGTH and (is_worded(profile.text) or profile.is_flag)):
        return Leak("at_closing", late.reason)
    return None


def _of_staff(profile: ColumnProfile) -> Leak | None:
    words, roles = plain_words(profile.name), find_roles("categories", profile.name)
    is_person = bool(roles) and roles[0][0] == "staff" and len(words) <= roles[0][1] + ("id" in words)
    if _OF_STAFF & set(words) and not is_person:
        return Leak("at_service", "says something of who serves, known when they begin to")
    return None


def _of_few(profile: ColumnProfile) -> Leak | None:
    """Return the leak of what few interactions come to, such as the amount of a refund or the type of a complaint."""
    roles = {
        role for section in ("flags", "counts", "times") for role, _ in find_roles(section, profile.name)
    }
    if profile.is_flag or profile.is_nested or profile.is_free_text or not roles & _AFTERWARDS:
        return None
    filled = profile.n_filled if profile.numbers is None else int((profile.numbers != 0).sum())
    if not _FEWEST <= filled < 0.5 * len(profile.text):
        return None
    return Leak("with_rating", "filled in few rows: what an interaction came to, which is known afterwards")


def _is_state(profile: ColumnProfile) -> bool:
    is_named = find_role("categories", profile.name) == "status" and not _is_place(profile)
    return len(profile.words) > 1 and (is_named or are_states(profile.words))


def _is_place(profile: ColumnProfile) -> bool:
    return is_place(profile.name, profile.words, is_number=profile.numbers is not None)


def _by_rating(profile: ColumnProfile, rated: pl.Series, bad: pl.Series, outcome: str) -> Leak | None:
    filled = profile.text.is_not_null()
    n_filled, n_rated = int(filled.sum()), int(rated.sum())
    if n_filled >= _FEWEST and _FEWEST <= n_rated < 0.9 * len(rated):
        share = int((filled & rated).sum()) / n_filled
        if share >= 0.98:
            return Leak("with_rating", f"filled only in rows with {outcome} ({share:.1%} of its cells)")
    if tells_exactly(profile, rated):
        return Leak("with_rating", f"tells which rows have {outcome}")
    auc = tells_alone(profile, bad)
    if auc > TELLS_ALONE:
        return Leak("with_rating", f"it alone tells {outcome}: AUC {auc:.2f}")
    return None


def tells_exactly(profile: ColumnProfile, rows: pl.Series) -> bool:
    """Return whether a column is filled, or says yes, in exactly these rows; a few of them are enough."""
    if profile.is_nested or not _FEW <= int(rows.sum()) <= len(rows) - _FEW:
        return False
    says_yes = profile.yes.fill_null(False) if profile.is_flag else rows.is_null()
    return any(bool((told == rows).all()) for told in (profile.text.is_not_null(), says_yes))


def _by_closing(profile: ColumnProfile, closed: pl.Series | None) -> Leak | None:
    if closed is None:
        return None
    filled = profile.text.is_not_null()
    n_filled, n_closed = int(filled.sum()), int(closed.sum())
    if n_filled < _FEWEST or n_closed > 0.95 * len(closed) or n_closed < _FEWEST:
        return None
    if int((filled & closed).sum()) / n_filled >= 0.99:
        return Leak("at_closing", "filled only in closed rows")
    return None


def _by_state(profile: ColumnProfile, states: list[ColumnProfile]) -> Leak | None:
    """Return the leak of a column that follows from the last state: filled in some states only, or telling the same."""
    if profile.is_nested or not profile.n_filled:
        return None
    filled = profile.text.is_not_null()
    for state in states:
        if state is profile:
            continue
        if min(profile.n_filled, len(filled) - profile.n_filled) >= _FEWEST and _follows(filled, state):
            return Leak("at_closing", f"filled only in some states of '{state.name}'")
        usual = profile.text == profile.text.drop_nulls().mode().sort().first()
        if profile.n_distinct > 2 and int(usual.sum()) >= _FEWEST and _follows(usual, state):
            return Leak("at_closing", f"has its usual value only in some states of '{state.name}'")
        if len(profile.words) > 1 and _follows(profile.text, state):
            return Leak("at_closing", f"follows from '{state.name}', the last state")
    return None


def _by_span(profile: ColumnProfile, spans: Mapping[str, pl.Series]) -> Leak | None:
    """Return the leak of a number that counts the days, hours or minutes until a later time."""
    number = profile.numbers
    if number is None or profile.n_distinct < 3:
        return None
    for name, span in spans.items():
        us = span.dt.total_microseconds()
        for unit in ("days", "hours", "minutes", "seconds"):
            apart = (us / (UNITS_S[unit] * 1_000_000) - number).drop_nulls()
            both = pl.DataFrame([number.alias("number"), us.alias("us")]).drop_nulls()
            is_long = float((both["number"] >= 1).mean() or 0) > 0.5  # type: ignore[arg-type]
            if len(apart) >= _FEWEST and is_long and float((apart.abs() <= 1).mean() or 0) > 0.9:  # type: ignore[arg-type]
                return Leak("at_closing", f"the {unit} until '{name}'")
        if _grows_with(number, us):
            return Leak("at_closing", f"grows with the time until '{name}'")
    return None


def _grows_with(number: pl.Series, span: pl.Series) -> bool:
    """Return whether a number is nearly in the order of a span, such as the working days until an answer."""
    both = pl.DataFrame([number.alias("number"), span.alias("span")]).drop_nulls()
    if both.height < _FEWEST or both["number"].n_unique() < _STEPS or both["span"].n_unique() < _STEPS:
        return False
    return float(both.select(pl.corr("number", "span", method="spearman")).item() or 0) > _SAME_ORDER


def _follows(values: pl.Series, state: ColumnProfile) -> bool:
    """Return whether the state alone says nearly always which value stands in a row."""
    rows = pl.DataFrame({"value": values.cast(pl.String), "state": state.text}).drop_nulls()
    counts = rows.group_by("state", "value").len()
    if counts["value"].n_unique() < 2 or rows.height < 2 * _FEWEST:
        return False
    usual = counts.group_by("value").agg(pl.col("len").sum()).select(pl.col("len").max()).item()
    told = counts.group_by("state").agg(pl.col("len").max()).select(pl.col("len").sum()).item()
    return bool(rows.height - told <= 0.02 * (rows.height - usual))


def tells_alone(profile: ColumnProfile, bad: pl.Series) -> float:
    """Return the AUC with which a column alone tells bad ratings from good ones; 0.5 if it cannot be measured.

    A number is used as it is, or with its sign turned; a category by the share of bad ratings in the other
    half of the rows; any column by whether a cell is filled.
    """
    judged = bad.is_not_null()
    label = bad.filter(judged).to_numpy().astype(bool)
    if min(label.sum(), (~label).sum()) < _FEWEST or profile.is_nested:
        return 0.5
    filled = profile.text.is_not_null().filter(judged).to_numpy().astype(float)
    scores = [filled]
    number = profile.numbers
    if number is not None:
        scores.append(number.filter(judged).fill_null(number.median()).fill_nan(0.0).to_numpy())
    aucs = [_auc(label, score) for score in scores]
    if profile.is_category and profile.n_distinct <= len(label) / 10:
        aucs.append(_auc_of_groups(profile.text.filter(judged), label))
    return max(aucs)


def _auc(label: np.ndarray, score: np.ndarray) -> float:
    auc = float(roc_auc_score(label, score))
    return max(auc, 1 - auc)


def _auc_of_groups(groups: pl.Series, label: np.ndarray) -> float:
    """Return the AUC of each group's share of bad ratings, as counted in the other half of the rows."""
    rows = pl.DataFrame({"group": groups.fill_null(""), "bad": label, "half": np.arange(len(label)) % 2})
    base = float(label.mean())
    shares = rows.group_by("group", "half").agg((pl.col("bad").sum() + base) / (pl.len() + 1))
    other = rows.with_columns(half=1 - pl.col("half")).join(
        shares, on=["group", "half"], how="left", maintain_order="left", suffix="_share"
    )
    return float(roc_auc_score(label, other["bad_share"].fill_null(base).to_numpy()))
