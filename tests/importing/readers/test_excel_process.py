"""A workbook that asks for more memory than there is ends the process that reads it, and no other."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from forestall.errors import InputError
from forestall.importing.readers import FileOptions, read_file
from forestall.importing.readers.excel_process import NO_BOOK, NO_MEMORY, read_sheet, sheet_sizes
from forestall.importing.suggest.reading_options import read_unknown

_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    'Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="Visits" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}


def workbook(path: Path, cells: str) -> Path:
    """Write a workbook whose only sheet has these cells."""
    sheet = (
        f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}'
        "</sheetData></worksheet>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in {**_PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            packed.writestr(name, text)
    return path


def text(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


ROWS = f'<row r="1">{text("A1", "visit")}</row><row r="2">{text("A2", "v-1")}</row>'
FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


def test_a_workbook_is_read(tmp_path: Path) -> None:
    book = workbook(tmp_path / "a.xlsx", ROWS)
    assert read_file(book, FileOptions()).frame["visit"].to_list() == ["v-1"]
    assert sheet_sizes(book) == ({"Visits": 1}, None)


@pytest.mark.slow
def test_one_cell_in_the_last_row_and_column_ends_no_import(tmp_path: Path) -> None:
    book = workbook(tmp_path / "far.xlsx", ROWS + FAR)  # the cells between would take 512 GiB
    assert book.stat().st_size < 3_000
    with pytest.raises(InputError, match=r"far\.xlsx must be a workbook that fits into memory"):
        read_file(book, FileOptions())
    with pytest.raises(InputError, match="save its sheet as CSV"):
        read_unknown(book)
    assert read_sheet(book, None, header_row=0, skip_rows=None).fault == NO_MEMORY


@pytest.mark.slow
def test_what_is_no_workbook_is_said(tmp_path: Path) -> None:
    for content in (b"", b"PK\x03\x04" + b"\0" * 100, b"<html>"):
        (tmp_path / "b.xlsx").write_bytes(content)
        assert read_sheet(tmp_path / "b.xlsx", None, header_row=0, skip_rows=None).fault == NO_BOOK
        assert sheet_sizes(tmp_path / "b.xlsx") == ({}, NO_BOOK)
        with pytest.raises(InputError, match="must be an Excel file"):
            read_file(tmp_path / "b.xlsx", FileOptions())
