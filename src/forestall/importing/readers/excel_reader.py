"""Excel files, and those of LibreOffice, by calamine."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime
from pathlib import Path

import polars as pl

from forestall.data.frames import stack
from forestall.errors import InputError, UsageError, nearest
from forestall.importing.readers.column_names import clean_names
from forestall.importing.readers.content import most_unpacked, too_large_when_unpacked
from forestall.importing.readers.excel_process import NO_BOOK, NO_MEMORY, NO_SHEET, read_sheet
from forestall.importing.readers.file_options import FileOptions
from forestall.importing.readers.source_rows import NOT_READ, SourceRows

_PASSWORD = "EncryptedPackage".encode("utf-16-le")
_UNNAMED = re.compile(r"__UNNAMED__\d+")
_DAY_ZERO = datetime(1899, 12, 31)
_LAST_CLOCK = datetime(1901, 1, 1)
_TIME = r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"
_LENGTH = r"^(?:1899-12-3[01]|1900-)"
_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"


def read_excel(path: Path, options: FileOptions) -> SourceRows:
    """Return the rows of a sheet. Dates and numbers keep their types; a column of both becomes text.

    Excel writes a time of day or a length of time as a date of the year 1900: it becomes a text such as `09:12:58`. It
    writes a day as a time at midnight: a column of which no time has another clock holds days.

    Raises
    ------
    UsageError
        The file has no sheet of the name.
    InputError
        The file cannot be read.
    """
    if isinstance(options.sheet, list):
        return _read_sheets(path, options, options.sheet)
    check_unpacked(path)
    header_row, skip_rows = (options.skip_rows, None) if options.header else (None, options.skip_rows)
    read = read_sheet(path, options.sheet, header_row=header_row, skip_rows=skip_rows)
    check_book(path, read.fault)
    sheet, frame = options.sheet if options.sheet is not None else read.names[0], read.frame
    if read.fault == NO_SHEET:
        raise InputError(f"{path}: sheet '{sheet}' must have a header and rows, cannot be read")
    if frame is None:
        raise UsageError(f"{path}: file.sheet must name a sheet of the file, {nearest(sheet, read.names)}")
    above = options.skip_rows + int(options.header)
    names = ["" if _UNNAMED.fullmatch(name) else name for name in frame.columns]
    frame = frame.rename(dict(zip(frame.columns, clean_names(names), strict=True)))
    frame = frame.with_columns(_without_day(column) for column in frame if column.dtype == pl.Datetime)
    frame = frame.with_columns(_lengths_beside_words(column) for column in frame if column.dtype == pl.String)
    frame = frame.with_columns(_as_days(column) for column in frame)
    lines = pl.int_range(above + 1, above + 1 + frame.height, eager=True)
    filled = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series() if frame.width else lines > 0
    others = len(read.names) - 1 if options.sheet is None else 0
    said = f"{sheet} (the first; {others} {NOT_READ}" if others else sheet
    return SourceRows.of(frame.filter(filled), lines.filter(filled), found={f"{path.name}: sheet": said})


def _read_sheets(path: Path, options: FileOptions, sheets: list[str]) -> SourceRows:
    """Return the rows of several sheets, one after another."""
    parts = [read_excel(path, options.model_copy(update={"sheet": sheet})) for sheet in sheets]
    return SourceRows(
        stack([part.frame for part in parts]), found={f"{path.name}: sheets": ", ".join(sheets)}
    )


def check_unpacked(path: Path) -> None:
    """Check that a workbook which is a zip archive unpacks to no more than other compressed files may.

    Raises
    ------
    InputError
        It does.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            n_bytes = sum(one.file_size for one in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        return  # an old workbook, or none at all, which its reader says
    if n_bytes > most_unpacked(path.stat().st_size):
        raise too_large_when_unpacked(path, "save its sheet as CSV and import that")


def check_book(path: Path, fault: str | None) -> None:
    """Check that a workbook could be opened.

    Raises
    ------
    InputError
        It could not.
    """
    if fault == NO_MEMORY:
        raise InputError(
            f"{path} must be a workbook that fits into memory, needs more; save its sheet as CSV and import that"
        )
    if fault == NO_BOOK:
        raise InputError(f"{path} must be an Excel file, {_what_else(path)}")


def _what_else(path: Path) -> str:
    """Return what a file is that is called a workbook and is none, and what to do."""
    with path.open("rb") as file:
        start = file.read(1_000_000)
    head = start.lstrip(b"\xef\xbb\xbf \r\n\t")[:2_000].lower()
    if _PASSWORD in start:
        return "is protected by a password; save it without one"
    if head.startswith(b"<") or b"<table" in head:
        return "is HTML or XML under that name; open it in a spreadsheet, and save it as .xlsx or CSV"
    if start and (b"\x00" not in start or start.startswith((b"\xff\xfe", b"\xfe\xff"))):
        return f"is text under that name; call it {path.stem}.csv"
    return "cannot be read as one; export it again"


def _without_day(column: pl.Series) -> pl.Series:
    """Return a column of times of day or of lengths as text, `HH:MM:SS`; one that has real dates as it is."""
    last = column.max()
    if not isinstance(last, datetime) or last >= _LAST_CLOCK:
        return column
    ms = (column.cast(pl.Datetime("ms")) - _DAY_ZERO).dt.total_milliseconds().alias("ms")
    if (ms < 0).any():  # other programs count the days from one day earlier
        ms = ms + 86_400_000
    whole, part = ms // 1000, ms % 1000
    clock = pl.DataFrame({"h": whole // 3600, "m": whole // 60 % 60, "s": whole % 60, "part": part})
    two = {name: pl.col(name).cast(pl.String).str.zfill(2) for name in ("h", "m", "s")}
    fraction = pl.when(pl.col("part") > 0).then(pl.lit(".") + pl.col("part").cast(pl.String).str.zfill(3))
    text = clock.select(pl.format("{}:{}:{}", *two.values()) + fraction.otherwise(pl.lit("")))
    return text.to_series().alias(column.name)


def _lengths_beside_words(column: pl.Series) -> pl.Series:
    """Return a column of texts in which lengths of time stand as dates around 1900 with them as `HH:MM:SS`."""
    is_time = column.str.contains(_TIME)
    if not is_time.any() or not column.filter(is_time).str.contains(_LENGTH).all():
        return column
    times = column.zip_with(is_time, pl.Series([None], dtype=pl.String)).str.to_datetime(
        "%Y-%m-%d %H:%M:%S%.f", time_unit="ms", strict=False
    )
    return _without_day(times).zip_with(is_time, column)


def _as_days(column: pl.Series) -> pl.Series:
    """Return a column of days, which Excel writes as times at midnight, without a time of day; another as it is."""
    if column.dtype == pl.Datetime:
        days = column.dt.date()
        return days if (column == days.cast(column.dtype)).all() else column
    if (
        column.dtype == pl.String
    ):  # dates beside texts; in a column of texts alone, a midnight was written by someone
        is_time, is_day = column.str.contains(_TIME), column.str.contains(_MIDNIGHT)
        if is_day.any() and (is_time == is_day).all() and not is_day.all():
            return column.str.replace(_MIDNIGHT, "${1}")
    return column
