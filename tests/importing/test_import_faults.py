"""Cells that cannot be read, and mappings that do not fit their source."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from forestall.errors import InputError, UsageError
from shop_export import HEADER, MAPPING, ROWS, import_rows


@pytest.fixture
def run(tmp_path: Path) -> Any:
    return partial(import_rows, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("column", "cell", "table", "rule"),
    [
        ("Opened", "2026-07-01", "interactions", "unreadable_time"),
        ("Opened", "", "interactions", "no_time"),
        ("Ticket", "", "interactions", "no_interaction_id"),
        ("Ticket", "T2", "interactions", "duplicate_key"),
        ("Moves", "-1", "events", "unreadable_count"),
        ("Moves", "1.5", "events", "unreadable_count"),
        ("Moves", "1e9", "events", "unreadable_count"),
        ("Days", "many", "events", "unreadable_duration"),
        ("Days", "inf", "events", "unreadable_duration"),
        ("Again", "perhaps", "events", "unreadable_flag"),
        ("Said at", "yesterday", "events", "unreadable_time"),
        ("Said at", "2026-10-24 10:00", "events", "event_before_start"),
        ("Survey", "24.10.2026", "feedback", "rated_before_start"),
    ],
)
def test_an_unreadable_cell_is_a_counted_rejection(
    run: Any, column: str, cell: str, table: str, rule: str
) -> None:
    names = HEADER.split(",")
    cells = dict(zip(names, ROWS[0].replace('"Hej, alle\nsammen"', "Hej").split(","), strict=True))
    other = {**cells, "Ticket": "T9"}  # the same row without the fault, so that each format fits one row
    tables = run(MAPPING, ",".join(other.values()), ROWS[1], ",".join((cells | {column: cell}).values()))
    assert rule in tables.rejections.counts()[table]
    assert tables.about["rejected_at_import"] == tables.rejections.counts()
    rejected = tables.rejections.frames[table].filter(rule=rule)
    assert rejected["source_row"].unique().to_list() == [3]


@pytest.mark.parametrize(
    ("column", "cell", "place", "rule"),
    [
        ("Price", "dear", ("interactions", "price"), "unreadable_number"),
        ("Promise", "a while", ("interactions", "promised_at"), "unreadable_duration"),
        ("Survey", "30-10-2026", ("feedback", "rated_at"), "unreadable_time"),
        ("Refund", "some", ("events", "value"), "unreadable_number"),
        ("Refund", "inf", ("events", "value"), "unreadable_number"),
    ],
)
def test_an_unreadable_cell_of_an_optional_column_is_null_and_its_row_stays(
    run: Any, column: str, cell: str, place: tuple[str, str], rule: str
) -> None:
    names = HEADER.split(",")
    cells = dict(zip(names, ROWS[0].replace('"Hej, alle\nsammen"', "Hej").split(","), strict=True))
    other = {**cells, "Ticket": "T9"}
    tables = run(MAPPING, ",".join(other.values()), ROWS[1], ",".join((cells | {column: cell}).values()))
    assert tables.rejections.counts() == {"cells": {rule: 1}}
    assert tables.rejections.frames["cells"].rows() == [(place[0], "T1", place[1], rule, cell)]
    kept = getattr(tables, place[0]).filter(interaction_id="T1")
    assert kept.height
    assert kept[place[1]].null_count() >= 1


def test_a_word_that_is_no_rating_is_named(run: Any) -> None:
    with pytest.raises(UsageError, match=r"feedback.rating: 'values' must name .* 1 are missing \('so so'\)"):
        run(MAPPING, ROWS[0].replace(",yes,", ",so so,"), ROWS[1])


def test_too_many_rejected_rows_stop_the_import(run: Any) -> None:
    with pytest.raises(InputError, match="interactions lost 1 of 3 rows"):
        run(MAPPING, *ROWS[:2], ROWS[2].replace("02/07/2026 12:00", "noon"), max_rejected=0.05)


PLACES = {
    "no such column": (
        "Via",
        "Vai",
        "interactions.channel.column must name .*no column 'Vai'; did you mean",
    ),
    "in an event": ("at: Said at", "at: Said on", r"events\[5\].at must name .*no column 'Said on'"),
    "in a duration": (
        "{after: started_at, hours: Promise}",
        "{after: started_at, hours: Promises}",
        "promised_at.hours",
    ),
    "in a condition": ("when: Again", "when: Agian", r"events\[3\].when must name .*no column 'Agian'"),
    "a count": ("times: Moves", "times: Move", r"events\[1\].times must name .*no column 'Move'"),
    "kept": (
        "keep: [Size",
        "keep: [Sise",
        r"keep\[0\] must name .*no column 'Sise'; did you mean 'Size'",
    ),
    "never": ("never: [Remarks]", "never: [Remark]", r"never\[0\] must name .*no column 'Remark'"),
    "no format of this": (
        '{column: Survey, format: "%d.%m.%Y"}',
        '{column: Survey, format: "%d/%m/%Y"}',
        "feedback.rated_at.format must fit the times of column 'Survey', is '%d/%m/%Y', which fits none of its 2",
    ),
    "no format at all": ('"%d.%m.%Y"', '"%Q"', "feedback.rated_at.format"),
    "no ISO time": (
        '{column: Survey, format: "%d.%m.%Y"}',
        "Survey",
        "feedback.rated_at.format must fit .* is left out, so ISO 8601 is read",
    ),
    "no number": (
        "days: Days, hours: 1",
        "days: Via, hours: 1",
        r"events\[2\].at.days: column 'Via' must hold durations",
    ),
    "no flag": ("when: Again", "when: Lang", r"events\[3\].when: column 'Lang' must hold true or false"),
}


@pytest.mark.parametrize(("right", "wrong", "message"), PLACES.values(), ids=PLACES.keys())
def test_a_mapping_that_does_not_fit_the_source_is_an_error_at_its_place(
    run: Any, right: str, wrong: str, message: str
) -> None:
    assert right in MAPPING
    with pytest.raises(UsageError, match=message) as error:
        run(MAPPING.replace(right, wrong), *ROWS)
    assert "\n" not in str(error.value)
