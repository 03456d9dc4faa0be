"""Rejected rows and cells, by table and rule: what each rule usually means, and the line to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.data_report.finding import (
    MAPPING,
    MODEL,
    Finding,
    Severity,
    shown_name,
    small_share,
    yaml_line,
)
from forestall.defaults import MAX_REJECTED
from forestall.reporting.text.formats import enumeration, number, plain_name

CELLS, ROWS = "cells", "rows"
"""Tables of rejections that hold cells of kept rows, and lines of a source that are no rows."""
_SOME = 0.01

_FORMAT = yaml_line("interactions", {"started_at": {"column": "…", "format": "%d/%m/%Y %H:%M"}})
_ZONE = yaml_line("timezone", "Europe/Copenhagen", "the zone of the source's clock")
_SCALE = yaml_line("label", {"scale": [0, 10], "dissatisfied_at_or_below": 6})
_KEY = yaml_line("interactions", {"interaction_id": "…"})
_DECIMAL = yaml_line("decimal", ",")
_REMEDIES: Mapping[str, tuple[str, str, str]] = {
    "no_interaction_id": ("Rows without a key cannot be joined to anything.", MAPPING, _KEY),
    "no_time": ("A row without a time cannot be placed before or after a moment.", MAPPING, _FORMAT),
    "unreadable_time": ("The form of these times is not the one in the mapping.", MAPPING, _FORMAT),
    "unreadable_number": ("They are no numbers: a decimal comma, or a word for no value.", MAPPING, _DECIMAL),
    "unreadable_flag": ("They are neither true nor false.", MAPPING, "missing: [unknown]"),
    "kind_is_no_word": ("The kind of an event must be one word.", MAPPING, "event_log: {kinds: {…: responded}}"),
    "event_before_start": (
        "The start is too late or the event too early: another zone, day and month exchanged, or the start "
        "of a later "
        "record.", MAPPING, _ZONE),
    "rated_before_start": ("The rating belongs to an earlier interaction, or the zones differ.", MAPPING, _ZONE),
    "duplicate_key": (
        "Several rows have one key. The first counts, unless the mapping says which is the newest.", MAPPING,
        yaml_line("newest_by", "updated_at", "the column with the time of the last change")),
    "orphan_event": ("The interactions of these events are not in the export, or were rejected.", "", ""),
    "orphan_feedback": ("The interactions of these ratings are not in the export, or were rejected.", "", ""),
    "rating_off_scale": ("These ratings are not on the scale of the label.", MODEL, _SCALE),
    "after_export": ("These times are after the export: a default such as 9999-12-31, or a misread year.", MAPPING,
                     yaml_line("missing", ["9999-12-31"])),
    "before_1990": ("These times are a default such as 1970-01-01, or a misread year.", MAPPING,
                    yaml_line("missing", ["1970-01-01"])),
}  # fmt: skip


@dataclass(frozen=True)
class Rejected:
    """Rows or cells of one table that broke one rule.

    Parameters
    ----------
    table, rule
        The table, and the rule.
    n
        Their number.
    when
        `import` or `check`.
    columns
        Of cells: their number by column.
    """

    table: str
    rule: str
    n: int
    when: str
    columns: dict[str, int]


@dataclass(frozen=True)
class Rejections:
    """All rejected rows and cells."""

    rejected: list[Rejected]
    findings: list[Finding]


def rejected(tables: Tables, folder: str | Path | None = None) -> Rejections:
    """Return what was rejected when the data were imported, and now.

    Parameters
    ----------
    tables
        Checked tables.
    folder
        The data folder that they are from, if any: its `rejected/` says which columns rejected cells are from.
    """
    at_import = tables.about.get("rejected_at_import", {})
    now = tables.rejections.counts_since_import()
    files = {} if folder is None else _files(Path(folder) / "rejected")
    every = [
        Rejected(table, rule, int(n), when, _columns(frame, rule))
        for when, counts, frames in (
            ("import", at_import, files or tables.rejections.frames),
            ("check", now, tables.rejections.frames),
        )
        for table, rules in counts.items()
        for rule, n in rules.items()
        for frame in [frames.get(table)]
    ]
    counted = {(one.table, one.rule) for one in every if one.when == "import"}
    every += [
        Rejected(table, str(rule), int(n), "import", _columns(frame, str(rule)))
        for table, frame in files.items()
        for rule, n in frame.group_by("rule")
        .len("n")
        .sort(["n", "rule"], descending=[True, False])
        .iter_rows()
        if (table, rule) not in counted
    ]
    return Rejections(every, list(_findings(every, tables)))


def _files(folder: Path) -> dict[str, pl.DataFrame]:
    """Return of each file of rejected rows the rules and, where there are any, the columns."""
    frames = {}
    for file in sorted(folder.glob("*.parquet")):
        names = pl.read_parquet_schema(file).keys()
        if "rule" in names:
            frames[file.stem] = pl.read_parquet(
                file, columns=["rule", *(["column"] if file.stem == CELLS and "column" in names else [])]
            )
    return frames


def _columns(frame: pl.DataFrame | None, rule: str) -> dict[str, int]:
    if frame is None or not {"column", "rule"} <= set(frame.columns):
        return {}
    counts = frame.filter(pl.col("rule") == rule).group_by("column").len("n")
    return {
        shown_name(str(name)): n
        for name, n in counts.sort(["n", "column"], descending=[True, False]).iter_rows()
    }


def _findings(every: list[Rejected], tables: Tables) -> Iterator[Finding]:
    for one in sorted(every, key=lambda one: -one.n):
        rows = _rows_in(tables, one)
        share = one.n / rows if rows else 0.0
        means, file, line = _REMEDIES.get(
            one.rule, ("See the rules in the manual, under Data folder.", "", "")
        )
        what = (
            "cells"
            if one.table == CELLS
            else "lines of a source"
            if one.table == ROWS
            else f"rows of {one.table}"
        )
        named = [f"{name} ({number(n)})" for name, n in list(one.columns.items())[:5]]
        of = f" of {number(rows)} ({small_share(share)})" if rows else ""
        finding = Finding(
            "rejected",
            _severity(one, share),
            f"{number(one.n)}{of} {what} were rejected at the {one.when} by the rule {plain_name(one.rule)}"
            + (f", in {enumeration(named)}." if named else "."),
            means,
            file,
            line,
        )
        yield finding if line else replace(finding, file="")


def _severity(one: Rejected, share: float) -> Severity:
    if one.table not in (CELLS, ROWS) and share > MAX_REJECTED:
        return "error"
    return "warning" if share > _SOME else "note"


def _rows_in(tables: Tables, one: Rejected) -> int:
    """Return the rows of the table that came in; 0 if that is not known."""
    if one.when == "check":
        return int(tables.rejections.rows_in.get(one.table, 0))
    kept: Any = getattr(tables, one.table, None)
    return kept.height + one.n if isinstance(kept, pl.DataFrame) else 0
