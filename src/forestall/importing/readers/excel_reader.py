"""Excel files, and those of LibreOffice, by calamine."""

from __future__ import annotations

from pathlib import Path

import fastexcel
import polars as pl

from forestall.errors import InputError, UsageError, nearest
from forestall.importing.readers.column_names import clean_names
from forestall.importing.readers.file_options import FileOptions
from forestall.importing.readers.source_rows import SourceRows


def read_excel(path: Path, options: FileOptions) -> SourceRows:
    """Return the rows of a sheet. Dates and numbers keep their types; a column of both becomes text.

    Raises
    ------
    UsageError
        The file has no sheet of the name.
    InputError
        The file cannot be read.
    """
    try:
        book = fastexcel.read_excel(str(path))
    except fastexcel.FastExcelError:
        raise InputError(f"{path} must be an Excel file, cannot be read as one; export it again") from None
    sheet = options.sheet if options.sheet is not None else book.sheet_names[0]
    if sheet not in book.sheet_names:
        raise UsageError(
            f"{path}: file.sheet must name a sheet of the file, {nearest(sheet, book.sheet_names)}"
        )
    try:
        frame = book.load_sheet(sheet, header_row=options.skip_rows, schema_sample_rows=None).to_polars()
    except fastexcel.FastExcelError:
        raise InputError(f"{path}: sheet '{sheet}' must have a header and rows, cannot be read") from None
    frame = frame.rename(dict(zip(frame.columns, clean_names(frame.columns), strict=True)))
    lines = pl.int_range(options.skip_rows + 2, options.skip_rows + 2 + frame.height, eager=True)
    filled = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series() if frame.width else lines > 0
    return SourceRows.of(frame.filter(filled), lines.filter(filled), found={f"{path.name}: sheet": sheet})
