"""CSV whose quotes are not well-formed, read line by line: a bad line costs no other line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

_MOST_LINES = 200
_LONGEST = 1_000_000


@dataclass(frozen=True)
class Row:
    """A row, or a line that is none.

    Parameters
    ----------
    line
        Index of its first line.
    cells
        Its cells; None if it is no row.
    raw
        Its text.
    """

    line: int
    cells: list[str] | None
    raw: str


def read_lines(lines: list[str], n_cells: int, separator: str, quote: str) -> Iterator[Row]:
    """Yield the rows of lines of CSV, blank lines excluded.

    A line with the right number of cells is a row. One that opens a quoted cell is joined with the lines up to
    where the cell is closed. Else its quotes are part of its cells, if it then has the right number of them.

    Parameters
    ----------
    lines
        The lines without their ends.
    n_cells
        The number of cells of a row; one more is allowed if it is empty.
    separator, quote
        One character each.
    """
    i = 0
    while i < len(lines):
        if not lines[i].strip(separator + " \t"):
            i += 1
            continue
        for cells, n_lines in _readings(lines, i, separator, quote):
            fitting = _fit(cells, n_cells)
            if fitting is not None:
                yield Row(i, fitting, "")
                i += n_lines
                break
        else:
            yield Row(i, None, lines[i])
            i += 1


def _readings(lines: list[str], i: int, separator: str, quote: str) -> Iterator[tuple[list[str], int]]:
    """Yield the cells of line `i` in each way in which it can be read, and how many lines they take."""
    cells, is_open = _parse(lines[i], separator, quote)
    if cells is not None:
        yield cells, 1
    if is_open:
        text = lines[i]
        for j in range(i + 1, min(i + _MOST_LINES, len(lines))):
            text = f"{text}\n{lines[j]}"
            if quote not in lines[j] or len(text) > _LONGEST:
                continue
            cells, _ = _parse(text, separator, quote)
            if cells is not None:
                yield cells, j - i + 1
    cells, _ = _parse(lines[i], separator, quote, after_blanks=True)
    if cells is not None:
        yield cells, 1
    yield lines[i].split(separator), 1


def _parse(
    text: str, separator: str, quote: str, *, after_blanks: bool = False
) -> tuple[list[str] | None, bool]:
    """Return the cells of one record, None if its quotes are wrong, and whether a quoted cell is still open."""
    reader = csv.reader(
        text.splitlines(keepends=True),
        delimiter=separator,
        quotechar=quote,
        strict=True,
        skipinitialspace=after_blanks,
    )
    try:
        records = list(reader)
    except csv.Error as error:
        return None, "unexpected end" in str(error)
    return (records[0], False) if len(records) == 1 else (None, False)


def _fit(cells: list[str], n_cells: int) -> list[str] | None:
    """Return the cells of a row, None if there are too few or too many."""
    if len(cells) == n_cells + 1 and not cells[-1].strip():
        cells = cells[:-1]
    return cells if len(cells) == n_cells else None
