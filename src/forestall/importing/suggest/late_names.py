"""What a column's name says of when it is known: with the rating, or only when the interaction is closed.

The suggestions and the data report look here, so that both name the same columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import polars as pl

from forestall.importing.suggest.length_names import is_mere_unit, is_outcome
from forestall.importing.suggest.name_words import find_role, find_roles, has_role, own_words, plain_words

_SURVEY = {
    *(
        "review",
        "reviews",
        "survey",
        "csat",
        "nps",
        "rating",
        "ratings",
        "rated",
        "satisfaction",
        "satisfied",
    ),
    *(
        "feedback",
        "stars",
        "remark",
        "remarks",
        "sentiment",
        "detractor",
        "promoter",
        "helpful",
        "evaluated",
        "evaluation",
        "evaluations",
        "helpfulness",
        "thumbs",
        "upvotes",
    ),
    *("umfrage", "encuesta", "enquete", "rezension", "pesquisa", "sondaggio", "enkat", "undersokelse"),
}
_STATES = {
    "status": "a state of the day of the export: it may have changed after the rating",
    "assignee": "the last one in charge: it may have changed after the rating",
}
_OF_CASES = {
    *(
        "open",
        "opened",
        "closed",
        "new",
        "resolved",
        "solved",
        "progress",
        "pending",
        "hold",
        "active",
        "inactive",
    ),
    *(
        "canceled",
        "cancelled",
        "completed",
        "complete",
        "done",
        "waiting",
        "awaiting",
        "assigned",
        "delivered",
    ),
}
_PLACES = {
    "customer",
    "seller",
    "billing",
    "shipping",
    "home",
    "country",
    "region",
    "address",
    "coordinate",
    "plane",
}
_OF_PERSONS = {"marital", "civil", "employment", "married"}
LENGTH = "a length, known when it is over"
_OF_STEPS = {
    "activity", "action", "event", "status", "step", "stage",
    "user", "usuario", "utente", "utilisateur", "benutzer", "bruger", "agente", "responsable", "responsavel",
}  # fmt: skip
_LAST = {
    "last", "latest", "letzte", "letzter", "sidste", "ultimo", "ultima", "derniere", "dernier", "laatste", "senaste",
}  # fmt: skip
_AT_WORK = {
    "open", "opened", "new", "pending", "active", "progress", "hold", "waiting", "assigned", "offen", "neu", "abnet",
    "aberto", "abierto", "pendente", "pendiente", "ouvert", "aperto", "nuovo", "apen", "oppen",
}  # fmt: skip
_ENDED = {
    "closed", "resolved", "solved", "completed", "done", "finished", "cancelled", "canceled", "geschlossen", "gelost",
    "erledigt", "lukket", "afsluttet", "fechado", "resolvido", "concluido", "encerrado", "cerrado", "resuelto",
    "finalizado", "ferme", "resolu", "gesloten", "opgelost", "chiuso", "risolto", "avslutad", "stangd",
}  # fmt: skip
_MOST_WORDS = 1_000
_MOST_OF_PROMISE = 6
_FINAL = {"final", "outcome", "breach", "breached"}


@dataclass(frozen=True)
class LateName:
    """What a name says.

    Parameters
    ----------
    known
        `with_rating` for what is written with it or after it, `at_closing` for what is settled at the end.
    reason
        Why, in words.
    """

    known: Literal["with_rating", "at_closing"]
    reason: str


def late_by_name(name: str) -> LateName | None:
    """Return when a column is known, as far as its name says that it is late; None if it does not.

    Examples
    --------
    >>> late_by_name("Survey comment").known
    'with_rating'
    >>> late_by_name("Overdue").known
    'at_closing'
    >>> late_by_name("Product line") is None
    True
    """
    by_survey = words_by_name(name) or survey_by_name(name) or churn_by_name(name)
    return by_survey or state_by_name(name) or final_by_name(name)


def late_in(name: str, frame: pl.DataFrame) -> LateName | None:
    """Return when a column is known, by its name; None for the states of a country, which its values show."""
    late = late_by_name(name)
    if name in frame.columns and late is not None and late.reason == LENGTH:
        return None if frame.schema[name] == pl.String and is_worded(frame[name]) else late
    if name not in frame.columns or late is None or late != state_by_name(name):
        return late
    words = frame[name].drop_nulls().unique()
    is_number = words.dtype.is_numeric()
    found = [] if is_number else words.cast(pl.String).head(_MOST_WORDS).to_list()
    return None if is_place(name, found, is_number=is_number) else late


def is_worded(column: pl.Series) -> bool:
    """Return whether texts are words, and no numbers or lengths of time: `Special handling` may be `Fragile`."""
    filled = column.drop_nulls()
    return len(filled) > 0 and not filled.str.contains(r"\d").any()


def churn_by_name(name: str) -> LateName | None:
    """Return that a column says who left, or None."""
    is_churn = bool({"churn", "churned", "attrition"} & set(plain_words(name)))
    return LateName("with_rating", "says who left, which comes after the rating") if is_churn else None


def words_by_name(name: str) -> LateName | None:
    """Return that a column of words is written with the rating, or None."""
    is_written = has_role("texts", "written_with_rating", name)
    return LateName("with_rating", "words written with the rating, by its name") if is_written else None


def survey_by_name(name: str) -> LateName | None:
    """Return that a column belongs to the survey, or None."""
    if has_role("texts", "closing_text", name):
        return None
    *objects, _ = name.split(".")
    if _SURVEY & set(own_words(name)) or _is_rating(name):
        return LateName("with_rating", "belongs to the survey, by its name")
    if any(_SURVEY & set(plain_words(one)) for one in objects):
        return LateName("with_rating", "belongs to an object or a file of the survey, by its name")
    return None


def _is_rating(name: str) -> bool:
    """Return whether a name is that of a rating, not of a thing that ratings are also given for, such as food."""
    return any(role not in ("vague", "aspect") for role, _ in find_roles("ratings", name))


def state_by_name(name: str) -> LateName | None:
    """Return that a column holds the last state of an interaction, or who had it last, or None."""
    role = find_role("categories", name)
    if _OF_PERSONS & set(own_words(name)):
        return None
    if set(own_words(name)) - {"is"} in ({"open"}, {"closed"}, {"active"}):
        role = "status"
    first, *rest = own_words(name) or ("",)
    if first in _LAST and _OF_STEPS & set(rest):
        return LateName("with_rating", "the last of several: it may have come after the rating")
    return LateName("with_rating", _STATES[role]) if role in _STATES else None


def are_states(words: Iterable[str]) -> bool:
    """Return whether the words of a column are states of a case: some of a case at work, and some of its end.

    Examples
    --------
    >>> are_states(["Closed", "Open", "In Progress"]), are_states(["Active", "New"]), are_states(["Open", "North"])
    (True, False, False)
    """
    parts = [set(plain_words(word)) for word in words]
    is_known = all(part & (_AT_WORK | _ENDED) for part in parts)
    return is_known and any(part & _AT_WORK for part in parts) and any(part & _ENDED for part in parts)


def are_on_time(words: Iterable[str]) -> bool:
    """Return whether the words of a column say whether a promise was kept, such as `On time` and `Delayed`.

    Examples
    --------
    >>> are_on_time(["On-time", "Delayed"]), are_on_time(["Late"]), are_on_time(["Express", "Late"])
    (True, False, False)
    """
    found = list(words)
    return 1 < len(found) <= _MOST_OF_PROMISE and all(has_role("flags", "late_flag", word) for word in found)


def is_place(name: str, words: Iterable[str], *, is_number: bool = False) -> bool:
    """Return whether a `state` is one of a country: no number, and no word for the state of a case.

    Examples
    --------
    >>> is_place("State", ["CA", "NY"]), is_place("State", ["Closed", "New"]), is_place("customer_state", ["SP"])
    (True, False, True)
    """
    if find_role("categories", name) != "status":
        return False
    if _PLACES & set(plain_words(name)):
        return True
    found = {part for word in words for part in plain_words(word)}
    return "state" in plain_words(name) and not is_number and not (found & _OF_CASES)


def final_by_name(name: str) -> LateName | None:
    """Return that a column is settled only when the interaction is closed, or None."""
    if find_role("categories", name) == "closing":
        return LateName("at_closing", "written when the interaction is closed, by its name")
    counts = [role for role, _ in find_roles("counts", name)]
    flags = [role for role, _ in find_roles("flags", name)]
    if "late_flag" in flags or counts or {"reopened", "resolved"} & set(flags):
        return LateName("at_closing", "a final value: it is settled only when the interaction is closed")
    if _FINAL & set(own_words(name)):
        return LateName("at_closing", "known only at the end, by its name")
    if (has_role("holds", "length", name) and is_outcome(name)) or is_mere_unit(name):
        return LateName("at_closing", LENGTH)
    return None
