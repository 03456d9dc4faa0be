"""What a column looks like is what the import makes of it."""

import polars as pl
import pytest

from forestall.importing.suggest.column_profile import ColumnProfile
from forestall.importing.values.numbers import has_other_decimal, parse_numbers


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
