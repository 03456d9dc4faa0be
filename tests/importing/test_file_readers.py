"""Files of companies are read without loss, and unreadable files are one clear error."""

import gzip
from pathlib import Path

import pytest

from forestall.errors import InputError, UsageError
from forestall.importing.file_readers import SOURCE_ROW, read_sources

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
    assert read_sources([tmp_path / name]).to_dicts() == [{"id": "1", "said": 'x, "y"\nz', SOURCE_ROW: 1}]


BAD_SOURCES = {
    "empty": ("a.csv", b"", InputError, "is empty"),
    "a header only": ("a.csv", b"id,said\n", InputError, "must have rows"),
    "more cells than the header": ("a.csv", b"id,said\n1,2,3\n", InputError, "as many cells in each row"),
    "another encoding": ("a.csv", "id,said\n1,blåbær\n".encode("latin-1"), InputError, "must be UTF-8"),
    "no Parquet": ("a.parquet", b"id,said\n", InputError, "must be a Parquet file"),
    "no XES": ("a.xes", b"<log><trace>", InputError, "line 1, column 13 must be XML of an XES"),
    "no gzip": ("a.xes.gz", b"<log></log>", InputError, "must be an XES event log"),
    "another kind": ("a.xlsx", b"PK", UsageError, "must end with one of .csv"),
}


@pytest.mark.parametrize(
    ("name", "content", "error", "message"), BAD_SOURCES.values(), ids=BAD_SOURCES.keys()
)
def test_an_unreadable_source_is_an_error_of_one_line(
    name: str, content: bytes, error: type[Exception], message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=message) as raised:
        read_sources([tmp_path / name])
    assert "\n" not in str(raised.value)


def test_a_missing_source_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_sources([tmp_path / "a.csv"])
