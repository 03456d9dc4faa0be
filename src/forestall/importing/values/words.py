"""Words of categories: how they are compared, shown in messages, and what is said of a word that no row has."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

import polars as pl

from forestall.data.text_values import FALSE_WORDS, TRUE_WORDS
from forestall.importing.import_notes import ImportNotes

MOST_WORDS = 20
"""Up to so many different texts, a column holds categories, and messages may show them."""

_NEAR = 0.85
_FLAGS = frozenset((*TRUE_WORDS, *FALSE_WORDS))  # `true` in a mapping stands for all of them


def words_of(text: pl.Series) -> list[str] | None:
    """Return the different texts of a column, the most frequent first; None if they are too many to be categories."""
    counts = text.drop_nulls().value_counts(name="n").sort(["n", text.name or ""], descending=[True, False])
    return None if counts.height > MOST_WORDS else counts[:, 0].to_list()


def show_words(text: pl.Series) -> str:
    """Return the words of a column of categories for a message, such as ` ('Good', 'Bad')`, empty for other texts."""
    words = words_of(text.alias("word"))
    if not words or max(len(word) for word in words) > 40:
        return ""
    return " (" + ", ".join(f"'{word}'" for word in words) + ")"


def words_for_flags(word: str) -> list[str]:
    """Return all words that mean the same as a word for true or false, as a typed column of them is `1` and `0`.

    Examples
    --------
    >>> words_for_flags("True")[:3], words_for_flags("maybe")
    (['true', 't', 'yes'], ['maybe'])
    """
    for words in (TRUE_WORDS, FALSE_WORDS):
        if fold(word) in words:
            return list(words)
    return [word]


def is_one_of(text: pl.Series, words: list[str]) -> pl.Series:
    """Return whether each text is one of `words`, without regard to case; a whole number such as `9.0` is also `9`."""
    plain, wanted = fold_texts(text), [fold(word) for word in words]
    return plain.is_in(wanted) | plain.str.strip_suffix(".0").is_in(wanted)


def fold(word: str) -> str:
    """Return a word as it is compared: without case, blanks as one each, each accent a part of its letter."""
    return " ".join(unicodedata.normalize("NFC", word).split()).lower()


def fold_texts(text: pl.Series) -> pl.Series:
    """Return each text as `fold` does."""
    return text.str.normalize("NFC").str.replace_all(r"\s+", " ").str.strip_chars().str.to_lowercase()


def note_near_words(
    notes: ImportNotes, text: pl.Series, words: Iterable[str], place: str, *, exact: bool = False
) -> None:
    """Warn of each word that no cell of a column of categories has, if another word of it is nearly the same.

    If words that differ in case are different ones, warn of those that are not named beside one that is.

    Parameters
    ----------
    notes
        Takes the warnings.
    text
        The column.
    words
        The words that the mapping file names.
    place
        Their place in the mapping file.
    exact
        Whether words that differ in case are different ones.
    """
    form = str if exact else fold
    named = {form(word): word for word in words if exact or fold(word) not in _FLAGS}
    if not named:
        return
    found = {form(word): word for word in words_of(text.alias("word")) or ()}
    others = {fold(word): word for one, word in found.items() if one not in named}
    for one, word in named.items():
        plain = fold(word)
        if one in found:
            if exact and plain in others:  # `SOLVED` beside `Solved`
                notes.warn(
                    f"{place}: some rows have '{others[plain]}' beside '{word}', which is not named; name it if it "
                    "is the same"
                )
            continue
        near = [other for other in others if _digits(other) == _digits(plain) and not other.endswith(plain)]
        near = [plain] if plain in others else near
        if close := difflib.get_close_matches(plain, near, n=1, cutoff=_NEAR):
            notes.warn(
                f"{place}: no row has the word '{word}', but some have '{others[close[0]]}', which is not named; "
                "correct it if it is the same"
            )


def _digits(word: str) -> str:
    return re.sub(r"\D", "", word)
