"""Sources whose cells have types, as those of JSON, Excel and Parquet, mean what the same cells mean as text."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from forestall.data import Tables
from forestall.errors import UsageError
from forestall.importing import import_tables
from importing_texts import BASE, import_texts

RATED = BASE + "events: [{kind: closed, at: Opened}]\nfeedback: {rating: R}\n"
ENDED = BASE + "events: [{kind: closed, at: End}]\n"
OPENED = datetime(2026, 1, 5, 10)


def imported(folder: Path, mapping: str, name: str, values: list[Any], **file: Any) -> Tables:
    frame = pl.DataFrame({"Id": range(len(values)), "Opened": [OPENED] * len(values), name: values}, **file)
    frame.write_parquet(folder / "main.parquet")
    (folder / "m.yaml").write_text(mapping)
    return import_tables(folder / "m.yaml", [folder / "main.parquet"], 1.0)


@pytest.mark.parametrize("missing", ["['99', '-9']", "[99, -9]", "[99, -9.0]"])
@pytest.mark.parametrize(
    "values", [[5, 99, -9, None], [5.0, 99.0, -9.0, None], ["5", "99", "-9.0", None]], ids=str
)
def test_a_number_for_no_value_is_none_in_columns_of_numbers(
    tmp_path: Path, missing: str, values: list[Any]
) -> None:
    missing = missing if values[2] != "-9.0" else "[99, '-9']"
    assert imported(tmp_path, f"missing: {missing}\n{RATED}", "R", values).feedback["rating"].to_list() == [
        5.0
    ]


@pytest.mark.parametrize(
    "values",
    [
        [datetime(2026, 1, 5, 11), datetime(2020, 12, 31), None],
        [date(2026, 1, 6), date(2020, 12, 31), None],
        ["2026-01-05 11:00", "2020-12-31 00:00:00", "2020-12-31T00:00:00Z"],
    ],
    ids=["times", "days", "texts"],
)
@pytest.mark.parametrize("word", ["2020-12-31", "'2020-12-31'"])
def test_a_day_for_no_value_is_none_in_columns_of_times(tmp_path: Path, values: list[Any], word: str) -> None:
    tables = imported(tmp_path, f"missing: [{word}]\n{ENDED}", "End", values)
    assert (tables.events.height, tables.rejections.counts()) == (1, {})


def test_words_of_yaml_that_are_no_text_are_an_error_among_those_for_no_value(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="missing: must be texts; YAML reads yes, no, on and off"):
        imported(tmp_path, f"missing: [no]\n{RATED}", "R", [1])


@pytest.mark.parametrize("word", ["true", "'true'", "'True'", "'yes'", "1"])
def test_words_for_true_are_met_by_true(tmp_path: Path, word: str) -> None:
    mapping = BASE + f"events: [{{kind: escalated, at: Opened, when: {{column: F, is: {word}}}}}]\n"
    tables = imported(tmp_path, mapping, "F", [True, False, None])
    assert tables.events["interaction_id"].to_list() == ["0"]


@pytest.mark.parametrize(
    "words", ["true: 5, false: 1", "'true': 5, 'false': 1", "'Yes': 5, 'No': 1", "1: 5, 0: 1"]
)
def test_words_for_true_and_false_rename_true_and_false(tmp_path: Path, words: str) -> None:
    mapping = RATED.replace("rating: R", f"rating: {{column: R, values: {{{words}}}}}")
    assert imported(tmp_path, mapping, "R", [True, False, None]).feedback["rating"].to_list() == [5.0, 1.0]


@pytest.mark.parametrize(
    ("zone", "exported", "expected"),
    [
        ("UTC", "2026-01-05", ["1", "2"]),
        ("UTC", "'2026-01-05'", ["1", "2"]),
        ("UTC", "2026-01-05T11:00:00", ["1"]),
        ("America/New_York", "2026-01-05T11:00:00", ["1"]),
        ("America/New_York", "2026-01-05T11:00:00Z", []),
    ],
)
def test_the_time_of_the_export_is_local_and_a_day_is_its_end(
    tmp_path: Path, zone: str, exported: str, expected: list[str]
) -> None:
    rows = [
        "0,2026-01-04 10:00,,,",
        "1,2026-01-05 10:00,,,",
        "2,2026-01-05 23:00,,,",
        "3,2026-01-06 11:00,,,",
    ]
    mapping = f"timezone: {zone}\nexported_at: {exported}\n{BASE}"
    assert import_texts(tmp_path, mapping, rows).interactions["interaction_id"].to_list() == ["0", *expected]


def test_numbers_of_a_mapping_are_read_as_they_are_written(tmp_path: Path) -> None:
    mapping = BASE.replace("}", ", venue: {column: Status, values: {010: North, 12:30: Noon, 2.0: Two}}}")
    rows = [f"{i},2026-01-05 10:00,{venue},," for i, venue in enumerate(["010", "8", "12:30", "2"])]
    assert import_texts(tmp_path, mapping, rows).interactions["venue"].to_list() == [
        "North",
        "8",
        "Noon",
        "Two",
    ]
