"""The rows that were read from a source, with the line of each, and the lines that are no rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from forestall.data.frames import stack
from forestall.errors import InputError

SOURCE_ROW = "__source_row__"
"""Column with the number of a row among the rows of all sources, from 1, headers excluded."""
LINE = "__line__"
"""Column with the line of a row in its file, from 1; the record's number in a file without lines."""
NOT_READ = "more not read)"
"""The end of what is said of the sheet of a workbook with others, where the mapping names none."""
_JSON = {".json", ".jsonl", ".ndjson"}
_BAD_ROWS = {"source": pl.String, "line": pl.Int64, "rule": pl.String, "raw": pl.String}


@dataclass(frozen=True)
class SourceRows:
    """The rows of one or more files.

    Parameters
    ----------
    frame
        One column for each column of the files, and `LINE`.
    bad
        Lines that are no rows: `source` (the file's name), `line`, `rule` and `raw`, the text of the line.
    found
        What was found out about each file: its encoding and separator, for example.
    lacking
        The columns that some of several files have, by the name of the file that lacks them.
    """

    frame: pl.DataFrame
    bad: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_BAD_ROWS))
    found: Mapping[str, str] = field(default_factory=dict)
    lacking: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, frame: pl.DataFrame, lines: pl.Series | None = None, *, found: Mapping[str, str] | None = None
    ) -> SourceRows:
        """Return the rows of a file in which every line is a row; without `lines` they are numbered from 1."""
        if lines is None:
            lines = pl.int_range(1, frame.height + 1, eager=True)
        return cls(frame.with_columns(lines.cast(pl.Int64).alias(LINE)), found=found or {})

    def with_bad(
        self, path: Path, lines: Sequence[int], rule: Sequence[str], raw: Sequence[str]
    ) -> SourceRows:
        """Return these rows and further lines that are no rows."""
        columns = {"source": [path.name] * len(lines), "line": lines, "rule": rule, "raw": raw}
        return SourceRows(
            self.frame, pl.concat([self.bad, pl.DataFrame(columns, schema=_BAD_ROWS)]), self.found
        )


def stack_rows(
    parts: Sequence[SourceRows], paths: Sequence[str | Path], *, may_be_empty: bool = False
) -> SourceRows:
    """Return the rows of all parts, one after another, numbered in `SOURCE_ROW`.

    Parameters
    ----------
    parts, paths
        The rows of each file, and its path.
    may_be_empty
        Whether there may be no row.

    Raises
    ------
    InputError
        No part has a row, unless `may_be_empty`.
    """
    frame = stack([part.frame for part in parts])
    if not frame.height and not may_be_empty:
        others = [value for part in parts for value in part.found.values() if value.endswith(NOT_READ)]
        raise InputError(_no_rows(paths, pl.concat([part.bad for part in parts]), others))
    frame = frame.with_columns(pl.int_range(1, frame.height + 1, dtype=pl.UInt32).alias(SOURCE_ROW))
    found: dict[str, str] = {}
    for part in parts:
        found |= part.found
    # JSON leaves out what is empty
    named = [(Path(path), part) for path, part in zip(paths, parts, strict=True)] if len(parts) > 1 else []
    named = [(path, part) for path, part in named if not _JSON & set(path.suffixes)]
    lacking = {path.name: frozenset(frame.columns) - set(part.frame.columns) for path, part in named}
    return SourceRows(frame, pl.concat([part.bad for part in parts]), found, lacking)


def _no_rows(paths: Sequence[str | Path], bad: pl.DataFrame, others: Sequence[str]) -> str:
    """Return the error of files without rows: `bad` are lines that are no rows, `others` sheets that are not read."""
    names = f"{', '.join(str(path) for path in paths)} must have rows"
    if others and not bad.height:
        return f"{names}, sheet {others[0]} has none; name another one by 'file: {{sheet: …}}'"
    if not bad.height:
        return f"{names}, {'have' if len(paths) > 1 else 'has'} none; export again"
    rules = bad.group_by("rule").len().sort(["len", "rule"], descending=[True, False]).rows()
    lines = ", ".join(str(line) for line in bad["line"].head(3))
    return (
        f"{names}, none of the {bad.height:,} lines after the header is one: "
        f"{', '.join(f'{rule} {n:,}' for rule, n in rules)}; look at line {lines}, and correct 'file' in the "
        "mapping, such as 'skip_rows' for lines above the header"
    )
