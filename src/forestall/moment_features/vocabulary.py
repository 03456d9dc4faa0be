"""The vocabulary: all lexicons together, as tables of numbers."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from forestall.errors import UsageError
from forestall.moment_features.lexicon import CATEGORIES, COURTESIES, FOLDER, Lexicon, read_lexicons
from forestall.moment_features.text_tokens import N_RESERVED

# Divisible by 1 to 12: a word of k languages counts for each with a k-th, in whole numbers.
_WHOLE_WORD = 27720


@dataclass(frozen=True)
class Vocabulary:
    """All lexicons together, as tables over words and entries.

    Attributes
    ----------
    languages
        Codes, sorted; language `i` has column `i + 1` of a table, and column 0 is for texts of no known language.
    words
        The number of each word.
    phrases
        By the numbers of a phrase's words the number of its entry.
    lengths
        By the first two words of phrases (`first * n_words + second`) the lengths of these phrases, longest first.
    pairs
        The keys of `lengths`, sorted, and a larger one at the end.
    is_start
        (n_words,): whether a phrase starts with the word.
    weights
        (n_entries, n_languages): the evidence of an entry for a language. The first entries are the words.
    category
        (n_entries, 1 + n_languages): the index in `CATEGORIES`, or -1.
    is_negation, is_title, is_particle, is_known
        (n_words, 1 + n_languages): what a word is in texts of a language.
    known_texts
        By the digest of a text that was read recently, its counts and its language.
    """

    languages: tuple[str, ...]
    words: dict[str, int]
    phrases: dict[tuple[int, ...], int]
    lengths: dict[int, tuple[int, ...]]
    pairs: npt.NDArray[np.int64]
    is_start: npt.NDArray[np.bool_]
    weights: npt.NDArray[np.int64]
    category: npt.NDArray[np.int8]
    is_negation: npt.NDArray[np.bool_]
    is_title: npt.NDArray[np.bool_]
    is_particle: npt.NDArray[np.bool_]
    is_known: npt.NDArray[np.bool_]
    known_texts: dict[bytes, tuple[list[int], int]] = field(default_factory=dict)

    @property
    def n_words(self) -> int:
        """How many numbers of words there are, with the reserved ones."""
        return len(self.words) + N_RESERVED


@functools.lru_cache(maxsize=8)
def read_vocabulary(folder: str | Path = FOLDER) -> Vocabulary:
    """Return the vocabulary of the lexicons in a folder; it is read once."""
    return vocabulary(read_lexicons(folder))


def vocabulary(lexicons: list[Lexicon]) -> Vocabulary:
    """Return the vocabulary of lexicons.

    Raises
    ------
    UsageError
        An entry is in two counted lists of a language, or holds no word.
    """
    words: dict[str, int] = {}
    phrases: dict[tuple[int, ...], int] = {}
    for lexicon in lexicons:
        for _, entry in lexicon.entries():
            for word in entry:
                words.setdefault(word, len(words) + N_RESERVED)
    n_words = len(words) + N_RESERVED
    for lexicon in lexicons:
        for _, entry in lexicon.entries():
            if len(entry) > 1:
                phrases.setdefault(tuple(words[word] for word in entry), n_words + len(phrases))
    lengths: dict[int, tuple[int, ...]] = {}
    for phrase in phrases:
        pair = phrase[0] * n_words + phrase[1]
        lengths[pair] = tuple(sorted({*lengths.get(pair, ()), len(phrase)}, reverse=True))
    numbers = {entry: number for lexicon in lexicons for entry, number in _numbered(lexicon, words, phrases)}
    pairs = np.array([*sorted(lengths), np.iinfo(np.int64).max], dtype=np.int64)
    tables = _tables(lexicons, numbers, n_words, n_words + len(phrases))
    return Vocabulary(
        languages=tuple(lexicon.language for lexicon in lexicons),
        words=words,
        phrases=phrases,
        lengths=lengths,
        pairs=pairs,
        is_start=np.isin(np.arange(n_words), pairs[:-1] // n_words),
        **tables,  # type: ignore[arg-type]  # arrays of several types, by name
    )


def _numbered(
    lexicon: Lexicon, words: dict[str, int], phrases: dict[tuple[int, ...], int]
) -> Iterator[tuple[tuple[str, ...], int]]:
    for _, entry in lexicon.entries():
        if len(entry) == 1:
            yield entry, words[entry[0]]
        else:
            yield entry, phrases[tuple(words[word] for word in entry)]
        yield from (((word,), words[word]) for word in entry)


def _tables(
    lexicons: list[Lexicon], numbers: dict[tuple[str, ...], int], n_words: int, n_entries: int
) -> dict[str, npt.NDArray[np.generic]]:
    n_languages = len(lexicons)
    speaks = np.zeros((n_entries, n_languages), dtype=bool)
    own = np.full((n_entries, n_languages), -1, dtype=np.int8)
    flags = {
        name: np.zeros((n_words, 1 + n_languages), dtype=bool)
        for name in ("negations", "titles", "particles", "known")
    }
    for column, lexicon in enumerate(lexicons):
        for name, entry in lexicon.entries():
            number = numbers[entry]
            if name not in ("titles", "particles", "nobody"):
                speaks[number, column] = True
            if name in CATEGORIES:
                _assign(
                    own,
                    number,
                    column,
                    CATEGORIES.index(name),
                    f"lexicon {lexicon.language}: '{' '.join(entry)}'",
                )
            elif name in flags and len(entry) == 1:
                flags[name][number, [0, column + 1]] = True
            for word in entry:
                flags["known"][numbers[(word,)], [0, column + 1]] = True
    shares = speaks.sum(axis=1, keepdims=True)
    return {
        "weights": np.where(speaks, _WHOLE_WORD // np.maximum(shares, 1), 0).astype(np.int64),
        "category": _category_by_language(own, speaks),
        "is_negation": flags["negations"],
        "is_title": flags["titles"],
        "is_particle": flags["particles"],
        "is_known": flags["known"],
    }


def _assign(own: npt.NDArray[np.int8], number: int, column: int, category: int, place: str) -> None:
    before = own[number, column]
    if before not in (-1, category):
        raise UsageError(
            f"{place} must be in one list; it is in {CATEGORIES[before]} and {CATEGORIES[category]}"
        )
    own[number, column] = category


def _category_by_language(own: npt.NDArray[np.int8], speaks: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """Return the category of each entry in texts of each language.

    A word that the text's language lists has its meaning there (German `mal` is not French `mal`). Of other languages
    only courtesies count, which people mix. In a text of no known language all words count.
    """
    first = np.full(len(own), -1, dtype=np.int8)
    for column in reversed(range(own.shape[1])):
        first = np.where(own[:, column] >= 0, own[:, column], first)
    courtesy = np.where(np.isin(first, [CATEGORIES.index(name) for name in COURTESIES]), first, -1)
    return np.column_stack([first, np.where(speaks, own, courtesy[:, None])]).astype(np.int8)
