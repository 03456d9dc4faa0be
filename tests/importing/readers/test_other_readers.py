"""Excel, compressed and damaged files, and pipes."""

import bz2
import gzip
import lzma
import os
import zipfile
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from forestall.errors import InputError, UsageError
from forestall.importing import import_tables
from forestall.importing.readers import LINE, FileOptions, read_file, read_files
from forestall.importing.suggest.reading_options import read_unknown

TEXT = b"id,said\n1,x\n"


def test_a_compressed_file_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    contents = {"gzip": gzip.compress(TEXT), "bzip2": bz2.compress(TEXT), "xz": lzma.compress(TEXT)}
    contents["zstd"] = pa.Codec("zstd").compress(TEXT, asbytes=True)
    for name, content in contents.items():
        (tmp_path / f"{name}.csv").write_bytes(content)  # the ending does not say so
        assert read_file(tmp_path / f"{name}.csv", FileOptions()).frame["said"].to_list() == ["x"]
    with zipfile.ZipFile(tmp_path / "a.csv.zip", "w") as archive:
        archive.writestr("a.csv", TEXT)
    assert read_file(tmp_path / "a.csv.zip", FileOptions()).frame["said"].to_list() == ["x"]
    with zipfile.ZipFile(tmp_path / "two.csv.zip", "w") as archive:
        archive.writestr("a.csv", TEXT)
        archive.writestr("b.csv", TEXT)
    with pytest.raises(InputError, match="must hold one file, holds 2; unpack it"):
        read_file(tmp_path / "two.csv.zip", FileOptions())


def test_a_pipe_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(InputError, match="must be a file, is a pipe or a device"):
        read_files([tmp_path / "a.csv"])


def test_a_sheet_of_excel_is_read_by_its_name(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter", reason="XlsxWriter writes the file of this test")
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx", {"default_date_format": "yyyy-mm-dd hh:mm"})
    book.add_worksheet("Cover").write(0, 0, "Report")
    sheet = book.add_worksheet("Tickets")
    sheet.write_row(0, 0, ["Report of May"])
    sheet.write_row(1, 0, ["Id ", "Opened", "R"])
    for i, rating in enumerate([5, None, 3]):
        sheet.write_row(i + 2, 0, [i, datetime(2026, 1, 5, 10, i)])
        sheet.write(i + 2, 2, rating)
    book.close()
    got = read_file(tmp_path / "a.xlsx", FileOptions(sheet="Tickets", skip_rows=1))
    assert got.frame.drop(LINE).rows() == [
        (0.0, datetime(2026, 1, 5, 10, 0), 5.0),
        (1.0, datetime(2026, 1, 5, 10, 1), None),
        (2.0, datetime(2026, 1, 5, 10, 2), 3.0),
    ]
    assert got.frame[LINE].to_list() == [3, 4, 5]
    with pytest.raises(
        UsageError, match=r"file\.sheet must name a sheet of the file, did you mean 'Tickets'"
    ):
        read_file(tmp_path / "a.xlsx", FileOptions(sheet="Ticket"))


def test_parquet_columns_of_any_type_are_read(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": [1], "kind": ["a"], "when": [{"at": datetime(2026, 1, 5)}]}).with_columns(
        pl.col("kind").cast(pl.Categorical)
    )
    frame.write_parquet(tmp_path / "a.parquet")
    got = read_files([tmp_path / "a.parquet"]).frame
    assert got["when.at"].to_list() == [datetime(2026, 1, 5)]


def test_times_of_day_and_lengths_in_excel_are_text_and_not_days_of_1900(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter", reason="XlsxWriter writes the file of this test")
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet = book.add_worksheet()
    clock, day = book.add_format({"num_format": "hh:mm:ss"}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, ["Time", "Talk", "Day"])
    for i, talk in enumerate([143 / 86_400, None, 26.25 / 24]):
        sheet.write(i + 1, 0, (9 * 3600 + 12 * 60 + 58 + i) / 86_400, clock)
        sheet.write(i + 1, 1, talk, clock)
        sheet.write_datetime(i + 1, 2, datetime(2026, 1, 5), day)
    book.close()
    rows = read_file(tmp_path / "a.xlsx", FileOptions()).frame
    assert rows["Time"].to_list() == ["09:12:58", "09:12:59", "09:13:00"]
    assert rows["Talk"].to_list() == ["00:02:23", None, "26:15:00"]
    assert rows["Day"].to_list() == [date(2026, 1, 5)] * 3


def test_lengths_below_and_above_a_day_are_read_beside_words(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter", reason="XlsxWriter writes the file of this test")
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet = book.add_worksheet()
    short, length = (book.add_format({"num_format": form}) for form in ("hh:mm", "[h]:mm:ss"))
    for column, cells in enumerate((["wait", 1 / 16, 26 / 24], ["talk", 50.5 / 24, "n/a"])):
        for row, cell in enumerate(cells):
            form = None if isinstance(cell, str) else short if cell < 1 else length
            sheet.write(row, column, cell, form)
    book.close()
    rows = read_file(tmp_path / "a.xlsx", FileOptions()).frame
    assert rows["wait"].to_list() == ["01:30:00", "26:00:00"]
    assert rows["talk"].to_list() == ["50:30:00", "n/a"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Id\tOpened\n1\t2023-05-30\n", "is text under that name; call it a.csv"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "is HTML or XML under that name; open it"),
        (b"\xd0\xcf\x11\xe0\x00" + "EncryptedPackage".encode("utf-16-le"), "is protected by a password"),
        (b"PK\x03\x04\x00", "cannot be read as one"),
    ],
)
def test_what_is_only_called_a_workbook_is_said(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_file(tmp_path / "a.xls", FileOptions())


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_found(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("id,said\n1,Ærø\n".encode(encoding))
    assert read_file(tmp_path / "a.csv", FileOptions()).frame["said"].to_list() == ["Ærø"]


def test_a_day_in_excel_is_no_midnight_unless_another_time_of_the_column_has_a_clock(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter", reason="XlsxWriter writes the file of this test")
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx", {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Day", "Time", "Day or word", "Time or word", "Text"])
    midnight, text = datetime(2026, 1, 5), "2026-01-05 00:00:00"
    sheet.write_row(1, 0, [midnight, midnight, midnight, midnight, text])
    sheet.write_row(2, 0, [midnight, datetime(2026, 1, 5, 9), midnight, datetime(2026, 1, 5, 9), text])
    sheet.write_row(3, 2, ["open", "open", text])
    book.close()
    rows = read_file(tmp_path / "a.xlsx", FileOptions()).frame.drop(LINE)
    assert rows.to_dict(as_series=False) == {
        "Day": [date(2026, 1, 5), date(2026, 1, 5), None],
        "Time": [midnight, datetime(2026, 1, 5, 9), None],
        "Day or word": ["2026-01-05", "2026-01-05", "open"],
        "Time or word": [text, "2026-01-05 09:00:00", "open"],
        "Text": [text] * 3,
    }


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_file_without_a_header_has_numbered_columns(name: str, tmp_path: Path) -> None:
    if name == "a.csv":
        (tmp_path / name).write_text("1,x\n2,y\n")
    else:
        xlsxwriter = pytest.importorskip("xlsxwriter", reason="XlsxWriter writes the file of this test")
        book = xlsxwriter.Workbook(tmp_path / name)
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["1", "x"])
        sheet.write_row(1, 0, ["2", "y"])
        book.close()
    got = read_file(tmp_path / name, FileOptions(header=False)).frame
    assert got.drop(LINE).rows(named=True)[0] == {"column 1": "1", "column 2": "x"}
    assert got[LINE].to_list() == [1, 2]


@pytest.mark.slow
def test_several_sheets_are_put_together_and_others_are_named(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter", reason="XlsxWriter writes the file of this test")
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    for month, rows in (("Jan", 3), ("Feb", 2), ("Notes", 0)):
        sheet = book.add_worksheet(month)
        sheet.write_row(0, 0, ["Id", "Opened"] if rows else ["Of whom"])
        for i in range(rows):
            sheet.write_row(1 + i, 0, [f"{month}{i}", f"2026-01-0{i + 1} 10:00"])
    book.close()
    both = read_file(tmp_path / "a.xlsx", FileOptions(sheet=["Jan", "Feb"]))
    assert both.frame["Id"].to_list() == ["Jan0", "Jan1", "Jan2", "Feb0", "Feb1"]
    assert both.frame[LINE].to_list() == [2, 3, 4, 2, 3]
    first = read_file(tmp_path / "a.xlsx", FileOptions())
    assert first.found == {"a.xlsx: sheet": "Jan (the first; 2 more not read)"}
    assert read_unknown(tmp_path / "a.xlsx")[1] == {"sheet": ["Jan", "Feb"]}
    (tmp_path / "m.yaml").write_text("interactions: {interaction_id: Id, started_at: Opened}\n")
    said = import_tables(tmp_path / "m.yaml", [tmp_path / "a.xlsx"]).about["import"]["warnings"]
    (warning,) = said
    assert warning.startswith("a.xlsx: sheet Jan (the first; 2 more not read); name one, or a list of them")


def test_a_first_sheet_without_rows_names_the_others(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter", reason="XlsxWriter writes the file of this test")
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    for name, rows in (("Cover", ["Report"]), ("Tickets", ["Id", "1"])):
        book.add_worksheet(name).write_column(0, 0, rows)
    book.close()
    with pytest.raises(
        InputError, match=r"sheet Cover \(the first; 1 more not read\) has none; name another"
    ):
        read_files([tmp_path / "a.xlsx"])


def test_cells_with_errors_are_empty_and_cost_no_other(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter", reason="XlsxWriter writes the file of this test")
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx", {"default_date_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["id", "words", "when", "price"])
    for i in (1, 2):
        sheet.write_row(i, 0, [f"t{i}", "late", datetime(2026, 3, i, 9, 30), 4.5])
    sheet.write(3, 0, "t3")
    for column, error in enumerate(("#NAME?", "#N/A", "#DIV/0!"), start=1):
        sheet.write_formula(3, column, "=1", None, error)
    book.close()
    frame = read_file(tmp_path / "a.xlsx", FileOptions()).frame
    assert frame["words"].to_list() == ["late", "late", None]
    assert frame["when"].cast(pl.String).str.slice(0, 16).to_list() == [
        "2026-03-01 09:30",
        "2026-03-02 09:30",
        None,
    ]
    assert frame["price"].cast(pl.Float64).to_list() == [4.5, 4.5, None]
