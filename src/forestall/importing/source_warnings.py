"""What is said of a mapping and its sources before the tables are made."""

from __future__ import annotations

import polars as pl

from forestall.data.zone_names import zone_warning
from forestall.importing.import_notes import ImportNotes
from forestall.importing.lifecycle import warn_of_lifecycle
from forestall.importing.mapping import Mapping
from forestall.importing.readers.encodings import DAMAGED
from forestall.importing.readers.not_rows import MAYBE_TOTALS
from forestall.importing.readers.source_rows import LINE, NOT_READ, SourceRows
from forestall.importing.readers.xes_reader import SAME_TRACES
from forestall.importing.sources import Sources

_SHORTENED = r"^\d(?:[.,]\d+)?[eE]\+\d{2,}$"


def first_notes(sources: Sources) -> ImportNotes:
    """Return notes that warn of what was guessed when the files were read."""
    notes = ImportNotes()
    for what, value in sources.found().items():
        if value.endswith("(guessed)"):
            notes.warn(
                f"{what} {value}; if letters come out wrong, give 'file: {{encoding: …}}' in the mapping"
            )
        elif value.endswith(f"{DAMAGED})"):
            notes.warn(f"{what} {value}; if the words matter, export it again as UTF-8")
        elif value == MAYBE_TOTALS:
            notes.warn(
                f"{what} {value} of the rows above; if so, leave them out of the export or by 'leave_out'"
            )
        elif what.endswith(SAME_TRACES):
            notes.warn(
                f"{what}: {value}; each name is one case, give the traces names of their own if they are others"
            )
        elif value.endswith(NOT_READ):
            notes.warn(f"{what} {value}; name one, or a list of them, by 'file: {{sheet: …}}'")
    return notes


def warn_of_sources(plan: Mapping, rows: SourceRows, notes: ImportNotes) -> None:
    """Warn of what makes records wrong although all can be read.

    These are a file that may be cut off, steps of an event log in several rows, zones that mean something else than
    they seem to, such as `Etc/GMT+2`, keys that a spreadsheet has shortened, and columns that stand twice or that one
    of the files lacks.

    Parameters
    ----------
    plan
        The mapping.
    rows
        The rows of the main files.
    notes
        Takes the warnings.
    """
    warn_of_lifecycle(plan, rows.frame, notes)
    for place, zone in plan.zones():
        if warning := zone_warning(zone):
            notes.warn(f"{place}: {warning}")
    _warn_of_cut_files(rows, notes)
    _warn_of_short_keys(plan, rows.frame, notes)
    _warn_of_columns(plan, rows, notes)


def _warn_of_cut_files(rows: SourceRows, notes: ImportNotes) -> None:
    """Warn of files whose last line has too few cells, as after a transfer that broke off."""
    last_row = rows.frame[LINE].max() if LINE in rows.frame.columns else None
    short = rows.bad.filter(pl.col("rule").is_in(["too_few_cells", "wrong_number_of_cells"]))
    for file, line in short.group_by("source", maintain_order=True).agg(pl.col("line").max()).iter_rows():
        if last_row is not None and line > last_row:
            notes.warn(
                f"{file} ends in line {line:,} with too few cells: if the file was cut off, rows are missing"
            )


def _warn_of_columns(plan: Mapping, rows: SourceRows, notes: ImportNotes) -> None:
    used = list(dict.fromkeys(use.column for use in plan.columns() if use.source is None))
    for name in used:
        second = f"{name} (2)"
        if second in rows.frame.columns and second not in used and name in rows.frame.columns:
            notes.warn(f"column '{name}' stands twice, and the first counts; the second is called '{second}'")
    for file, lacking in rows.lacking.items():
        if lost := [name for name in used if name in lacking and name not in plan.file.optional_columns]:
            named = ", ".join(f"'{name}'" for name in lost[:5])
            notes.warn(f"{file} has no column {named}, which other files have: its rows have no value there")


def _warn_of_short_keys(plan: Mapping, frame: pl.DataFrame, notes: ImportNotes) -> None:
    own = plan.interactions
    keys: list[str | None] = [key.column for key in (own.interaction_id, own.customer_id) if key is not None]
    keys += [plan.event_log.case] if plan.event_log else []
    keys += [column for table in plan.tables.values() for column in table.on.values()]
    for name in dict.fromkeys(keys):
        if name is None or frame.schema.get(name) != pl.String:
            continue
        n = int(frame[name].str.contains(_SHORTENED).sum())
        if n:
            notes.warn(
                f"column '{name}' has {n:,} keys in the form 1.23E+12, in which spreadsheets write long numbers: "
                "digits are lost, and several keys may have become one; export the column as text"
            )
