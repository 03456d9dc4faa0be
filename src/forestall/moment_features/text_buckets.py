"""N-grams of texts as hashed buckets: characters and words of any language, without a vocabulary.

All texts are hashed at once. The hash of a run of characters is a difference of running sums modulo 2**64, so that the
work per character is a few operations on whole arrays, whatever the length of the run.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forestall.moment_features.row_aggregates import places_in_runs
from forestall.moments.timeline import Ints

BITS = 18
"""There are 2**BITS buckets."""
MAX_CHARACTERS = 2_000
"""The part of a text that is hashed: the beginning and the end, half each."""

Hashes = npt.NDArray[np.uint64]
_CHUNK_CHARACTERS = 500_000
_CHARACTERS = (2, 3, 4, 5)  # lengths of n-grams of characters
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2**64
_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 2**64))
_MIX = np.uint64(0xD6E8FEB86659FD93)
_PAIR = np.uint64(0xA24BAED4963EE407)
_END, _BLANK, _DIGIT = 0, 32, ord("0")
# what a character is: a separator, a mark that counts, part of a word, or a word of its own
_GAP, _MARK, _LETTER, _IDEOGRAM = range(4)
_N_KNOWN = 0x10000
_MARKS = "?!…؟。？！"
# scripts that are written without spaces: kana, Chinese characters, Thai to Myanmar, Khmer
_IDEOGRAMS = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF),
)  # fmt: skip


class Buckets(NamedTuple):
    """The buckets of texts: each bucket once a text, in ascending order.

    Attributes
    ----------
    offsets
        The buckets of text i are `buckets[offsets[i]:offsets[i + 1]]`, shape (n_texts + 1,).
    buckets
        From 0, below 2**BITS.
    """

    offsets: Ints
    buckets: Ints

    def rows(self) -> Ints:
        """Return the text of each bucket."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def of(self, texts: Ints) -> Buckets:
        """Return the buckets of some of the texts."""
        places, _ = places_in_runs(self.offsets[texts], self.offsets[texts + 1])
        return Buckets(np.append(0, np.cumsum(np.diff(self.offsets)[texts])), self.buckets[places])


def all_buckets(texts: Sequence[str | None]) -> Buckets:
    """Return the buckets of texts; a missing text has none.

    N-grams are of 2 to 5 characters, which may reach over several words, and of one or two words or sentence marks.
    Case does not count. All digits are one, so that no number of an order or a telephone is learnt.
    """
    numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    parts = [_buckets(some) for some in _chunks(list(numbers))]
    counts = [np.diff(part.offsets) for part in parts]
    offsets = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    read = Buckets(offsets, np.concatenate([part.buckets for part in parts]))
    if len(numbers) == len(texts):
        return read
    return read.of(np.array([numbers[text] for text in texts], dtype=np.int64))  # equal texts are read once


def _chunks(texts: Sequence[str | None]) -> Iterator[list[str]]:
    """Yield parts of limited size; at least one part, which may be empty."""
    size, some = 0, []
    for text in texts:
        some.append(_clean(text))
        size += len(some[-1])
        if size > _CHUNK_CHARACTERS:
            yield some
            size, some = 0, []
    if some or not texts:
        yield some


def _clean(text: str | None) -> str:
    if text is None or not text.strip():
        return ""
    if len(text) > MAX_CHARACTERS:
        text = f"{text[: MAX_CHARACTERS // 2]} {text[-MAX_CHARACTERS // 2 :]}"
    return " " + text.lower().replace("\x00", " ")


def _buckets(texts: Sequence[str]) -> Buckets:
    points, kinds = _characters_of(texts)
    row = np.cumsum(points == _END) - (points == _END)
    running = _running(points)
    found = [*_words(kinds, row, running), *_runs(points, row, running)]
    keys = np.concatenate(
        [(rows << BITS) | (hashes >> np.uint64(64 - BITS)).astype(np.int64) for rows, hashes in found]
    )
    keys.sort()
    keys = keys[np.flatnonzero(np.diff(keys, prepend=-1))]
    offsets = np.searchsorted(keys, np.arange(len(texts) + 1) << BITS)
    return Buckets(offsets.astype(np.int64), keys & ((1 << BITS) - 1))


def _characters_of(texts: Sequence[str]) -> tuple[Hashes, npt.NDArray[np.int8]]:
    """Return the characters of texts, with an end after each, and what they are.

    What is no letter, digit or sentence mark is a blank, and of several blanks the first is left.
    """
    joined = "\x00".join((*texts, ""))
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    known = np.minimum(points, _N_KNOWN).astype(np.int64)
    kinds = _kinds()[known]
    points[_digits()[known]] = _DIGIT
    points[(kinds == _GAP) & (points != _END)] = _BLANK
    is_kept = np.ones(len(points), dtype=bool)
    is_kept[1:] = (points[1:] != _BLANK) | (points[:-1] != _BLANK)
    return points[is_kept], kinds[is_kept]


def _running(points: Hashes) -> tuple[Hashes, Hashes]:
    """Return running sums of characters times powers of the base, and the powers that undo where a run starts."""
    n = len(points)
    sums = np.zeros(n + 1, dtype=np.uint64)
    np.cumsum((points + np.uint64(1)) * _powers(n)[0], out=sums[1:])
    return sums, _powers(n)[1]


@functools.lru_cache(maxsize=2)
def _all_powers(n: int) -> tuple[Hashes, Hashes]:
    both = []
    for base in (_BASE, _INVERSE):
        powers = np.full(n, base, dtype=np.uint64)
        powers[0] = 1
        both.append(np.multiply.accumulate(powers))
    return both[0], both[1]


def _powers(n: int) -> tuple[Hashes, Hashes]:
    # lengths are rounded up, so that few arrays are kept
    up, down = _all_powers(1 << max(n - 1, 1).bit_length())
    return up[:n], down[:n]


def _run_hashes(start: Ints, stop: Ints, running: tuple[Hashes, Hashes]) -> Hashes:
    sums, undo = running
    return _mixed((sums[stop] - sums[start]) * undo[start])


def _mixed(hashes: Hashes) -> Hashes:
    hashes = (hashes ^ (hashes >> np.uint64(32))) * _MIX
    return (hashes ^ (hashes >> np.uint64(29))) * _BASE


def _words(
    kinds: npt.NDArray[np.int8], row: Ints, running: tuple[Hashes, Hashes]
) -> Iterator[tuple[Ints, Hashes]]:
    """Yield the hashes of words and marks, and of pairs of neighbours in a text, with their texts."""
    before = np.concatenate([[_GAP], kinds[:-1]])
    is_start = (kinds == _IDEOGRAM) | (kinds == _MARK) | ((kinds == _LETTER) & (before != _LETTER))
    is_start[1:] &= ~((kinds[1:] == _MARK) & (kinds[:-1] == _MARK))  # a run of marks is one
    start = np.flatnonzero(is_start)
    is_stop = np.append(kinds[1:] != kinds[:-1], True) | (kinds == _IDEOGRAM)
    stop = np.flatnonzero(is_stop & (kinds != _GAP)) + 1
    hashes, rows = _run_hashes(start, stop, running), row[start]
    yield rows, hashes
    together = np.flatnonzero(rows[1:] == rows[:-1])
    yield rows[together], _mixed(hashes[together] * _PAIR + hashes[together + 1])


def _runs(points: Hashes, row: Ints, running: tuple[Hashes, Hashes]) -> Iterator[tuple[Ints, Hashes]]:
    """Yield the hashes of runs of characters of a text, with their texts; a run may reach over several words."""
    ends = np.concatenate([[0], np.cumsum(points == _END)])
    for length in _CHARACTERS:
        start = np.arange(max(len(points) - length + 1, 0))
        start = start[ends[start + length - 1] == ends[start]]  # only the last character may be an end
        yield row[start], _run_hashes(start, start + length, running)


@functools.cache
def _kinds() -> npt.NDArray[np.int8]:
    """Return what each character of the basic plane is; the last one stands for all others, which are symbols."""
    kinds = np.array([_LETTER if chr(one).isalnum() else _GAP for one in range(_N_KNOWN)], dtype=np.int8)
    for low, high in _IDEOGRAMS:
        kinds[low : high + 1] = np.where(kinds[low : high + 1] == _LETTER, _IDEOGRAM, kinds[low : high + 1])
    kinds[[ord(mark) for mark in _MARKS]] = _MARK
    kinds[0x0300:0x0370] = _LETTER  # accents that follow their letter
    return np.append(kinds, np.int8(_IDEOGRAM))


@functools.cache
def _digits() -> npt.NDArray[np.bool_]:
    return np.array([chr(one).isdecimal() for one in range(_N_KNOWN)] + [False])
