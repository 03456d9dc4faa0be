"""What a column looks like is what the import makes of it."""

import polars as pl
import pytest

from forestall.data.gaps import USUAL_GAPS, is_gap
from forestall.data.numbers import parse_numbers
from forestall.importing.suggest.column_profile import ColumnProfile, is_unique
from forestall.importing.values.numbers import has_other_decimal


@pytest.mark.parametrize(
    ("texts", "decimal", "expected"),
    [
        (["0,500", "1,250"], ",", [0.5, 1.25]),
        (["0.500", "1.250"], ".", [0.5, 1.25]),
        (["1,500", "2,250"], ".", [1500.0, 2250.0]),
        (["1.000,5", "0,250"], ",", [1000.5, 0.25]),
    ],
)
def test_the_decimal_mark_is_that_with_which_the_import_reads_the_numbers(
    texts: list[str], decimal: str, expected: list[float]
) -> None:
    profile = ColumnProfile("Price", pl.Series("Price", texts))
    assert profile.commas == (decimal == ",")
    assert profile.numbers is not None
    assert profile.numbers.to_list() == expected
    assert not has_other_decimal(pl.Series(texts), decimal)
    assert parse_numbers(pl.Series(texts), decimal).to_list() == expected


def test_what_the_import_reads_as_no_value_is_none_in_a_profile_in_any_case() -> None:
    words = sorted(
        {form for word in USUAL_GAPS for form in (word, word.upper(), word.capitalize(), f" {word} ")}
    )
    texts = pl.Series("t", [*words, "0000-00-00 00:00:00.0", "open", "nana"])
    imported = texts.to_frame().select(is_gap(pl.col("t"))).to_series()
    assert texts.filter(~imported).to_list() == ["Na", "Nan", "Nat", "open", "nana"]
    assert ColumnProfile("t", texts).text.is_null().to_list() == imported.to_list()


@pytest.mark.parametrize("gap", ["N/a", "<null>", "None"])
def test_a_column_with_a_word_for_no_value_is_no_key(gap: str) -> None:
    assert is_unique(pl.Series(["1", "2", "3"]))
    assert not is_unique(pl.Series(["1", "2", gap]))
