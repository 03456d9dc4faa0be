"""The sources of an import: the main files, and the further tables by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
import polars as pl

from forestall.errors import UsageError, nearest
from forestall.importing.mapping import Mapping
from forestall.importing.readers import LINE, SOURCE_ROW, SourceRows, read_files
from forestall.importing.readers.json_reader import to_frame
from forestall.importing.readers.read_files import column_names

_NAMED = re.compile(r"^([A-Za-z_][A-Za-z0-9_]*)=(.+)$")


@dataclass(frozen=True)
class Sources:
    """The rows of the main files and of the further tables.

    Parameters
    ----------
    main
        The rows of the main files.
    tables
        The rows of each further table, by its name in the mapping.
    """

    main: SourceRows
    tables: dict[str, SourceRows]

    def columns(self, source: str | None) -> list[str]:
        """Return the columns of the main source, of a further table, or of an array in the main source's records."""
        if source is None:
            joined = [
                f"{name}.{column}"
                for name, rows in self.tables.items()
                for column in column_names(rows.frame)
            ]
            return column_names(self.main.frame) + joined
        if source in self.tables:
            return column_names(self.tables[source].frame)
        return array_columns(self.main.frame[source])

    def keys_only(self, plan: Mapping) -> Sources:
        """Return the sources with only the keys of the main rows, to free memory once these were read."""
        keys = dict.fromkeys(column for table in plan.tables.values() for column in table.on.values())
        frame = self.main.frame
        slim = frame.select(SOURCE_ROW, LINE, *(name for name in keys if name in frame.columns))
        return replace(self, main=replace(self.main, frame=slim))

    def bad_rows(self) -> pl.DataFrame:
        """Return the lines of all files that are no rows."""
        return pl.concat([self.main.bad, *(rows.bad for rows in self.tables.values())])

    def found(self) -> dict[str, str]:
        """Return what was found out about each file."""
        found = dict(self.main.found)
        for rows in self.tables.values():
            found |= rows.found
        return found


def read_sources(plan: Mapping, sources: Sequence[str | Path]) -> Sources:
    """Return the rows of the sources that a command names: `FILE` for the main files, `NAME=FILE` for further tables.

    Raises
    ------
    UsageError
        A name is not in `tables` of the mapping, or a table of it has no file.
    InputError
        A file cannot be read.
    """
    main: list[Path] = []
    named: dict[str, list[Path]] = {name: [] for name in plan.tables}
    for source in sources:
        found = _NAMED.match(str(source))
        if found is None or Path(source).exists():
            main.append(Path(source))
        elif found[1] in named:
            named[found[1]].append(Path(found[2]))
        else:
            raise UsageError(
                f"'{found[1]}=…' must name a table of the mapping's 'tables', {nearest(found[1], list(named))}"
            )
    for name, paths in named.items():
        if not paths:
            raise UsageError(f"the mapping's table '{name}' must have a file; give it as {name}=FILE")
    tables = {name: read_files(paths, plan.tables[name].file) for name, paths in named.items()}
    return Sources(read_files(main, plan.file), tables)


def check_columns(plan: Mapping, sources: Sources, name: str) -> None:
    """Check that the sources have all columns that the mapping names.

    Raises
    ------
    UsageError
        A column is missing. The message has its place in the mapping, and the nearest column.
    """
    for use in plan.columns():
        if use.source is not None and use.source not in sources.tables:
            _check_array(use.source, sources, f"{name}: {use.place.split('.')[0]}.from")
        known = sources.columns(use.source)
        if use.source is not None:
            known = known + sources.columns(None)
        if use.column not in known:
            where = f"the table '{use.source}'" if use.source else "the sources"
            raise UsageError(
                f"{name}: {use.place} must name a column of {where}, which has no column '{use.column}'; "
                f"{nearest(use.column, known)}{_preamble_hint(plan, sources)}"
            )


def _check_array(column: str, sources: Sources, place: str) -> None:
    frame = sources.main.frame
    arrays = [name for name, dtype in frame.schema.items() if dtype == pl.List(pl.String)]
    if column not in arrays:
        raise UsageError(
            f"{place} must name a table of 'tables' or an array of the records, "
            f"{nearest(column, [*sources.tables, *arrays])}"
        )


def _preamble_hint(plan: Mapping, sources: Sources) -> str:
    """Return advice where the header seems to be missing: most columns of the mapping are unknown."""
    wanted = {use.column for use in plan.columns() if use.source is None and "." not in use.column}
    if len(wanted & set(sources.columns(None))) >= len(wanted) / 2:
        return ""
    head = sources.main.frame.head(20)
    cells = pl.col(column_names(head)).cast(pl.String, strict=False)
    lines = head.select(LINE, pl.concat_str(cells, ignore_nulls=True)).rows()
    lines += sources.main.bad.head(20).select("line", "raw").rows()
    for line, text in sorted(lines):
        if sum(name in text for name in wanted) > len(wanted) / 2:
            return f"; line {line} looks like the header: write 'file: {{skip_rows: {line - 1}}}'"
    return ""


def array_columns(column: pl.Series) -> list[str]:
    """Return the names of the values in an array of JSON objects."""
    return column_names(explode_array(column).drop("row"))


def explode_array(column: pl.Series) -> pl.DataFrame:
    """Return the elements of a column of arrays as rows, each with `row`: the number of its cell, from 0."""
    rows = pl.DataFrame({"row": pl.int_range(len(column), eager=True), "element": column}).explode("element")
    rows = rows.drop_nulls("element")
    elements = [orjson.loads(text) for text in rows["element"].to_list()]
    records = [one if isinstance(one, dict) else {"value": one} for one in elements]
    return to_frame(records).with_columns(rows["row"]) if records else pl.DataFrame({"row": rows["row"]})


def main_columns(plan: Mapping) -> list[str]:
    """Return the columns that the mapping reads from the main rows, further tables' columns included."""
    arrays = {
        event.source for event in plan.events if event.source is not None and event.source not in plan.tables
    }
    used = [use.column for use in plan.columns() if use.source is None and use.column not in plan.never]
    # an event of a further table may also read columns of its interaction's row
    used += [use.column for use in plan.columns() if use.source is not None]
    return list(dict.fromkeys([*used, *sorted(arrays)]))


ROW_COLUMNS = (SOURCE_ROW, LINE)
