"""Where the records of a CSV text begin and end, how many cells each has, and whether its quotes are well-formed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
_NEWLINE, _RETURN = 10, 13


@dataclass(frozen=True)
class Records:
    """The records of a CSV text.

    Parameters
    ----------
    begin, end
        First byte of each record, and the byte after its last one, the line's end excluded, shape (n,).
    line
        Number of line ends before each record, shape (n,).
    cells
        Number of cells of each record, shape (n,).
    is_well_formed
        Whether each quote opens a cell, closes one or is doubled, as RFC 4180 requires. If not, the records may be
        wrong: a single quote in a cell hides the ends of the lines that follow.
    """

    begin: Ints
    end: Ints
    line: Ints
    cells: Ints
    is_well_formed: bool

    def is_blank(self) -> npt.NDArray[np.bool_]:
        """Return whether each record has nothing but separators."""
        return np.asarray(self.end - self.begin == self.cells - 1)


def scan_records(content: bytes, separator: str, quote: str = '"') -> Records:
    """Return the records of a CSV text in UTF-8.

    Parameters
    ----------
    content
        The text, whose lines end with a newline or with a carriage return and a newline.
    separator, quote
        One ASCII character each.
    """
    text = np.frombuffer(content, dtype=np.uint8)
    quotes = np.flatnonzero(text == ord(quote))
    newlines = np.flatnonzero(text == _NEWLINE)
    ends = newlines if not len(quotes) else newlines[_is_outside(quotes, newlines)]
    if not len(ends) or ends[-1] != len(text) - 1:
        ends = np.append(ends, len(text))
    begin = np.concatenate([[0], ends[:-1] + 1]).astype(np.int64)
    separators = np.flatnonzero(text == ord(separator))
    if len(quotes):
        separators = separators[_is_outside(quotes, separators)]
    cells = np.searchsorted(separators, ends) - np.searchsorted(separators, begin) + 1
    line = np.searchsorted(newlines, begin)
    has_return = (
        (ends > begin) & (text[np.maximum(ends - 1, 0)] == _RETURN) if len(text) else np.zeros(1, bool)
    )
    return Records(
        begin, ends - has_return, line, cells, _is_well_formed(text, quotes, ord(separator), ord(quote))
    )


def _is_outside(quotes: Ints, places: Ints) -> npt.NDArray[np.bool_]:
    """Return whether each place lies outside of quoted cells: after an even number of quotes."""
    return np.asarray(np.searchsorted(quotes, places) % 2 == 0)


def _is_well_formed(text: npt.NDArray[np.uint8], quotes: Ints, separator: int, quote: int) -> bool:
    if len(quotes) % 2:
        return False
    allowed = np.zeros(256, dtype=bool)
    allowed[[separator, quote, _NEWLINE, _RETURN]] = True
    opening, closing = quotes[::2], quotes[1::2]
    before = text[np.maximum(opening - 1, 0)]
    after = text[np.minimum(closing + 1, len(text) - 1)]
    begins = allowed[before] | (opening == 0)
    ends = allowed[after] | (closing == len(text) - 1)
    return bool(begins.all() and ends.all())
