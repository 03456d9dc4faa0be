"""Words of the vocabulary found in tokens: phrases, the language, negations and names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forestall.moment_features.lexicon import CATEGORIES
from forestall.moment_features.text_tokens import (
    BREAK,
    END,
    FLAG_BITS,
    IS_CAPITAL,
    IS_NAME_LIKE,
    IS_SHOUTED,
    N_RESERVED,
    QUESTION,
    SHOUT,
    UNKNOWN,
    TokenCodes,
    joined,
    tokens_of,
)
from forestall.moment_features.vocabulary import Vocabulary

COUNTS = (
    "n_words",
    *(f"n_{category}" for category in CATEGORIES),
    "n_questions",
    "n_shouts",
    "n_names",
)
"""The columns of counts, in their order."""

_NEGATION_REACH = 3  # words
_POSITIVE, _NEGATIVE = CATEGORIES.index("positive"), CATEGORIES.index("negative")
_GREETING = CATEGORIES.index("greetings")

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Tokens:
    """The tokens of texts, one text after another: the word number, the flags and the text of each token."""

    ids: Ints
    flags: Ints
    rows: Ints
    n_rows: int


def counts_of(texts: list[str], words: Vocabulary) -> tuple[Ints, Ints]:
    """Return the counts, (n_texts, n_counts), and the number of each text's language from 1, 0 for none."""
    lookup = TokenCodes(words.words)
    codes = np.array(list(map(lookup.__getitem__, tokens_of(joined(texts)))), dtype=np.int64)
    ids = codes >> FLAG_BITS
    is_end = ids == END
    tokens = Tokens(ids, codes & (2**FLAG_BITS - 1), np.cumsum(is_end) - is_end, len(texts))
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


def _per_row(tokens: Tokens, at: Bools | Ints) -> Ints:
    return np.bincount(tokens.rows[at], minlength=tokens.n_rows)


def _matches(tokens: Tokens, words: Vocabulary) -> tuple[Ints, Ints, Ints]:
    """Return where entries of the lexicons start and stop, and their numbers: from the left, the longest first."""
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


def _languages(tokens: Tokens, starts: Ints, entries: Ints, words: Vocabulary) -> Ints:
    """Return the number of the language of most words of each text, from 1; 0 where none, or two have equally many."""
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


def _negated(tokens: Tokens, starts: Ints, categories: Ints, language: Ints, words: Vocabulary) -> Ints:
    """Return the categories, where positive words after a negation in the same sentence are negative."""
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


def _named(tokens: Tokens, at: Ints, language: Ints, words: Vocabulary) -> Ints:
    """Return the places of names that follow greetings, perhaps after a title; `at` are the places after greetings.

    Every text ends with an end token, so the place after a greeting exists and belongs to the same text.
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
