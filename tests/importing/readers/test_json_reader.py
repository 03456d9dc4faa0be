"""JSON and JSON Lines become rows, nested values columns with dots, arrays cells."""

from pathlib import Path

import polars as pl
import pytest

from forestall.errors import InputError, UsageError
from forestall.importing.readers import LINE, FileOptions, read_file
from forestall.importing.readers.json_reader import flatten_structs

RECORD = '{"id": 1, "group": {"name": "Ærø", "lead": {"id": 7}}, "tags": ["a", {"b": 1}], "ok": true}'


def read(folder: Path, content: str, name: str = "a.json", **options: object) -> pl.DataFrame:
    (folder / name).write_text(content, encoding="utf-8")
    return read_file(folder / name, FileOptions(**options)).frame


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("a.json", f"[{RECORD}]", {}),
        ("a.json", f'{{"count": 1, "tickets": [{RECORD}]}}', {}),
        ("a.json", f'{{"users": [{{"id": 2}}], "tickets": [{RECORD}]}}', {"records": "tickets"}),
        ("a.json", f'{{"data": {{"tickets": [{RECORD}]}}}}', {"records": "data.tickets"}),
        ("a.jsonl", f"{RECORD}\n", {}),
        ("a.ndjson", f"\n{RECORD}\n\n", {}),
        ("a.json", RECORD, {}),
    ],
)
def test_records_become_rows(name: str, content: str, options: dict, tmp_path: Path) -> None:
    got = read(tmp_path, content, name, **options).drop(LINE)
    assert got.to_dicts() == [
        {"id": 1, "group.name": "Ærø", "group.lead.id": 7, "tags": ['"a"', '{"b":1}'], "ok": True}
    ]


def test_whole_numbers_beyond_64_bits_with_a_sign_are_text(tmp_path: Path) -> None:
    got = read(
        tmp_path,
        '[{"id": 9223372036854775808, "n": 9223372036854775807, "x": 18446744073709551615}, '
        '{"id": 1, "n": -9223372036854775808, "x": 0.5}, {"id": null, "n": null, "x": null}]',
    )
    assert got["id"].to_list() == ["9223372036854775808", "1", None]
    assert got["n"].to_list() == [2**63 - 1, -(2**63), None]
    assert got["x"].to_list() == ["18446744073709551615", "0.5", None]


def test_keys_too_long_for_a_float_stay_what_they_are(tmp_path: Path) -> None:
    got = read(
        tmp_path,
        '[{"id": 12345678901234567890123, "k": 9007199254740993, "a": ["x", "y"]}, '
        '{"id": 2, "k": 0.5, "a": "x"}, {"id": 3, "k": 9007199254740992, "a": [12345678901234567890123]}]',
    )
    assert got["id"].to_list() == ["12345678901234567890123", "2", "3"]
    assert got["k"].to_list() == ["9007199254740993", "0.5", "9007199254740992"]
    assert got["a"].to_list() == ['["x","y"]', "x", "[12345678901234567890123]"]


def test_values_keep_their_types_and_unlike_ones_become_text(tmp_path: Path) -> None:
    got = read(tmp_path, '[{"n": 1, "x": 1}, {"n": 2.5, "x": "a"}, {"x": true, "late": "b"}, {"n": null}]')
    assert got["n"].to_list() == [1.0, 2.5, None, None]
    assert got["x"].to_list() == ["1", "a", "true", None]
    assert got["late"].to_list() == [None, None, "b", None]


def test_one_bad_line_costs_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": 1}\n{"id": 2,\n[3]\n{"id": 4}\n')
    got = read_file(tmp_path / "a.jsonl", FileOptions())
    assert got.frame.rows() == [(1, 1), (4, 4)]
    assert got.bad.rows() == [("a.jsonl", 2, "no_json", '{"id": 2,'), ("a.jsonl", 3, "no_json_object", "[3]")]


@pytest.mark.parametrize(
    ("content", "options", "error", "message"),
    [
        ('{"a": [{"x": 1}], "b": [{"x": 1}]}', {}, UsageError, "holds 2 arrays of records; name one"),
        (
            '{"tickets": [{"x": 1}]}',
            {"records": "ticket"},
            UsageError,
            "'ticket' is none; did you mean 'tickets'",
        ),
        ("[1, 2]", {}, InputError, "must hold an array of JSON objects"),
    ],
)
def test_what_is_no_array_of_records_is_an_error(
    content: str, options: dict, error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        read(tmp_path, content, **options)


def test_nested_parquet_columns_are_flattened_as_json_is() -> None:
    frame = pl.DataFrame({"a": [{"b": 1, "c": {"d": "x"}}, None], "l": [[{"k": 1}], None]})
    assert flatten_structs(frame).to_dicts() == [
        {"a.b": 1, "a.c.d": "x", "l": ['{"k":1}']},
        {"a.b": None, "a.c.d": None, "l": None},
    ]


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_what_python_writes_for_no_number_is_no_value(name: str, tmp_path: Path) -> None:
    records = [
        '{"id": 1, "price": NaN, "text": "NaN"}',
        '{"id": 2, "price": -Infinity}',
        '{"id": 3, "price": 2}',
    ]
    frame = read(tmp_path, "\n".join(records) if name == "a.jsonl" else f"[{', '.join(records)}]", name)
    assert frame["price"].to_list() == [None, None, 2]
    assert frame["text"].to_list() == ["NaN", None, None]


def test_keys_of_unlike_types_are_written_alike(tmp_path: Path) -> None:
    frame = read(tmp_path, '[{"id": 1.0}, {"id": "2"}, {"id": 3}, {"id": 0.5}]')
    assert frame["id"].to_list() == ["1", "2", "3", "0.5"]
