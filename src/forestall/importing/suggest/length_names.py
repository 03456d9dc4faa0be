"""What a column's name says of a length of time: known when it is over, known before, or promised."""

from __future__ import annotations

from itertools import pairwise

from forestall.importing.suggest.name_words import find_role, own_words

_OUTCOMES = {
    *("duration", "length", "elapsed", "took", "spent", "handling", "handle", "speed", "taken", "tracked"),
    *("preparation", "prep", "processing", "travel", "transit"),
    *("dauer", "varighed", "duracion", "duree", "duur", "duracao", "durata", "varaktighet", "varighet"),
}
_LENGTHS = {"time", "tempo", "tiempo", "temps"}
_BEFORE = {
    *(
        "age",
        "tenure",
        "since",
        "experience",
        "delay",
        "notice",
        "lead",
        "membership",
        "account",
        "distance",
        "stay",
    ),
    *("nights", "contract", "warranty", "old", "dias", "alter", "alder"),
}
_LONG_BEFORE = {
    *(
        "age",
        "tenure",
        "experience",
        "lead",
        "notice",
        "membership",
        "old",
        "relationship",
        "relacionamento",
        "antiguedad",
        "antiguidade",
        "casa",
        "contrato",
        "shelf",
        "life",
    ),
}
_PROMISES = {
    *(
        "sla",
        "target",
        "promised",
        "promise",
        "estimated",
        "expected",
        "limit",
        "agreed",
        "scheduled",
        "planned",
    ),
    *("allowed", "standard", "eta", "prazo", "frist", "plazo"),
}
_OF_CALENDAR = {"day", "hour", "minute", "second", "d", "h", "m", "s", "hr"}


def is_mere_unit(name: str) -> bool:
    """Return whether a name says nothing but a unit of time in the plural: `Hours`, unlike the hour of a day.

    Examples
    --------
    >>> is_mere_unit("Horas"), is_mere_unit("Hour"), is_mere_unit("Opening hours")
    (True, False, False)
    """
    words = own_words(name)
    return bool(words) and all(find_role("units", word) and word not in _OF_CALENDAR for word in words)


def is_outcome(name: str) -> bool:
    """Return whether a length of time is known only when it is over, unlike an age or a promise.

    Examples
    --------
    >>> is_outcome("Handling time"), is_outcome("Account age in days"), is_outcome("Expected delivery time")
    (True, False, False)
    """
    words = own_words(name)
    is_until = ("time", "to") in pairwise(words)  # such as `time_to_assignment`
    is_measured = is_until or bool(_OUTCOMES & set(words)) or bool(_LENGTHS & {*words[:1], *words[-1:]})
    return is_measured and not is_promise(name) and not is_long_before(name)


def is_known_before(name: str) -> bool:
    """Return whether a length of time is one of before the interaction, such as the age of an account, or a promise.

    Examples
    --------
    >>> is_known_before("Customer tenure in months"), is_known_before("FairTTASeconds")
    (True, False)
    """
    return bool((_BEFORE | _LONG_BEFORE) & set(own_words(name))) or is_promise(name)


def is_mere_delay(name: str) -> bool:
    """Return whether only the word delay says that a length is known before: it is, unless the times say when.

    Examples
    --------
    >>> is_mere_delay("handoff_delay_minutes"), is_mere_delay("Account age in days")
    (True, False)
    """
    return (_BEFORE | _LONG_BEFORE) & set(own_words(name)) == {"delay"} and not is_promise(name)


def is_long_before(name: str) -> bool:
    """Return whether a number counts what was before the interaction, such as the age of who delivers, and no wait.

    Examples
    --------
    >>> is_long_before("Delivery_person_Age"), is_long_before("Delivery time")
    (True, False)
    """
    return bool(_LONG_BEFORE & set(own_words(name)))


def is_promise(name: str) -> bool:
    """Return whether a length of time is what was promised, not what was needed.

    Examples
    --------
    >>> is_promise("sla_target_hours")
    True
    """
    return bool(_PROMISES & set(own_words(name)))
