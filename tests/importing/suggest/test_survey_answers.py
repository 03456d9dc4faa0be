"""Further answers of a survey are known only with the rating."""

import polars as pl

from forestall.importing.suggest.column_profile import ColumnProfile
from forestall.importing.suggest.rating_evidence import find_rating
from forestall.importing.suggest.survey_answers import survey_answers


def test_other_answers_of_the_survey() -> None:
    columns = {"overall rating": [1, 5, 3, 4, 2], "cleanliness": [5, 4, 3, 2, 1], "rooms": [1, 2, 3, 4, 5]}
    profiles = {name: ColumnProfile(name, pl.Series(name, cells)) for name, cells in columns.items()}
    found = find_rating(profiles)
    assert found is not None
    assert found.column == "overall rating"
    assert survey_answers(profiles, found) == ["cleanliness"]


def test_a_length_of_time_is_no_answer() -> None:
    columns = {"rating": [1, 5, 3, 4, 2], "food_preparation_time": [21, 30, 25, 33, 35]}
    profiles = {name: ColumnProfile(name, pl.Series(name, cells)) for name, cells in columns.items()}
    assert survey_answers(profiles, find_rating(profiles)) == []
