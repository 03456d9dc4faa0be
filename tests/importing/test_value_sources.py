"""Short forms of the mapping file, and durations."""

import pytest
from pydantic import TypeAdapter, ValidationError

from forestall.importing.value_sources import (
    ColumnSource,
    Condition,
    ConditionColumn,
    Source,
    TimeColumn,
    TimeSource,
    WordSource,
)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (ColumnSource, "Price", {"column": "Price"}),
        (WordSource, "closed", {"constant": "closed"}),
        (TimeColumn, "Opened", {"column": "Opened"}),
        (ConditionColumn, "Again", {"column": "Again"}),
    ],
)
def test_plain_text_is_short_for_a_key(kind: object, text: str, expected: dict) -> None:
    read = TypeAdapter(kind).validate_python(text)
    assert read.model_dump(exclude_unset=True) == expected
    assert TypeAdapter(kind).validate_python(expected) == read


def test_durations_are_those_that_are_given_zero_included() -> None:
    assert TimeSource(after="started_at", minutes=0, days="Days").durations() == {
        "days": ["Days"],
        "minutes": [0],
    }


@pytest.mark.parametrize("given", [{"column": "t", "hours": 1}, {"after": "started_at", "format": "%Y"}, {}])
def test_a_time_is_a_column_or_a_duration(given: dict) -> None:
    with pytest.raises(ValidationError):
        TimeSource(**given)


def test_a_value_that_yaml_reads_as_true_stands_for_all_words_that_mean_it() -> None:
    assert Condition.model_validate({"column": "c", "is": 9}).values == ["9"]
    assert "yes" in (Condition.model_validate({"column": "c", "is": [True]}).values or [])
    rating = Source.model_validate({"column": "c", "values": {True: 5, False: 1, "yes": 4}})
    assert rating.values is not None
    assert {word: rating.values[word] for word in ("true", "yes", "no")} == {"true": 5, "yes": 4, "no": 1}
