"""CSV files of any separator, quoting and encoding. A line that is no row is kept with its number and text."""

from __future__ import annotations

import csv
import logging
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.errors import InputError
from forestall.importing.readers.column_names import check_width, clean_names
from forestall.importing.readers.content import read_content, to_utf8
from forestall.importing.readers.csv_scan import Records, scan_records
from forestall.importing.readers.csv_tolerant import read_lines
from forestall.importing.readers.file_options import FileOptions
from forestall.importing.readers.source_rows import SourceRows

log = logging.getLogger(__name__)

_SEPARATOR_LINE = re.compile(rb"sep=(.)\r?\n")  # Excel writes the separator into a line above the header
_SEPARATORS = (",", ";", "\t", "|", "^", "~")
_SAMPLE_BYTES, _SAMPLE_RECORDS = 100_000, 200
_ROWS_AT_ONCE = 100_000


def read_csv(path: Path, options: FileOptions) -> SourceRows:
    """Return the rows of a CSV file; each cell is text.

    Parameters
    ----------
    path
        The file.
    options
        The encoding, the separator, the quote and the number of lines above the header.

    Raises
    ------
    InputError
        The file has no header, or its text cannot be decoded.
    """
    content, encoding = to_utf8(read_content(path), path, options.encoding)
    if b"\r" in content and b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    content, above = _skip_lines(content, options.skip_rows)
    quote = options.quote or '"'
    named = _SEPARATOR_LINE.match(content)
    if named and options.separator is None:
        content, above = content[named.end() :], above + 1
    separator = options.separator or (named[1].decode() if named else _find_separator(content, quote))
    names, is_cut, begin, line = _read_header(content, separator, quote, path)
    if not options.header:
        begin, line = 0, 0
        names = clean_names([""] * len(names))
    above += line
    body = content[begin:]
    records = scan_records(body, separator, quote)
    n_further = _n_further(body, records, len(names), separator)
    if n_further > 1 or (n_further and is_cut):
        check_width(len(names) + n_further, path)
        names = clean_names([*names, *[""] * n_further])
    rows = _read_fast if records.is_well_formed else _read_tolerant
    read = rows(path, body, records, names, separator, quote, above)
    mark = {"\t": "tab"}.get(separator, separator)
    found = {f"{path.name}: separator": mark, f"{path.name}: encoding": encoding or "utf-8"}
    return SourceRows(read.frame, read.bad, found)


def _skip_lines(content: bytes, n_lines: int) -> tuple[bytes, int]:
    place = 0
    for _ in range(n_lines):
        place = content.find(b"\n", place) + 1
        if not place:
            return b"", n_lines
    return content[place:], n_lines


def _find_separator(content: bytes, quote: str) -> str:
    """Return the separator that gives most rows the number of cells of the header; blank lines do not count."""
    sample = content[:_SAMPLE_BYTES]
    if len(sample) < len(content):
        sample = sample[: sample.rfind(b"\n") + 1]

    def score(separator: str) -> tuple[float, int]:
        records = scan_records(sample, separator, quote)
        cells = records.cells[records.end > records.begin][:_SAMPLE_RECORDS]
        if not len(cells):
            return 0.0, 0
        return (round(float((cells == cells[0]).mean()), 1) if cells[0] > 1 else 0.0, int(cells[0]))

    return max(_SEPARATORS, key=score)


def _read_header(content: bytes, separator: str, quote: str, path: Path) -> tuple[list[str], bool, int, int]:
    """Return the names in the header, whether an empty last one was cut off, where it ends, and its number of lines."""
    begin = 0
    while content[begin : begin + 1] in (b"\n", b"\r"):
        begin += 1
    n_blank = content[:begin].count(b"\n")
    end = content.find(b"\n", begin)
    end = len(content) if end < 0 else end
    while content[begin:end].count(quote.encode()) % 2 and end < len(content):
        following = content.find(b"\n", end + 1)
        end = len(content) if following < 0 else following
    text = content[begin:end].decode("utf-8").rstrip("\r")
    if not text.strip():
        raise InputError(f"{path} must have a header and rows, is empty; export it again")
    check_width(text.count(separator) + 1, path)  # before they are read; hardly any separator is quoted
    try:
        cells = next(csv.reader([text], delimiter=separator, quotechar=quote))
    except csv.Error:  # Python's reader takes no cell of more than 131,072 characters
        raise InputError(
            f"{path}, line {n_blank + 1} must be a header of short names, has a very long one; check the separator and "
            "the quotes, or give 'file: {separator: …}' in the mapping"
        ) from None
    is_cut = len(cells) > 1 and not cells[-1].strip()
    return clean_names(cells[:-1] if is_cut else cells), is_cut, end + 1, n_blank + 1 + text.count("\n")


def _n_further(body: bytes, records: Records, n: int, separator: str) -> int:
    """Return how many cells most rows have more than the header has names; one that is empty everywhere is none."""
    counts = np.bincount(records.cells, minlength=n + 2)
    usual = int(counts.argmax())
    if usual > n + 1:  # such as notes beside a table of a spreadsheet
        return usual - n if counts[usual] > len(records.cells) / 2 else 0
    is_longer = records.cells == n + 1
    is_filled = is_longer & ~_ends_with(body, records, separator)
    return int(is_filled.any() and counts[n + 1] >= counts[n])


def _read_fast(
    path: Path, body: bytes, records: Records, names: list[str], separator: str, quote: str, above: int
) -> SourceRows:
    """Return the rows of a text whose quotes are well-formed, by Polars."""
    n, blank = len(names), records.is_blank() & (records.cells > 1) | (records.end == records.begin)
    is_longer = (records.cells == n + 1) & _ends_with(body, records, separator)
    is_good = ((records.cells == n) | is_longer) & ~blank
    is_bad = ~is_good & ~blank
    frame = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    if is_good.any():
        text = body if is_good.all() else _slices(body, records, is_good)
        if is_longer.any():
            # a header of as many names says where rows with an empty cell more are cut off
            text = separator.join(f"c{i}" for i in range(n)).encode() + b"\n" + text
        frame = pl.read_csv(
            text,
            has_header=bool(is_longer.any()),
            new_columns=names,
            infer_schema=False,
            separator=separator,
            quote_char=quote if quote.encode() in body else None,
            truncate_ragged_lines=True,
        )
    rows = SourceRows.of(frame, pl.Series(records.line[is_good] + above + 1))
    texts = {i: body[records.begin[i] : records.end[i]].decode("utf-8") for i in np.flatnonzero(is_bad)}
    bad = [i for i, text in texts.items() if text.strip(separator + " \t")]
    return rows.with_bad(
        path,
        [int(records.line[i]) + above + 1 for i in bad],
        ["too_few_cells" if records.cells[i] < n else "too_many_cells" for i in bad],
        [texts[i] for i in bad],
    )


def _ends_with(body: bytes, records: Records, separator: str) -> npt.NDArray[np.bool_]:
    text = np.frombuffer(body, dtype=np.uint8)
    last = np.maximum(records.end - 1, 0)
    return np.asarray(text[last] == ord(separator)) if len(text) else np.zeros(len(last), dtype=bool)


def _slices(body: bytes, records: Records, is_good: npt.NDArray[np.bool_]) -> bytes:
    """Return the text of the good records; neighbours are cut out together."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_good, [False]]).astype(np.int8)))
    runs = zip(edges[::2], edges[1::2], strict=True)
    return b"\n".join(body[records.begin[first] : records.end[last - 1]] for first, last in runs)


def _read_tolerant(
    path: Path, body: bytes, _: Records, names: list[str], separator: str, quote: str, above: int
) -> SourceRows:
    """Return the rows of a text with quotes that are not well-formed, line by line."""
    log.info("import: quotes of %s are not well-formed: it is read line by line", path.name)
    lines = [line.rstrip("\r") for line in body.decode("utf-8").split("\n")]
    cells: list[list[str]] = []
    numbers: list[int] = []
    bad: list[tuple[int, str]] = []
    for row in read_lines(lines, len(names), separator, quote):
        if row.cells is None:
            bad.append((row.line + above + 1, row.raw))
        else:
            cells.append(row.cells)
            numbers.append(row.line + above + 1)
    schema = dict.fromkeys(names, pl.String)
    parts = [
        pl.DataFrame(cells[i : i + _ROWS_AT_ONCE], schema=schema, orient="row")
        for i in range(0, max(len(cells), 1), _ROWS_AT_ONCE)
    ]
    rows = SourceRows.of(pl.concat(parts), pl.Series(numbers, dtype=pl.Int64))
    lines_bad, raw = [line for line, _ in bad], [text for _, text in bad]
    return rows.with_bad(path, lines_bad, ["wrong_number_of_cells"] * len(bad), raw)
