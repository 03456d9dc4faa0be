"""What the words in a column's name say, by the tables in `words.yaml`."""

from __future__ import annotations

import re
import unicodedata
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import Any

import yaml

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BREAK = re.compile(r"[^a-z0-9]+")
_JOINED = re.compile(r"(.{3,}?)(timestamp|datetime|date|time)$")
_MERE_KEYS = {"id", "key", "no", "nr", "number", "uuid"}
_MERE_PARTS = _MERE_KEYS | {
    "value",
    "display",
    "score",
    "rating",
    "calendar",
    "business",
    "elapsed",
    "amount",
    "count",
    "name",
}
"""What says too little without the object that it is in, such as `value`, of `first_response_minutes.value`."""
_JOINING = frozenset({"of", "on", "in", "to", "per", "the", "from"})
_AHEAD = frozenset({"for", "pending", "awaiting", "until"})
"""What stands before an event that is still to come: `Out for delivery` is no delivery."""
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "Æ": "Ae", "Ø": "O", "ð": "d", "œ": "oe"})


_PLURAL_SECTIONS = {"ratings", "texts", "categories"}
"""Where `Driver ratings` says the same as `Driver rating`; `days` and `day` say different things elsewhere."""


def _singular(word: str) -> str:
    """Return a word of a name without the `s` of an English plural."""
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word


def read_words(file: str) -> Any:
    """Return the content of a data file of this package."""
    return yaml.safe_load(resources.files(__package__).joinpath(file).read_text(encoding="utf-8"))


@cache
def plain_words(text: str) -> tuple[str, ...]:
    """Return the words of a name or of a value: lower case, without accents, split at `_` and in camelCase.

    Examples
    --------
    >>> plain_words("FirstResponse_Time (hours)")
    ('first', 'response', 'time', 'hours')
    >>> plain_words("Gäste-Nr.")
    ('gaste', 'nr')
    >>> plain_words("createdate")
    ('create', 'date')
    >>> plain_words("受付日時"), plain_words("Gesluit op")
    (('received', 'time'), ('closed', 'op'))
    """
    if not text.isascii():
        text = _within().sub(lambda found: f" {_terms()['within'][found[0]]} ", text)
    text = text.replace("IDs", "Ids")
    decomposed = unicodedata.normalize("NFKD", _CAMEL.sub(" ", text.translate(_LETTERS)))
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    words = (word for found in _BREAK.split(letters.lower()) for word in _whole(found).split())
    return tuple(part for word in words for part in _parts(word))


@cache
def _terms() -> dict[str, dict[str, str]]:
    """Return the English words of terms in languages that `words.yaml` lacks; see `terms.yaml`."""
    return dict(read_words("terms.yaml"))


@cache
def _within() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, _terms()["within"]), key=len, reverse=True)))


def _whole(word: str) -> str:
    return _terms()["words"].get(word, word)


def _parts(word: str) -> tuple[str, ...]:
    """Return the two words of a name of a time that is written as one, such as `createdate`."""
    joined = _JOINED.fullmatch(word)
    return joined.groups() if joined and joined[1] in _time_heads() else (word,)


@cache
def _time_heads() -> frozenset[str]:
    """Return the English words that name a time alone or with `date` or `time`, such as `created` and `create`."""
    entries = [entry for languages in read_words("words.yaml")["times"].values() for entry in languages["en"]]
    alone = {entry for entry in entries if entry.isalpha()}
    return frozenset(alone | {entry.split()[0] for entry in entries if entry.endswith((" date", " time"))})


@cache
def _entries(section: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the entries of a section of `words.yaml`, each with its role, in order."""
    roles = read_words("words.yaml")[section]
    form = _singular if section in _PLURAL_SECTIONS else str
    return tuple(
        (role, tuple(map(form, plain_entry(entry))))
        for role, languages in roles.items()
        for entries in languages.values()
        for entry in entries
    )


def plain_entry(entry: str) -> tuple[str, ...]:
    """Return the words of an entry of `words.yaml`; `*` stays."""
    return tuple(
        ("*" if part.startswith("*") else "")
        + "".join(plain_words(part))
        + ("*" if part.endswith("*") else "")
        for part in entry.split()
    )


@cache
def find_roles(section: str, name: str) -> tuple[tuple[str, int], ...]:
    """Return the roles of a section that fit a column's name, the best first, each with its number of words.

    Parameters
    ----------
    section
        A section of `words.yaml`, such as `times`.
    name
        The column's name. Of `reviews.title` only `title` counts, but of `requester.id` both words.

    Examples
    --------
    >>> find_roles("times", "First response at")[0]
    ('responded', 2)
    >>> find_roles("times", "Colour")
    ()
    """
    words = own_words(name)
    if section in _PLURAL_SECTIONS:
        words = tuple(map(_singular, words))
    ahead = _AHEAD if section == "times" else frozenset()
    best: dict[str, int] = {}
    for role, entry in _entries(section):
        if len(entry) > best.get(role, 0) and _holds(words, entry, ahead):
            best[role] = len(entry)
    return tuple(sorted(best.items(), key=lambda item: -item[1]))


def own_words(name: str) -> tuple[str, ...]:
    """Return the words of a column's name without those of the objects that it is in.

    A mere `id`, `value` or `score` says what it is only with the object that it is of.

    Examples
    --------
    >>> own_words("reviews.title"), own_words("source.author.id"), own_words("reply_time.calendar")
    (('title',), ('author', 'id'), ('reply', 'time', 'calendar'))
    """
    if not re.fullmatch(r"[\w-]+\.[\w. -]+", name):
        return plain_words(name)
    *objects, last = name.split(".")
    if len(last) == 1 or _JOINING & set(name.split(".")):  # `Date.of.Birth`, as R writes names
        return plain_words(name)
    words = plain_words(last)
    return plain_words(objects[-1]) + words if set(words) <= _MERE_PARTS else words


def find_role(section: str, name: str) -> str | None:
    """Return the role of a section that fits a column's name best, or None."""
    roles = find_roles(section, name)
    return roles[0][0] if roles else None


def has_role(section: str, role: str, name: str) -> bool:
    """Return whether a role of a section fits a column's name."""
    return any(found == role for found, _ in find_roles(section, name))


def _holds(words: tuple[str, ...], entry: tuple[str, ...], ahead: frozenset[str]) -> bool:
    length = len(entry)
    return any(
        all(fnmatchcase(word, part) for word, part in zip(words[i : i + length], entry, strict=True))
        for i in range(len(words) - length + 1)
        if not (i and words[i - 1] in ahead)
    )


def as_word(name: str) -> str:
    """Return a name as a kind of event: one word that begins with a letter.

    Examples
    --------
    >>> as_word("order_approved_at")
    'order_approved'
    >>> as_word("2nd visit")
    'k_2nd_visit'
    >>> as_word("配達日時")
    '配達日時'
    """
    own = name.rstrip(" .").rsplit(".", 1)[-1]
    is_foreign = not own.isascii() and _within().search(own)
    words = re.findall(r"\w+", own.lower()) if is_foreign else list(plain_words(own))
    words = words or re.findall(r"\w+", own.lower())
    while len(words) > 1 and words[-1] in {"at", "date", "time", "on", "timestamp", "datum", "dato", "fecha"}:
        words.pop()
    word = "_".join(words)[:60] or "event"
    return word if word[0].isalpha() else f"k_{word}"
