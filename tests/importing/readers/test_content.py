"""Files that were made to fill the memory are refused with a message, before they do."""

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from forestall.errors import InputError
from forestall.importing.readers import FileOptions, read_file
from forestall.importing.readers.column_names import MOST_COLUMNS
from forestall.importing.readers.content import most_unpacked
from forestall.importing.readers.xes_parser import LONGEST
from forestall.importing.suggest.reading_options import read_unknown

N = 1_000_000
TEXTS = {
    "a.csv": b"a,b\n" + b"1,2\n" * N,
    "a.json": b"[" + b'{"a":1},' * N + b'{"a":1}]',
    "a.xes": b"<log>" + b"<trace></trace>" * N + b"</log>",
}


@pytest.fixture
def little_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forestall.importing.readers.content._FREELY_UNPACKED", 1_000)


@pytest.mark.slow
@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.usefixtures("little_is_unpacked")
def test_a_small_file_that_unpacks_to_much_is_refused(
    name: str, compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    file = tmp_path / f"{name}.gz"  # the first bytes say how it is compressed
    file.write_bytes(compress(TEXTS[name]))
    with pytest.raises(InputError, match=r"must unpack to at most .* MB \(100 times its size"):
        read_file(file, FileOptions())


@pytest.mark.usefixtures("little_is_unpacked")
def test_an_honest_archive_is_read(tmp_path: Path) -> None:
    rows = "".join(f"{n * 7919 % 99991},{n * 104729 % 1299709}\n" for n in range(5_000))
    for name, write in (("a.csv.gz", gzip.open), ("a.csv.xz", lzma.open)):
        with write(tmp_path / name, "wb") as file:
            file.write(f"a,b\n{rows}".encode())
        assert read_file(tmp_path / name, FileOptions()).frame.height == 5_000


@pytest.mark.usefixtures("little_is_unpacked")
def test_a_workbook_that_unpacks_to_much_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<row><c><v>1</v></c></row>" * N)
    for read in (lambda: read_file(file, FileOptions()), lambda: read_unknown(file)):
        with pytest.raises(InputError, match="save its sheet as CSV and import that"):
            read()


def test_a_file_may_unpack_to_a_hundred_times_its_size_or_to_a_quarter_of_a_gigabyte() -> None:
    assert most_unpacked(10) == 2**28
    assert most_unpacked(10**8) == 10**10


def test_a_source_has_at_most_so_many_columns(tmp_path: Path) -> None:
    names = [f"c{n}" for n in range(MOST_COLUMNS + 1)]
    values = "".join(f'<string key="{name}" value="1"/>' for name in names)
    said = {
        "a.csv": f"{','.join(names)}\n{'1,' * MOST_COLUMNS}1\n".encode(),
        "a.json": orjson.dumps([dict.fromkeys(names, 1)]),
        "a.xes": f"<log><trace><event>{values}</event></trace></log>".encode(),
        "b.xes": f"<log><trace><event><!-- not plain -->{values}</event></trace></log>".encode(),
    }
    for name, content in said.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=rf"{name} must have at most 20,000 columns, has 20,001"):
            read_file(tmp_path / name, FileOptions())
    lines = b"\n".join(orjson.dumps({name: 1}) for name in names[:20])
    (tmp_path / "few.jsonl").write_bytes(lines)
    assert read_file(tmp_path / "few.jsonl", FileOptions()).frame.shape == (20, 21)


def test_an_attribute_of_an_event_log_has_a_largest_size(tmp_path: Path) -> None:
    for number, comment in enumerate(("", "<!-- not plain -->")):
        file = tmp_path / f"{number}.xes"
        value = "x" * (LONGEST + 2_000_000)
        file.write_text(
            f'<log>\n<trace>{comment}\n<event><string key="a" value="{value}"/></event></trace></log>'
        )
        with pytest.raises(InputError, match=r"xes, line 3: an attribute must have at most 10,000,000 bytes"):
            read_file(file, FileOptions())


def test_a_header_with_a_very_long_name_is_an_error_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"a,{'x' * 200_000}\n1,2\n")
    with pytest.raises(InputError, match=r"a\.csv, line 1 must be a header of short names"):
        read_file(tmp_path / "a.csv", FileOptions())
