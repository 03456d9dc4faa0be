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
    """
    decomposed = unicodedata.normalize("NFKD", _CAMEL.sub(" ", text.translate(_LETTERS)))
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return tuple(word for word in _BREAK.split(letters.lower()) if word)


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
        The column's name. Of `reviews.score` only `score` counts.

    Examples
    --------
    >>> find_roles("times", "First response at")[0]
    ('responded', 2)
    >>> find_roles("times", "Colour")
    ()
    """
    words = plain_words(name.rsplit(".", 1)[-1] if re.fullmatch(r"[\w-]+\.[\w. -]+", name) else name)
    if section in _PLURAL_SECTIONS:
        words = tuple(map(_singular, words))
    best: dict[str, int] = {}
    for role, entry in _entries(section):
        if len(entry) > best.get(role, 0) and _holds(words, entry):
            best[role] = len(entry)
    return tuple(sorted(best.items(), key=lambda item: -item[1]))


def find_role(section: str, name: str) -> str | None:
    """Return the role of a section that fits a column's name best, or None."""
    roles = find_roles(section, name)
    return roles[0][0] if roles else None


def has_role(section: str, role: str, name: str) -> bool:
    """Return whether a role of a section fits a column's name."""
    return any(found == role for found, _ in find_roles(section, name))


def _holds(words: tuple[str, ...], entry: tuple[str, ...]) -> bool:
    length = len(entry)
    return any(
        all(fnmatchcase(word, part) for word, part in zip(words[i : i + length], entry, strict=True))
        for i in range(len(words) - length + 1)
    )


def as_word(name: str) -> str:
    """Return a name as a kind of event: one word that begins with a letter.

    Examples
    --------
    >>> as_word("order_approved_at")
    'order_approved'
    >>> as_word("2nd visit")
    'k_2nd_visit'
    """
    words = [word for word in plain_words(name.rsplit(".", 1)[-1])]
    while len(words) > 1 and words[-1] in {"at", "date", "time", "on", "timestamp", "datum", "dato", "fecha"}:
        words.pop()
    word = "_".join(words)[:60] or "event"
    return word if word[0].isalpha() else f"k_{word}"
