"""Ratings as surveys write them."""

from datetime import date

import polars as pl
import pytest

from forestall.errors import UsageError
from forestall.importing.value_sources import Source
from forestall.importing.values import Cells, read_rating
from forestall.importing.values.ratings import parse_ratings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4", 4.0),
        ("4.5", 4.5),
        ("4 - Satisfied", 4.0),
        ("4: satisfied", 4.0),
        ("2 (poor)", 2.0),
        ("Satisfied (4)", 4.0),
        ("Very good - 5", 5.0),
        ("4/5", 4.0),
        ("4 / 5", 4.0),
        ("4 out of 5", 4.0),
        ("80%", 80.0),
        ("★★★★☆", 4.0),
        ("⭐⭐⭐", 3.0),
        ("4 stars", 4.0),
        ("-1", -1.0),
        ("−1", -1.0),
        ("-1 (bad)", -1.0),
        ("-2 - very bad", -2.0),
        ("-2: very bad", -2.0),
        ("–1 bad", -1.0),
        ("Bad (-1)", -1.0),
        ("Bad: -1", -1.0),
        ("Bad -1", -1.0),
        ("[-1] bad", -1.0),
        ("NPS −50", -50.0),
        ("-1/5", -1.0),
        ("Bad (-1/5)", -1.0),
        ("Bad-1", 1.0),
        ("Good-4/5", 4.0),
        ("- 3 fair", 3.0),
        ("4-5 stars", None),  # several numbers are no rating
        ("9 to 10", None),
        ("7 or 8", None),
        ("4;5", None),
        ("<3", None),
        ("10+", 10.0),
        ("3 – 2026-01-05", 3.0),
        ("(4)", 4.0),
        ("( 4 )", 4.0),
        ("(-4)", -4.0),
        ("(4/5)", 4.0),
        ("4-", 4.0),
        ("good", None),
        ("", None),
        (None, None),
        ("5つ星のうち4", 4.0),  # the scale stands first
        ("5点中2点", 2.0),
        ("满分5分，得4分", 4.0),
        ("星4つ", 4.0),
        ("★★★★½", 4.5),
        ("****", 4.0),
        ("Q1: 4", None),  # the 1 is that of the question
        ("T1843", None),
        ("[4, 5]", None),
        ("2023-05-30", None),  # no scale has a day, a time of day or a key
        ("2023/5/30 10:00", None),
        ("30.05.23", None),
        ("30 May 2023", None),
        ("05-Apr", None),
        ("Mar-04", None),
        ("5-Marvellous", 5.0),
        ("8 von 10", 8.0),
        ("10:30", None),
        ("+45 1234 5678", None),
        ("T-1001", None),
        ("4½", 4.5),
        ("3 1/2", 3.5),
        ("５ 満足", 5.0),
        ("٤", 4.0),
        ("[4]", 4.0),
    ],
)
def test_a_rating_is_a_number_alone_or_beside_words(text: str | None, expected: float | None) -> None:
    for other in ("x", "1"):
        assert parse_ratings(pl.Series([text, other], dtype=pl.String)).to_list()[0] == expected


def read(texts: list[str | None], **source: object) -> list[float | None]:
    cells = Cells(pl.DataFrame({"r": pl.Series(texts, dtype=pl.String)}), "UTC", "m.yaml")
    return read_rating(cells, Source(column="r", **source), "feedback.rating").values.to_list()


def test_words_are_matched_without_regard_to_case_and_blanks() -> None:
    assert read([" Good", "BAD ", None, "good"], values={"good": 5, "bad": 1}) == [5.0, 1.0, None, 5.0]
    assert read(["yes", "FALSE", "t"], values={True: 5, False: 1}) == [5.0, 1.0, 5.0]
    assert read(["good", "offered"], values={"good": 5}, default=None) == [5.0, None]
    assert read(["good", "3"], values={"good": 5}) == [5.0, 3.0]


def test_a_word_without_a_number_is_an_error_that_names_the_words_of_a_category() -> None:
    with pytest.raises(UsageError, match=r"1 are missing \('Offered'\).*'default: null'"):
        read(["Good", "Offered"], values={"good": 5})
    with pytest.raises(
        UsageError, match=r"none of its 2 filled rows is a number \('Bad', 'Good'\).*'values'"
    ):
        read(["Good", "Bad"])


def test_a_number_that_keeps_its_old_meaning_beside_others_with_a_new_one_is_an_error() -> None:
    best_is_1 = {"1": 5, "2": 4, "3": 3, "4": 2, "5": 1}
    assert read(["1", "2.0", None], values=best_is_1) == [5.0, 4.0, None]
    with pytest.raises(
        UsageError, match=r"each number where it changes several; 1 are missing \('2 - good'\)"
    ):
        read(["1", "2 - good"], values=best_is_1)
    assert read(["1", "6"], values=best_is_1, default=None) == [5.0, None]
    assert read(["4", "99"], values={"99": None, "0": 1}) == [4.0, None]


def test_free_text_is_never_shown() -> None:
    remarks = [f"my secret is {'abc' * (i + 1)}" for i in range(30)]
    for values in ({"good": 5}, None):
        with pytest.raises(UsageError) as error:
            read(remarks, **({"values": values} if values else {}))
        assert "secret" not in str(error.value)
    long = ["a remark that is much longer than the name of any category could be"]
    with pytest.raises(UsageError) as error:
        read(long)
    assert "remark" not in str(error.value)


def test_ratings_of_two_scales_are_an_error() -> None:
    with pytest.raises(UsageError, match="some out of 10 and out of 5"):
        read(["4/5", "8/10"])


@pytest.mark.parametrize("other", ["4/5", "★★★★"])
def test_ratings_in_percent_beside_others_are_an_error(other: str) -> None:
    with pytest.raises(UsageError, match=r"must have ratings of one scale.*in percent"):
        read(["80%", other])


def test_ratings_with_and_without_percent_are_said() -> None:
    cells = Cells(pl.DataFrame({"r": ["80%", "4", None]}), "UTC", "m.yaml")
    assert read_rating(cells, Source(column="r"), "feedback.rating").values.to_list() == [80.0, 4.0, None]
    assert "have a % and others have none" in cells.notes.warnings[0]
    cells = Cells(pl.DataFrame({"r": ["80%", None, "20 %"]}), "UTC", "m.yaml")
    read_rating(cells, Source(column="r"), "feedback.rating")
    assert cells.notes.warnings == []


def test_a_column_of_times_is_an_error() -> None:
    cells = Cells(pl.DataFrame({"r": [date(2026, 1, 5)]}), "UTC", "m.yaml")
    with pytest.raises(UsageError, match="column 'r' must hold ratings, holds times; name another column"):
        read_rating(cells, Source(column="r"), "feedback.rating")
