"""Lexicons: the words by which greetings, thanks and rudeness are known, one data file a language."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import Field

from forestall.config import Strict, read_config
from forestall.errors import UsageError

FOLDER = Path(__file__).parent / "lexicons"
CATEGORIES = (
    "greetings",
    "thanks",
    "apologies",
    "polite",
    "rude",
    "positive",
    "negative",
    "farewells",
    "promises",
)
COURTESIES = ("greetings", "thanks", "apologies", "farewells")
# what is no word of any lexicon, and the tokens that are no words: the first identifiers
UNKNOWN, END, QUESTION, SHOUT, BREAK = range(5)
N_RESERVED = 5
# a word in capitals; a capital with small letters after it; a first letter that is a capital
IS_SHOUTED, IS_NAME_LIKE, IS_CAPITAL = 1, 2, 4
FLAG_BITS = 3
# divisible by 1 to 12: a word of k languages speaks for each with a k-th, in whole numbers
_WHOLE_WORD = 27720
_TOKEN = re.compile(r"[^\W_]+|\x00|[?!.;:\n\r؟。！？]+")
_MARKS = re.compile(r"[\u0300-\u036f]+")


class Lexicon(Strict):
    """The words and phrases of one language, as its file lists them.

    Case and accents do not matter; an apostrophe or a hyphen separates words as a space does.

    Parameters
    ----------
    language
        Its code, as locales begin (`en` of `en-ZA`).
    greetings, thanks, apologies, polite, rude, positive, negative, farewells, promises
        What is counted. A word or phrase stands in one of these lists only.
    negations
        Words that turn a positive word after them into a negative one.
    titles
        Words before a name (`Mrs`).
    particles
        Words with which a name may begin after a title (`van`).
    nobody
        Words in a name's place that name nobody (`team`).
    common
        Frequent words of the language, by which it is recognised.
    """

    language: str = Field(pattern=r"^[a-z]{2,3}$")
    name: str
    greetings: list[str]
    thanks: list[str]
    apologies: list[str]
    polite: list[str]
    rude: list[str]
    positive: list[str]
    negative: list[str]
    farewells: list[str]
    promises: list[str]
    negations: list[str] = Field(default_factory=list)
    titles: list[str] = Field(default_factory=list)
    particles: list[str] = Field(default_factory=list)
    nobody: list[str] = Field(default_factory=list)
    common: list[str]


class Codes(dict[str, int]):
    """What is known of a token: its word's identifier, shifted, and its flags; worked out when first met."""

    def __init__(self, words: dict[str, int]) -> None:
        super().__init__()
        self._words = words

    def __missing__(self, token: str) -> int:
        code = self._words.get(token.casefold(), UNKNOWN) << FLAG_BITS
        if not token[0].isalnum():
            code = _mark(token) << FLAG_BITS
        elif token[0].isupper():
            is_upper = token.isupper()
            code |= IS_CAPITAL
            code |= IS_SHOUTED if is_upper and len(token) >= 4 and token.isalpha() else 0
            code |= IS_NAME_LIKE if not is_upper else 0
        self[token] = code
        return code


@dataclass(frozen=True)
class Vocabulary:
    """All lexicons together, as tables over words and entries.

    Attributes
    ----------
    languages
        Codes, sorted; language `i` has column `i + 1` of a table;
        column 0 is for a text of no known language.
    words
        A word's identifier.
    phrases
        From the identifiers of a phrase's words to its entry.
    lengths
        From a phrase's first two words (`first * n_words + second`) to the lengths of phrases that begin so,
        longest first.
    pairs
        The keys of `lengths`, sorted, and one that is greater than all.
    is_start
        (words): whether a phrase begins with the word.
    weights
        (entries, languages): how far an entry speaks for a language. The first entries are the words.
    category
        (entries, 1 + languages): the index in `CATEGORIES`, or -1.
    is_negation, is_title, is_particle, is_known
        (words, 1 + languages).
    heard
        By the digest of a text that was read of late, its counts and its language.
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
    heard: dict[bytes, tuple[list[int], int]] = field(default_factory=dict)

    @property
    def n_words(self) -> int:
        """The number of word identifiers, with the reserved ones."""
        return len(self.words) + N_RESERVED


def tokens_of(text: str) -> list[str]:
    """Return the words and sentence marks of a text, without accents, in the case written."""
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return _TOKEN.findall(text)


def read_lexicons(folder: str | Path = FOLDER) -> list[Lexicon]:
    """Return the lexicons in a folder, by language code.

    Raises
    ------
    UsageError
        The folder has no lexicon, a file is no lexicon, or a language has two files.
    """
    lexicons = [read_config(path, Lexicon) for path in sorted(Path(folder).glob("*.yaml"))]
    if not lexicons:
        raise UsageError(f"{folder} must hold lexicons (one .yaml file a language); there is none")
    codes = [lexicon.language for lexicon in lexicons]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise UsageError(f"{folder}: each language must have one file; {twice[0]} has more")
    return sorted(lexicons, key=lambda lexicon: lexicon.language)


@functools.lru_cache(maxsize=8)
def read_vocabulary(folder: str | Path = FOLDER) -> Vocabulary:
    """Return the vocabulary of the lexicons in a folder; read once."""
    return vocabulary(read_lexicons(folder))


def vocabulary(lexicons: list[Lexicon]) -> Vocabulary:
    """Return the tables of all `lexicons` together.

    Raises
    ------
    UsageError
        An entry stands in two of a language's counted lists, or holds no word.
    """
    words: dict[str, int] = {}
    phrases: dict[tuple[int, ...], int] = {}
    for lexicon in lexicons:
        for _, entry in _entries(lexicon):
            for word in entry:
                words.setdefault(word, len(words) + N_RESERVED)
    n_words = len(words) + N_RESERVED
    for lexicon in lexicons:
        for _, entry in _entries(lexicon):
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


def _entries(lexicon: Lexicon) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each entry of a lexicon as its list's name and its words."""
    for name in (*CATEGORIES, "negations", "titles", "particles", "nobody", "common"):
        for text in getattr(lexicon, name):
            entry = tuple(token.casefold() for token in tokens_of(text) if token[0].isalnum())
            if not entry:
                raise UsageError(f"lexicon {lexicon.language}: an entry of {name} holds no word")
            yield name, entry


def _numbered(
    lexicon: Lexicon, words: dict[str, int], phrases: dict[tuple[int, ...], int]
) -> Iterator[tuple[tuple[str, ...], int]]:
    for _, entry in _entries(lexicon):
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
        for name, entry in _entries(lexicon):
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
            f"{place} must stand in one list; it is in {CATEGORIES[before]} and {CATEGORIES[category]}"
        )
    own[number, column] = category


def _category_by_language(own: npt.NDArray[np.int8], speaks: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """Return each entry's category for a text of each language.

    A word that the text's language lists is read in that language (German `mal` is no French `mal`). Of
    other languages only courtesies are read: people mix those. In a text of no known language all count.
    """
    first = np.full(len(own), -1, dtype=np.int8)
    for column in reversed(range(own.shape[1])):
        first = np.where(own[:, column] >= 0, own[:, column], first)
    courtesy = np.where(np.isin(first, [CATEGORIES.index(name) for name in COURTESIES]), first, -1)
    return np.column_stack([first, np.where(speaks, own, courtesy[:, None])]).astype(np.int8)


def _mark(token: str) -> int:
    """Return what a run of sentence marks, or the end of a text, is."""
    if token == "\x00":
        return END
    if any(mark in token for mark in "?؟？"):
        return QUESTION
    return SHOUT if token.count("!") >= 2 else BREAK


def joined(texts: Iterable[str]) -> str:
    """Return texts as one, each ended by the token of an end."""
    return "\x00".join((*texts, ""))
