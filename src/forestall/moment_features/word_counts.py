"""Counts of words: greetings, thanks, rude words and more in each text, found by lexicons."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from forestall.moment_features.lexicon import FOLDER
from forestall.moment_features.name_columns import Names, listed
from forestall.moment_features.vocabulary import Vocabulary, read_vocabulary
from forestall.moment_features.word_matches import COUNTS, Ints, counts_of

log = logging.getLogger(__name__)

MAX_CHARACTERS = 20_000
"""The part of a text that is read; the rest is not counted."""

_CHUNK_CHARACTERS = 1_000_000
_FEW = 64
_MAX_KNOWN = 20_000  # texts; some megabytes
_KEY = os.urandom(16)


def score_words(texts: pl.Series, folder: str | Path = FOLDER) -> pl.DataFrame:
    """Return the counts of each text's words by kind, and its language.

    Equal texts are read once. Whole words are compared, without case and accents, the longest phrase first. A word of
    several languages counts once. A text of a known language is read in that language only, except greetings, thanks,
    apologies and farewells, which people mix.

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

        - `n_words`: words (an apostrophe ends a word);
        - `n_greetings`, `n_thanks`, `n_apologies`, `n_polite`, `n_rude`, `n_positive`, `n_negative`,
          `n_farewells`, `n_promises`: words and phrases of the lexicons' lists; a positive one up to three
          words after a negation counts as negative;
        - `n_questions`: runs of question marks;
        - `n_shouts`: words of four or more capitals, and runs of `!!`;
        - `n_names`: greetings by name (a greeting, perhaps a title, and a capitalised word of no lexicon);
        - `language`: the language of most words; null where no word is known, or two languages have equally many.

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
    # through Arrow, which is the quickest way for a single row
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
    """Return the counts of `score_words` as arrays, with zeros where the text is null.

    Returns
    -------
    counts
        (n_texts, n_counts), in the order of `COUNTS`.
    language
        (n_texts,): the number of each text's language from 1, 0 for none.
    languages
        The codes of the languages.
    """
    words = read_vocabulary(folder)
    if isinstance(texts, pl.Series) and texts.dtype != pl.String:
        texts = texts.cast(pl.String)
    if len(texts) <= _FEW or not isinstance(texts, pl.Series):
        column: Sequence[str | None] = listed(texts)
        known = {text: place for place, text in enumerate(dict.fromkeys(column))}
        row = np.fromiter(map(known.__getitem__, column), np.int64, len(column))
        read = _counts_of_known if len(known) <= _FEW else _counts
        counts, language = read(list(known), words)
        return counts[row], language[row], words.languages
    unique = texts.rename("text").unique()
    counts, language = _counts(unique.to_list(), words)
    place = unique.to_frame().with_row_index("place")
    found = (
        texts.rename("text")
        .to_frame()
        .join(place, on="text", how="left", nulls_equal=True, maintain_order="left")
    )
    log.debug("words: %d texts, %d of them different", len(texts), len(unique))
    places = found["place"].to_numpy()
    return counts[places], language[places], tuple(words.languages)


def _counts_of_known(texts: Sequence[str | None], words: Vocabulary) -> tuple[npt.NDArray[np.uint16], Ints]:
    """Return what `_counts` does, but do not read texts again that were read recently.

    An interaction is scored again at each of its events, with all its earlier texts. Only digests of texts are kept,
    with a key that only this process has, so that nobody else can test guesses of a text on them.
    """
    known = words.known_texts
    if len(known) > _MAX_KNOWN:
        known.clear()
    keys = [
        blake2b(_clean(text).encode("utf-8", "surrogatepass"), digest_size=16, key=_KEY).digest()
        for text in texts
    ]
    found = [known.get(key) for key in keys]
    new = [place for place, one in enumerate(found) if one is None]
    if new:
        counts, language = _counts([texts[place] for place in new], words)
        for place, one in zip(new, zip(counts.tolist(), language.tolist(), strict=True), strict=True):
            found[place] = known[keys[place]] = one
    rows = [one for one in found if one is not None]
    counts = np.array([row for row, _ in rows], dtype=np.uint16).reshape(-1, len(COUNTS))
    return counts, np.array([language for _, language in rows], dtype=np.int64)


def _counts(texts: Sequence[str | None], words: Vocabulary) -> tuple[npt.NDArray[np.uint16], Ints]:
    """Return the counts and the number of the language of each text."""
    clean = [_clean(text) for text in texts]
    parts = [counts_of(clean[start:stop], words) for start, stop in _chunks(clean)]
    # 16 bits are enough for the words of a text up to the limit
    counts = np.vstack([part[0] for part in parts]).astype(np.uint16)
    return counts, np.concatenate([part[1] for part in parts])


def _clean(text: str | None) -> str:
    """Return the part of a text that is read; null is read as empty."""
    return "" if text is None else text[:MAX_CHARACTERS].replace("\x00", " ")


def _chunks(texts: list[str]) -> Iterator[tuple[int, int]]:
    """Yield the start and stop of parts of limited size; at least one part, which may be empty."""
    start = size = 0
    for stop, text in enumerate(texts):
        if size > _CHUNK_CHARACTERS:
            yield start, stop
            start, size = stop, 0
        size += len(text)
    yield start, len(texts)
