"""The manner of words: greetings, thanks, rudeness and more, counted in each text by lexicons."""

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
"""A text is read up to here; what follows is not counted."""

_CHUNK_CHARACTERS = 1_000_000
_FEW = 64
_MOST_HEARD = 20_000  # some megabytes
_KEY = os.urandom(16)


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
    parts = [counts_of(clean[start:stop], words) for start, stop in _chunks(clean)]
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
