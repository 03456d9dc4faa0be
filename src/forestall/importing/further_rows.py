"""Rows of further tables and of arrays in the records, each with the row of its interaction."""

from __future__ import annotations

from collections.abc import Mapping as Known

import polars as pl

from forestall.importing.join_keys import check_keys, key_names, with_keys
from forestall.importing.joined_rows import MAIN_ROW, table_rows, without_gaps
from forestall.importing.mapping import Mapping
from forestall.importing.readers import LINE, SOURCE_ROW
from forestall.importing.readers.arrays import CELL
from forestall.importing.rejection_limit import orphan_rows
from forestall.importing.sources import Sources, explode_path
from forestall.importing.values import Cells


class FurtherRows:
    """The rows of further tables and arrays whose rows make events or ratings, read once.

    Parameters
    ----------
    plan
        The mapping.
    sources
        The rows of all sources.
    main
        The main rows that count, with `KEY` and `MAIN_ROW`.

    Attributes
    ----------
    orphans : list of polars.DataFrame
        Rows of further tables whose key no row of the main source has, as they are rejected.
    """

    def __init__(self, plan: Mapping, sources: Sources, main: Cells) -> None:
        self.main = main
        self.orphans: list[pl.DataFrame] = []
        self._plan, self._sources = plan, sources
        self._cells: dict[str, Cells] = {}

    def of(self, source: str) -> Cells:
        """Return the rows of a table or an array, with the values of the interaction's row beside their own."""
        if source not in self._cells:
            self._cells[source], orphans = rows_of(self._plan, self._sources, source, self.main)
            table = self._plan.tables.get(source)
            if table is not None and table.orphans == "leave_out":
                if orphans.height:
                    self.main.notes.counts[f"tables.{source}: rows of other records"] = orphans.height
            else:
                self.orphans.append(orphan_rows(source, orphans))
        return self._cells[source]


def own_times(cells: Cells, known: Known[str, pl.Series]) -> dict[str, pl.Series]:
    """Return the times of each row's interaction."""
    return {name: values.gather(cells.frame[MAIN_ROW]) for name, values in known.items()}


def rows_of(plan: Mapping, sources: Sources, name: str, main: Cells) -> tuple[Cells, pl.DataFrame]:
    """Return the rows of a further table or of an array, each with its interaction's row, and those that have none.

    Parameters
    ----------
    plan
        The mapping.
    sources
        The rows of all sources.
    name
        The table's name, or the array's column.
    main
        The main rows that count, with `KEY` and `MAIN_ROW`.

    Returns
    -------
    cells, orphans
        The rows have their own columns, and those of the interaction's row under other names. `orphans` are rows
        whose key no row of the main source has.
    """
    if name not in sources.tables:
        child = explode_path(main.frame, name)
        child = child.with_columns(main.frame[MAIN_ROW].gather(child[CELL]).alias(MAIN_ROW)).drop(CELL)
        orphans = pl.DataFrame(schema={LINE: pl.Int64})
        lines = main.frame.select(MAIN_ROW, LINE)
        child = child.join(lines, on=MAIN_ROW, how="left", maintain_order="left")
    else:
        table = plan.tables[name]
        rows = table_rows(plan, sources, name, main).drop(SOURCE_ROW)
        on, ours = key_names(table.on), table.on.values()
        everyone = without_gaps(sources.main.frame.select(*dict.fromkeys(ours)), plan)
        everyone = with_keys(everyone, ours).select(on)
        rows = with_keys(rows, table.on)
        check_keys(main, name, table.on, rows, everyone)
        orphans = rows.join(everyone.unique(), on=on, how="anti", maintain_order="left").drop(on)
        here = with_keys(main.frame, ours).select(MAIN_ROW, *on)
        n_left_out = rows.height - orphans.height - rows.join(here, on=on, how="semi").height
        if n_left_out:
            main.notes.counts[f"tables.{name}: rows of what is left out"] = n_left_out
        child = rows.join(here, on=on, how="inner", maintain_order="left").drop(on)
    child = without_gaps(child, plan)
    others = [column for column in main.frame.columns if column not in child.columns]
    child = child.join(main.frame.select(MAIN_ROW, *others), on=MAIN_ROW, how="left", maintain_order="left")
    return main.with_rows(child), orphans
