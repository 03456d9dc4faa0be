"""The manner of words: greetings, thanks, rudeness and more, counted in each text by lexicons."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from forestall.features.keys import Names, listed
from forestall.features.lexicon import (
    BREAK,
    CATEGORIES,
    END,
    FLAG_BITS,
    FOLDER,
    IS_CAPITAL,
    IS_NAME_LIKE,
    IS_SHOUTED,
    N_RESERVED,
    QUESTION,
    SHOUT,
    UNKNOWN,
    Codes,
    Vocabulary,
    joined,
    read_vocabulary,
    tokens_of,
)

log = logging.getLogger(__name__)

MAX_CHARACTERS = 20_000
"""A text is read up to here; what follows is not counted."""

COUNTS = (
    "n_words",
    *(f"n_{category}" for category in CATEGORIES),
    "n_questions",
    "n_shouts",
    "n_names",
)
"""The counting columns of `score_words`, in their order."""

_CHUNK_CHARACTERS = 1_000_000
_FEW = 64
_MOST_HEARD = 20_000  # some megabytes
_KEY = os.urandom(16)
_NEGATION_REACH = 3
_POSITIVE, _NEGATIVE = CATEGORIES.index("positive"), CATEGORIES.index("negative")
_GREETING = CATEGORIES.index("greetings")

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def score_words(texts: pl.Series, folder: str | Path = FOLDER) -> pl.DataFrame:
    """Return the counts of each text's words by kind, and its language.

    A text is scored once, however often it comes. Words are compared without case and accents, whole words
    only, the longest phrase first. A word of several languages counts once; a text of a known language is
    read in that language, but for greetings, thanks, apologies and farewells, which people mix.

    Parameters
    ----------
    texts
        Strings, in any language; read up to `MAX_CHARACTERS`.
    folder
        The lexicons: one file a language.

    Returns
    -------
    polars.DataFrame
        One row per text, in the same order; all null where the text is null.

        - `n_words`: words (an apostrophe ends one);
        - `n_greetings`, `n_thanks`, `n_apologies`, `n_polite`, `n_rude`, `n_positive`, `n_negative`,
          `n_farewells`, `n_promises`: words and phrases of the lexicons' lists; a positive one up to three
          words after a negation counts as negative;
        - `n_questions`: runs of question marks;
        - `n_shouts`: words of four or more capitals, and runs of `!!`;
        - `n_names`: greetings by name (a greeting, perhaps a title, and a capitalised word of no lexicon);
        - `language`: code of the lexicon that most words speak for; null where none does, or two equally.

        Counts are UInt16, `language` is an Enum of the codes.

    Raises
    ------
    UsageError
        The lexicons cannot be read.

    Examples
    --------
    >>> texts = pl.Series(["Goeie môre Mnr. Botha, baie dankie!"])
    >>> score_words(texts).select("n_greetings", "n_names", "n_thanks", "language").row(0)
    (1, 1, 1, 'af')
    """
    counts, language, languages = count_words(texts, folder)
    # through Arrow, as that is the quickest way for the one row of a single record
    columns = [pa.array(column) for column in np.ascontiguousarray(counts.T)]
    frame = pl.DataFrame(pa.RecordBatch.from_arrays(columns, names=list(COUNTS)))
    codes = pl.Series("language", [None, *languages], dtype=pl.Enum(languages))
    frame = frame.insert_column(len(COUNTS), codes[language])
    if texts.null_count():
        frame = frame.select(pl.when(texts.is_not_null()).then(pl.all()))
    return frame


def count_words(
    texts: Names, folder: str | Path = FOLDER
) -> tuple[npt.NDArray[np.uint16], Ints, tuple[str, ...]]:
    """Return what `score_words` does as arrays, with zeros where the text is null.

    Returns
    -------
    counts
        (n_texts, n_counts), in the order of `COUNTS`.
    language
        (n_texts,): 0 for none, else the language's number from 1.
    languages
        Their codes.
    """
    words = read_vocabulary(folder)
    if isinstance(texts, pl.Series) and texts.dtype != pl.String:
        texts = texts.cast(pl.String)
    if len(texts) <= _FEW or not isinstance(texts, pl.Series):
        known: dict[str | None, int] = {}
        row = [known.setdefault(text, len(known)) for text in listed(texts)]
        read = _heard if len(known) <= _FEW else _scores
        counts, language = read(list(known), words)
        return counts[row], language[row], words.languages
    unique = texts.rename("text").unique()
    counts, language = _scores(unique.to_list(), words)
    place = unique.to_frame().with_row_index("place")
    found = (
        texts.rename("text")
        .to_frame()
        .join(place, on="text", how="left", nulls_equal=True, maintain_order="left")
    )
    log.debug("words: %d texts, %d of them different", len(texts), len(unique))
    places = found["place"].to_numpy()
    return counts[places], language[places], tuple(words.languages)


def _heard(texts: Sequence[str | None], words: Vocabulary) -> tuple[npt.NDArray[np.uint16], Ints]:
    """Return what `_scores` does, without reading a text again that was read of late.

    An interaction is scored again at each of its events, with all its earlier texts. What is kept are digests, never
    the texts, and under a key of this process alone, so that no guess of a text can be tried on them elsewhere.
    """
    heard = words.heard
    if len(heard) > _MOST_HEARD:
        heard.clear()
    keys = [
        blake2b(_clean(text).encode("utf-8", "surrogatepass"), digest_size=16, key=_KEY).digest()
        for text in texts
    ]
    found = [heard.get(key) for key in keys]
    new = [place for place, one in enumerate(found) if one is None]
    if new:
        counts, language = _scores([texts[place] for place in new], words)
        for place, one in zip(new, zip(counts.tolist(), language.tolist(), strict=True), strict=True):
            found[place] = heard[keys[place]] = one
    rows = [one for one in found if one is not None]
    counts = np.array([row for row, _ in rows], dtype=np.uint16).reshape(-1, len(COUNTS))
    return counts, np.array([said for _, said in rows], dtype=np.int64)


def _scores(texts: Sequence[str | None], words: Vocabulary) -> tuple[npt.NDArray[np.uint16], Ints]:
    """Return the counts and the language's number of texts, one after the other."""
    clean = [_clean(text) for text in texts]
    parts = [_counts(clean[start:stop], words) for start, stop in _chunks(clean)]
    # no text up to the limit holds more words than fit
    counts = np.vstack([part[0] for part in parts]).astype(np.uint16)
    return counts, np.concatenate([part[1] for part in parts])


def _clean(text: str | None) -> str:
    """Return what is read of a text; a null is read as empty."""
    return "" if text is None else text[:MAX_CHARACTERS].replace("\x00", " ")


def _chunks(texts: list[str]) -> Iterator[tuple[int, int]]:
    """Yield where parts of bounded size start and stop: at least one part, perhaps empty."""
    start = size = 0
    for stop, text in enumerate(texts):
        if size > _CHUNK_CHARACTERS:
            yield start, stop
            start, size = stop, 0
        size += len(text)
    yield start, len(texts)


@dataclass(frozen=True)
class _Tokens:
    """The tokens of texts laid one after the other: word identifier, flags and row of each."""

    ids: Ints
    flags: Ints
    rows: Ints
    n_rows: int


def _counts(texts: list[str], words: Vocabulary) -> tuple[Ints, Ints]:
    """Return the counts (texts, columns), and each text's language: 0 for none, else its number from 1."""
    lookup = Codes(words.words)
    codes = np.array(list(map(lookup.__getitem__, tokens_of(joined(texts)))), dtype=np.int64)
    ids = codes >> FLAG_BITS
    is_end = ids == END
    tokens = _Tokens(ids, codes & (2**FLAG_BITS - 1), np.cumsum(is_end) - is_end, len(texts))
    starts, stops, entries = _matches(tokens, words)
    language = _languages(tokens, starts, entries, words)
    categories = words.category[entries, language[tokens.rows[starts]]].astype(np.int64)
    names = _named(tokens, stops[categories == _GREETING], language, words)
    categories = _negated(tokens, starts, categories, language, words)
    counted = categories >= 0
    by_category = np.bincount(
        tokens.rows[starts[counted]] * len(CATEGORIES) + categories[counted],
        minlength=len(texts) * len(CATEGORIES),
    ).reshape(len(texts), len(CATEGORIES))
    is_word = (ids == UNKNOWN) | (ids >= N_RESERVED)
    is_shout = (ids == SHOUT) | (tokens.flags & IS_SHOUTED > 0)
    others = [_per_row(tokens, at) for at in (is_word, ids == QUESTION, is_shout, names)]
    return np.column_stack([others[0], by_category, *others[1:]]), language


def _per_row(tokens: _Tokens, at: Bools | Ints) -> Ints:
    return np.bincount(tokens.rows[at], minlength=tokens.n_rows)


def _matches(tokens: _Tokens, words: Vocabulary) -> tuple[Ints, Ints, Ints]:
    """Return where lexicon entries begin and end, and which: from the left, the longest first."""
    ids = tokens.ids
    candidates = np.flatnonzero(words.is_start[ids[:-1]] & (ids[1:] >= N_RESERVED))
    pairs = ids[candidates] * words.n_words + ids[candidates + 1]
    is_pair = words.pairs[np.searchsorted(words.pairs, pairs)] == pairs
    spans = list(_phrases(candidates[is_pair].tolist(), pairs[is_pair].tolist(), ids.tolist(), words))
    if not spans:
        single = np.flatnonzero(ids >= N_RESERVED)
        return single, single + 1, ids[single]
    phrases = np.array(spans, dtype=np.int64).reshape(-1, 3)
    covered = np.zeros(len(ids) + 1, dtype=np.int64)
    np.add.at(covered, phrases[:, 0], 1)
    np.add.at(covered, phrases[:, 1], -1)
    single = np.flatnonzero((ids >= N_RESERVED) & (np.cumsum(covered)[:-1] == 0))
    singles = np.column_stack([single, single + 1, ids[single]])
    both = np.vstack([phrases, singles])
    return both[:, 0], both[:, 1], both[:, 2]


def _phrases(
    candidates: list[int], pairs: list[int], ids: list[int], words: Vocabulary
) -> Iterator[tuple[int, int, int]]:
    stop = 0
    for start, pair in zip(candidates, pairs, strict=True):
        if start < stop:
            continue
        for length in words.lengths[pair]:
            entry = words.phrases.get(tuple(ids[start : start + length]))
            if entry is not None:
                stop = start + length
                yield start, stop, entry
                break


def _languages(tokens: _Tokens, starts: Ints, entries: Ints, words: Vocabulary) -> Ints:
    """Return the language that most words of each text speak for, from 1; 0 where none or two do."""
    is_word = tokens.ids >= N_RESERVED
    is_phrase = entries >= words.n_words
    rows = np.concatenate([tokens.rows[is_word], tokens.rows[starts[is_phrase]]])
    weights = words.weights[np.concatenate([tokens.ids[is_word], entries[is_phrase]])]
    hits = np.column_stack(
        [np.bincount(rows, weights[:, i], tokens.n_rows) for i in range(len(words.languages))]
    )
    most = hits.max(axis=1, keepdims=True)
    is_clear = ((hits == most).sum(axis=1) == 1) & (most[:, 0] > 0)
    return np.where(is_clear, hits.argmax(axis=1) + 1, 0)


def _negated(tokens: _Tokens, starts: Ints, categories: Ints, language: Ints, words: Vocabulary) -> Ints:
    """Return the categories, the positive ones after a negation in the same sentence made negative."""
    positive = np.flatnonzero(categories == _POSITIVE)
    if not len(positive):
        return categories
    at = starts[positive]
    is_negated = np.zeros(len(at), dtype=bool)
    same_sentence = np.ones(len(at), dtype=bool)
    for back in range(1, _NEGATION_REACH + 1):
        before = tokens.ids[np.maximum(at - back, 0)]
        same_sentence &= (at >= back) & ((before == UNKNOWN) | (before >= N_RESERVED))
        is_negated |= same_sentence & words.is_negation[before, language[tokens.rows[at]]]
    categories = categories.copy()
    categories[positive[is_negated]] = _NEGATIVE
    return categories


def _named(tokens: _Tokens, at: Ints, language: Ints, words: Vocabulary) -> Ints:
    """Return the places of names among the tokens `at`, that follow greetings; a title may come between.

    Every text ends with a token of its own, so the place after a greeting exists and is of the same text.
    """
    if not len(at):
        return at
    speech = language[tokens.rows[at]]
    is_title = words.is_title[tokens.ids[at], speech]
    place = at + is_title
    is_dot = is_title & (tokens.ids[place] == BREAK)
    place = place + is_dot
    ids, flags = tokens.ids[place], tokens.flags[place]
    is_unknown = ~words.is_known[ids, speech] & ((ids == UNKNOWN) | (ids >= N_RESERVED))
    is_name = is_unknown & (np.where(is_title, flags & IS_CAPITAL, flags & IS_NAME_LIKE) > 0)
    named: Ints = place[is_name | (is_title & words.is_particle[ids, speech])]
    return named
