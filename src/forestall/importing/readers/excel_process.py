"""A sheet of a workbook, read in a process of its own by `read_sheet`.

A workbook of a kilobyte may have a cell in the last row and column, or unpack to gigabytes: calamine then asks for more
memory than there is, which ends the process. This file imports nothing of Forestall's, so that it starts quickly.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import fastexcel
import polars as pl

NO_BOOK, NO_SHEET, NO_MEMORY = "no book", "no sheet", "no memory"
"""Why nothing could be read: the file is no workbook; the sheet has no rows; the workbook needs too much memory."""


class Sheet(NamedTuple):
    """What was read of a workbook.

    Attributes
    ----------
    names
        The names of its sheets.
    frame
        The rows of the wanted sheet; None if there is no such sheet.
    fault
        Why nothing could be read: `NO_BOOK`, `NO_SHEET` or `NO_MEMORY`; None if it could.
    """

    names: list[str]
    frame: pl.DataFrame | None
    fault: str | None


def read_sheet(path: Path, sheet: str | None, *, header_row: int | None, skip_rows: int | None) -> Sheet:
    """Return a sheet of a workbook, by default the first one.

    Parameters
    ----------
    path
        The workbook.
    sheet
        The name of the sheet.
    header_row, skip_rows
        See `fastexcel.ExcelReader.load_sheet`.
    """
    with tempfile.TemporaryDirectory(prefix="forestall-") as folder:
        rows = Path(folder) / "rows.arrow"
        said = _ask(path=str(path), sheet=sheet, header_row=header_row, skip_rows=skip_rows, rows=str(rows))
        frame = pl.read_ipc(BytesIO(rows.read_bytes())) if rows.is_file() else None
    return Sheet(said["names"], frame, said["fault"])


def sheet_sizes(path: Path) -> tuple[dict[str, int], str | None]:
    """Return the number of cells of each sheet of a workbook, and why nothing could be read."""
    said = _ask(path=str(path), rows=None)
    return said["sizes"] if said["fault"] is None else {}, said["fault"]


def _ask(**asked: Any) -> dict[str, Any]:
    """Return what `main` says in a process of its own."""
    command = [sys.executable, "-P", __file__, json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode < 0:  # an allocation that fails in native code ends the process
        return {"names": [], "fault": NO_MEMORY}
    if done.returncode > 0:
        raise RuntimeError(f"the process that reads workbooks ended with exit code {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(asked: dict[str, Any]) -> dict[str, Any]:
    """Write the rows of a sheet, and return the names of all sheets and what is wrong; or the sizes of all sheets."""
    _limit_memory()
    try:
        book = _guarded(lambda: fastexcel.read_excel(asked["path"]))
        if book is None:
            return {"names": [], "fault": NO_BOOK}
        names = list(book.sheet_names)
        if asked["rows"] is None:
            sheets = {name: _guarded(partial(book.load_sheet, name)) for name in names}
            sizes = {name: one.total_height * one.width if one else 0 for name, one in sheets.items()}
            return {"names": names, "sizes": sizes, "fault": None}
        sheet = names[0] if asked["sheet"] is None else asked["sheet"]
        if sheet not in names:
            return {"names": names, "fault": None}
        rows = {"header_row": asked["header_row"], "skip_rows": asked["skip_rows"]}
        found = _guarded(partial(_load, book, sheet, rows))
        if found is None:
            return {"names": names, "fault": NO_SHEET}
        found.to_polars().write_ipc(asked["rows"])
    except MemoryError:
        return {"names": [], "fault": NO_MEMORY}
    return {"names": names, "fault": None}


def _load(book: Any, sheet: str, rows: dict[str, Any]) -> Any:
    """Return the rows of a sheet; a column that has no one type, such as lengths below and above a day, as text.

    So are lengths, beside which words would be lost, and columns with errors such as `#N/A`, which are empty cells.
    """
    dtypes: dict[str, str] = {}
    while True:
        try:
            found = book.load_sheet(sheet, **rows, schema_sample_rows=None, dtypes=dict(dtypes))
            lengths = [column.name for column in found.selected_columns if column.dtype == "duration"]
            if not lengths:
                return found
            dtypes |= dict.fromkeys(lengths, "string")
        except fastexcel.FastExcelError as error:
            named = re.search(r"dtype for column (.+)", str(error))
            if named is None or named[1] in dtypes:
                raise
            dtypes[named[1]] = "string"


def _guarded(read: Callable[[], Any]) -> Any:
    """Return what is read; None if fastexcel cannot, or panics over a file that is damaged."""
    try:
        return read()
    except fastexcel.FastExcelError:
        return None
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            return None
        raise


def _limit_memory() -> None:
    """Let this process have the memory that is free, so that a workbook ends it and not the computer's other ones."""
    if sys.platform != "linux":  # the only system on which the limit is kept to
        return
    import resource  # noqa: PLC0415

    import psutil  # noqa: PLC0415

    most = psutil.Process().memory_info().vms + psutil.virtual_memory().available
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
