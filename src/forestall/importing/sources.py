"""The sources of an import: the main files, and the further tables by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from forestall.errors import UsageError, nearest
from forestall.importing.mapping import Mapping
from forestall.importing.readers import LINE, SOURCE_ROW, SourceRows, read_files
from forestall.importing.readers.arrays import ARRAY, CELL, expand_array, explode_array
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
    _array_columns: dict[str, list[str]] = field(default_factory=dict, compare=False)

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
        if source not in self._array_columns:
            rows = explode_path(self.main.frame, source)
            self._array_columns[source] = column_names(rows.drop(CELL))
        return self._array_columns[source]

    @property
    def n_further_rows(self) -> int:
        """Number of rows of all further tables; a table that is a part of another one is not counted again."""
        return sum({id(rows.frame): rows.frame.height for rows in self.tables.values()}.values())

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
    named: dict[str, list[Path]] = {name: [] for name, table in plan.tables.items() if table.of is None}
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
        if not paths and not plan.tables[name].optional:
            raise UsageError(f"the mapping's table '{name}' must have a file; give it as {name}=FILE")
    files = {
        name: read_files(paths, plan.tables[name].file, may_be_empty=plan.tables[name].optional)
        for name, paths in named.items()
        if paths
    }
    files = {name: rows for name, rows in files.items() if rows.frame.height}
    tables: dict[str, SourceRows] = {}
    for name, table in plan.tables.items():
        if table.of is not None and table.of in files:
            tables[name] = SourceRows(files[table.of].frame)
        else:
            tables[name] = files[name] if name in files else _without_rows(plan, name)
    return Sources(read_files(main, plan.file), tables)


def _without_rows(plan: Mapping, name: str) -> SourceRows:
    """Return a table whose file was left out or is empty: without rows, with the columns that the mapping names."""
    columns = [use.column for use in plan.columns() if use.source == name]
    columns += [
        use.column.removeprefix(f"{name}.") for use in plan.columns() if use.column.startswith(f"{name}.")
    ]
    schema = {**dict.fromkeys(columns, pl.String), SOURCE_ROW: pl.UInt32, LINE: pl.Int64}
    return SourceRows(pl.DataFrame(schema=schema))


def check_columns(plan: Mapping, sources: Sources, name: str) -> None:
    """Check that the sources have all columns that the mapping names.

    Raises
    ------
    UsageError
        A column is missing. The message has its place in the mapping, and the nearest column.
    """
    for source, place in plan.row_sources().items():
        if source not in sources.tables:
            _check_array(source, sources, f"{name}: {place}")
    for use in plan.columns():
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
    arrays = [name for name, dtype in frame.schema.items() if dtype == ARRAY]
    base, *inner = split_path(column, arrays)
    if base not in arrays or any(name not in sources.columns(base) for name in inner):
        raise UsageError(
            f"{place} must name a table of 'tables' or an array of the records, "
            f"{nearest(column, [*sources.tables, *arrays])}"
        )


def _preamble_hint(plan: Mapping, sources: Sources) -> str:
    """Return advice where the header seems to be missing: most columns of the mapping are unknown."""
    wanted = {use.column for use in plan.columns() if use.source is None and "." not in use.column}
    if len(wanted & set(sources.columns(None))) >= len(wanted) / 2:
        return ""
    if hint := _records_hint(wanted, sources):
        return hint
    head = sources.main.frame.head(20)
    plain = [name for name in column_names(head) if not head.schema[name].is_nested()]
    cells = [pl.col(name).cast(pl.String, strict=False) for name in plain]
    lines = head.select(LINE, pl.concat_str(cells, ignore_nulls=True)).rows() if cells else []
    lines += sources.main.bad.head(20).select("line", "raw").rows()
    for line, text in sorted(lines):
        if sum(name in text for name in wanted) > len(wanted) / 2:
            return f"; line {line} looks like the header: write 'file: {{skip_rows: {line - 1}}}'"
    return ""


def _records_hint(wanted: set[str], sources: Sources) -> str:
    """Return advice where a JSON file was read as one record that holds all others."""
    frame = sources.main.frame
    if frame.height != 1:
        return ""
    for name in [name for name, dtype in frame.schema.items() if dtype == ARRAY]:
        if len(wanted & set(sources.columns(name))) > len(wanted) / 2:
            return f"; the array '{name}' has it: write 'file: {{records: {name}}}'"
    by_column = any(f"{name}.0" in frame.columns for name in wanted)
    if by_column or {"columns", "index", "data"} <= set(frame.columns) or f"0.{min(wanted)}" in frame.columns:
        return "; the file looks like a table that pandas wrote by columns: write it with orient='records'"
    return ""


def split_path(source: str, columns: Sequence[str]) -> list[str]:
    """Return the array of `columns` with which the path of an array begins, and the array in its elements, if any."""
    base = max(
        (name for name in columns if source == name or source.startswith(f"{name}.")), key=len, default=""
    )
    return [source] if not base or base == source else [base, source.removeprefix(f"{base}.")]


def explode_path(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    """Return the elements of an array, or of an array in its elements, as rows, each with `CELL`."""
    base, *inner = split_path(source, frame.columns)
    rows = explode_array(frame[base])
    return expand_array(rows, inner[0]) if inner and inner[0] in rows.columns else rows


def main_columns(plan: Mapping, sources: Sources) -> list[str]:
    """Return the columns that the mapping reads from the main rows, further tables' columns included."""
    paths = [source for source in plan.row_sources() if source not in plan.tables]
    arrays = {split_path(path, sources.main.frame.columns)[0] for path in paths}
    used = [use.column for use in plan.columns() if use.source is None and use.column not in plan.never]
    # an event of a further table may also read columns of its interaction's row
    used += [use.column for use in plan.columns() if use.source is not None]
    return list(dict.fromkeys([*used, *sorted(arrays)]))


ROW_COLUMNS = (SOURCE_ROW, LINE)
