"""Columns, constants and replaced words of a source."""

import polars as pl
import pytest

from forestall.errors import UsageError
from forestall.importing.value_sources import Source
from forestall.importing.values import Cells, ReadColumn

CELLS = Cells(pl.DataFrame({"code": [1.0, 2.0, None], "word": [" tlf", "butik", None]}), "UTC", "m.yaml")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"column": "code"}, [1.0, 2.0, None]),
        ({"constant": "Aarhus"}, ["Aarhus"] * 3),
        ({"constant": 2}, [2.0] * 3),
        ({"constant": True}, ["true"] * 3),
        ({"constant": None}, [None] * 3),
        ({"column": "word", "values": {"tlf": "phone"}}, ["phone", "butik", None]),
        ({"column": "word", "values": {"tlf": "phone"}, "default": "other"}, ["phone", "other", None]),
        ({"column": "word", "values": {"tlf": None}, "default": "other"}, [None, "other", None]),
        ({"column": "word", "values": {"tlf": "phone"}, "default": None}, ["phone", None, None]),
        ({"column": "code", "values": {1: "one"}}, ["one", "2", None]),
    ],
)
def test_a_source_has_one_value_for_each_row(source: dict, expected: list) -> None:
    assert CELLS.column(Source(**source), "here").to_list() == expected


def test_whole_numbers_in_text_match_with_and_without_their_decimal() -> None:
    cells = Cells(pl.DataFrame({"code": ["1.0", "1", "1.5"]}), "UTC", "m.yaml")
    assert cells.column(Source(column="code", values={"1": "one"}), "here").to_list() == ["one", "one", "1.5"]


def test_a_column_without_text_is_an_error_with_file_and_place() -> None:
    cells = Cells(pl.DataFrame({"list": [["a"]]}), "UTC", "m.yaml")
    with pytest.raises(UsageError, match=r"m\.yaml: here: column 'list' must hold one value"):
        cells.text("list", "here")


def test_only_filled_cells_without_a_value_are_unreadable() -> None:
    read = ReadColumn(pl.Series([1, None, None]), pl.Series([True, True, False]), "rule")
    assert read.unreadable.to_list() == [False, True, False]
