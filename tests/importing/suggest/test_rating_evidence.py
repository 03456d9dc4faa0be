"""Ratings: their scale, and which end is the bad one."""

from typing import Any

import polars as pl
import pytest

from forestall.importing.suggest.column_profile import ColumnProfile
from forestall.importing.suggest.rating_evidence import RatingColumn, find_rating


def rating(name: str, cells: list[Any]) -> RatingColumn | None:
    return find_rating({name: ColumnProfile(name, pl.Series(name, cells))})


@pytest.mark.parametrize(
    ("name", "cells", "scale", "bad", "score"),
    [
        ("CSAT", [1, 5, 3, None], (1, 5), 2, [1, 5, 3, None]),
        ("nps", [0, 10, 7], (0, 10), 6, [0, 10, 7]),
        ("Rating", ["4/5", "1/5"], (1, 5), 2, [4, 1]),
        ("stars", ["★★★★", "★☆☆☆"], (1, 4), 2, [4, 1]),
        ("satisfaction", ["80%", "35 %"], (0, 100), 40, [80, 35]),
        ("survey results", ["4 - Satisfied", "1 - Very dissatisfied"], (1, 4), 2, [4, 1]),
        ("Zufriedenheit", ["sehr zufrieden", "unzufrieden", "neutral"], (1, 5), 2, [5, 2, 3]),
        ("feedback", ["good", "bad", "offered"], (1, 5), 2, [5, 1, None]),
        ("user_dissatisfied", ["1", "0"], (1, 5), 2, [1, 5]),
        ("customer effort", [1, 5, 2], (1, 5), 2, [5, 1, 4]),
    ],
)
def test_scale_and_direction(
    name: str, cells: list[Any], scale: tuple[int, int], bad: int, score: list[float | None]
) -> None:
    found = rating(name, cells)
    assert found is not None
    assert (found.scale, found.bad, found.score.to_list()) == (scale, bad, score)
    assert not found.question


def test_a_direction_that_nothing_says_is_asked() -> None:
    found = rating("score", [1, 4, 5])
    assert found is not None
    assert found.question.startswith("is 5 the best rating?")
    unknown = rating("satisfaction", ["good", "bad", "meh"])
    assert unknown is not None
    assert unknown.source["values"]["meh"] is None
    assert "meh" in unknown.question


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("priority", [1, 2, 3, 4, 5]),
        ("review_id", [1, 2, 3, 4, 5]),
        ("rating count", [1, 2, 3]),
        ("amount", [1.5, 900.0]),
        ("usage score", [4, 60, 99]),
        ("credit score", [1, 2, 5]),
        ("status", ["open", "closed"]),
        ("answered", ["yes", "no"]),
    ],
)
def test_what_is_no_rating(name: str, cells: list[Any]) -> None:
    assert rating(name, cells) is None


def test_six_steps_are_asked_for_because_school_grades_begin_with_the_best() -> None:
    name = "Gesamtbewertung"
    six = find_rating({name: ColumnProfile(name, pl.Series(name, [1, 2, 3, 4, 5, 6] * 10))})
    assert six is not None
    assert six.scale == (1, 6)
    assert "is 6 the best rating?" in six.question
    nps = find_rating({"nps": ColumnProfile("nps", pl.Series("nps", [1, 2, 3, 4, 5, 6] * 10))})
    assert nps is not None
    assert nps.scale == (0, 10)
    five = find_rating({name: ColumnProfile(name, pl.Series(name, [1, 2, 3, 4, 5] * 12))})
    assert five is not None
    assert not five.question
