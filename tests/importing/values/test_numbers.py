"""Numbers as people write them."""

import polars as pl
import pytest

from forestall.data.numbers import parse_numbers
from forestall.importing.values.numbers import has_other_decimal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12.0),
        (" 12.5 ", 12.5),
        ("1,234", 1234.0),
        ("1,234.5", 1234.5),
        ("1,00,000", 100_000.0),  # as in India
        ("1 234.5", 1234.5),
        ("1\u202f234", 1234.0),
        ("1'234", 1234.0),
        ("$5", 5.0),
        ("-$5", -5.0),
        ("5 €", 5.0),
        ("DKK 1,200.00", 1200.0),
        ("kr. 12", 12.0),
        ("R 1 234.50", 1234.5),
        ("ZAR 12", 12.0),
        ("1,200円", 1200.0),
        ("US$ 1,234.50", 1234.5),
        ("A$5", 5.0),
        ("R1,234.50", 1234.5),
        ("₪5", 5.0),
        ("MXN 5", 5.0),
        ("5 Ft", 5.0),
        ("12.–", 12.0),  # Swiss
        ("5 руб.", 5.0),
        ("R12", None),  # a code
        ("PEN12", None),
        ("40 %", 40.0),
        ("(12.5)", -12.5),
        ("(-12.5)", -12.5),
        ("12-", -12.0),
        ("−3", -3.0),
        ("1e3", 1000.0),
        ("1,23", None),
        ("0,500", None),
        ("0,500.5", None),
        ("0,50,000", None),
        ("100,500", 100_500.0),
        ("12 apples", None),
        ("1,2,3", None),
        ("inf", None),
        ("nan", None),
        ("", None),
        (None, None),
    ],
)
def test_a_number_with_a_decimal_point(text: str | None, expected: float | None) -> None:
    # beside text, so that the column is not cast as a whole
    assert parse_numbers(pl.Series([text, "x"], dtype=pl.String)).to_list() == [expected, None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0,50", 0.5),
        ("12", 12.0),
        ("1.234,5", 1234.5),
        ("1 234,5", 1234.5),
        ("1.234", 1234.0),
        ("12,5 %", 12.5),
        ("€ 1.000,00", 1000.0),
        ("1.5", None),
        ("0.500", None),
        ("1,2,3", None),
    ],
)
def test_a_number_with_a_decimal_comma(text: str, expected: float | None) -> None:
    assert parse_numbers(pl.Series([text, "1"]), ",").to_list() == [expected, 1.0]


@pytest.mark.parametrize(
    ("texts", "decimal", "is_other"),
    [
        (["0,50"], ".", True),
        (["1,500", "1,50"], ".", True),  # 1,500 is one and a half here, not 1,500
        (["1.000,5"], ".", True),
        (["1,500", "2,250"], ".", False),
        (["1,234.50"], ".", False),
        (["0,500"], ".", True),  # no group of thousands begins with 0
        (["-$0,500"], ".", True),
        (["10,500"], ".", False),
        (["0.500"], ".", False),
        (["0.500"], ",", True),
        (["1.50"], ",", True),
        (["1.500"], ",", False),
        (["words, 5"], ".", False),
        ([None], ".", False),
    ],
)
def test_the_other_decimal_mark_is_noticed(texts: list[str | None], decimal: str, is_other: bool) -> None:
    assert has_other_decimal(pl.Series(texts, dtype=pl.String), decimal) is is_other
