"""Files of companies are read without loss, and unreadable files are one clear error."""

import gzip
from pathlib import Path

import pytest

from forestall.errors import InputError, UsageError
from forestall.importing.readers import LINE, SOURCE_ROW, read_files

WRITINGS = {
    "commas": ("a.csv", b'id,said\n1,"x, ""y""\nz"\n'),
    "semicolons": ("a.csv", b'id;said\n1;"x, ""y""\nz"\n'),
    "tabs": ("a.tsv", b'id\tsaid\n1\t"x, ""y""\nz"\n'),
    "with a byte order mark": ("a.csv", b'\xef\xbb\xbfid,said\n1,"x, ""y""\nz"\n'),
    "with carriage returns": ("a.csv", b'id,said\r\n1,"x, ""y""\nz"\r\n'),
    "compressed": ("a.csv.gz", gzip.compress(b'id,said\n1,"x, ""y""\nz"\n')),
}


@pytest.mark.parametrize(("name", "content"), WRITINGS.values(), ids=WRITINGS.keys())
def test_a_csv_is_read_as_text(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert read_files([tmp_path / name]).frame.to_dicts() == [
        {"id": "1", "said": 'x, "y"\nz', LINE: 2, SOURCE_ROW: 1}
    ]


BAD_SOURCES = {
    "empty": ("a.csv", b"", InputError, "is empty"),
    "a header only": ("a.csv", b"id,said\n", InputError, "must have rows"),
    "no line that is a row": ("a.csv", b"id,said\n1,2,3\n", InputError, "too_many_cells 1; look at line 2"),
    "no Parquet": ("a.parquet", b"id,said\n", InputError, "must be a Parquet file"),
    "no XES": ("a.xes", b"<log><trace>", InputError, "line 1, column 13 must be XML of an XES"),
    "a log without events": ("a.xes.gz", b"<log></log>", InputError, "must have rows"),
    "a log that ends too early": (
        "a.xes.gz",
        gzip.compress(b"<log></log>")[:12],
        InputError,
        "must be an XES",
    ),
    "no Excel": ("a.xlsx", b"PK", InputError, "must be an Excel file"),
    "no JSON": ("a.json", b"[{", InputError, "line 1, column 3 must be JSON"),
    "no lines of JSON": ("a.jsonl", b"a\nb\n", InputError, "has no record"),
    "damaged": ("a.csv.gz", b"\x1f\x8b\x08\x00", InputError, "cannot be decompressed"),
    "zero bytes": ("a.csv", b"id,said\n1,\x00\n", InputError, "holds zero bytes"),
    "another kind": ("a.docx", b"PK", UsageError, "must end with one of .csv"),
}


@pytest.mark.parametrize(
    ("name", "content", "error", "message"), BAD_SOURCES.values(), ids=BAD_SOURCES.keys()
)
def test_an_unreadable_source_is_an_error_of_one_line(
    name: str, content: bytes, error: type[Exception], message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=message) as raised:
        read_files([tmp_path / name])
    assert "\n" not in str(raised.value)


def test_a_missing_source_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_files([tmp_path / "a.csv"])
