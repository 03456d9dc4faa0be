"""Words that stand for a missing value."""

import polars as pl
import pytest

from forestall.data.gaps import is_gap


def gaps(texts: list[str | None], *named: list[str]) -> list[bool | None]:
    frame = pl.DataFrame({"t": texts}, schema={"t": pl.String})
    return frame.select(is_gap(pl.col("t"), *named)).to_series().to_list()


@pytest.mark.parametrize(
    "text", ["", " ", "Null", "nULL", "N/A", "n/a", "nOnE", r"\N", "#N/A N/A", "-NaN", "—"]
)
def test_a_usual_word_means_no_value_in_any_case(text: str) -> None:
    assert gaps([text, "open", "null and void", None]) == [True, False, False, None]


def test_further_words_do_too_and_words_that_the_mapping_names_never() -> None:
    assert gaps(["tbd ", "?", "TBD?"], ["TBD", "?"]) == [True, True, False]
    assert gaps(["NONE", "None", "N/A", "nan"], [], ["none", " n/a"]) == [False, False, False, True]
    assert gaps(["TBD"], ["TBD"], ["tbd"]) == [False]


def test_names_of_people_are_no_gaps_unless_the_mapping_says_so() -> None:
    assert gaps(["Na", "Nan", "Nat", "NaN", "NA", "nat"]) == [False, False, False, True, True, True]
    assert gaps(["Na", "Nan"], ["Na"]) == [True, False]
