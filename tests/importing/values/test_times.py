"""Times of columns, and durations after another time."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forestall.errors import UsageError
from forestall.importing.value_sources import TimeSource
from forestall.importing.values import Cells, read_time

START = datetime(2026, 1, 5, 10, tzinfo=UTC)


def cells(**columns: list) -> Cells:
    return Cells(pl.DataFrame(columns), "Asia/Kolkata", "m.yaml")


@pytest.mark.parametrize(
    ("column", "form", "expected"),
    [
        (["05/01/2026 15:30", None], "%d/%m/%Y %H:%M", START),
        (["2026-01-05 15:30", None], None, START),
        (["2026-01-05T10:00Z", None], None, START),  # a zone in the value counts first
        ([datetime(2026, 1, 5, 15, 30), None], None, START),
        ([date(2026, 1, 5), None], None, datetime(2026, 1, 5, 18, 29, 59, 999_999, UTC)),
    ],
)
def test_a_column_is_read_in_the_zone_of_the_mapping(
    column: list, form: str | None, expected: datetime
) -> None:
    read = read_time(cells(t=column), TimeSource(column="t", format=form), "here", {})
    assert read.values.to_list() == [expected, None]
    assert read.unreadable.to_list() == [False, False]


def test_a_text_that_the_format_does_not_fit_is_unreadable() -> None:
    read = read_time(cells(t=["2026-01-05", "soon", None]), TimeSource(column="t"), "here", {})
    assert read.unreadable.to_list() == [False, True, False]
    assert read.rule == "unreadable_time"


@pytest.mark.parametrize(
    ("form", "message"),
    [
        (
            "%d/%m/%Y",
            r"m\.yaml: here\.format must fit the times of column 't', is '%d/%m/%Y', which fits none of its 1",
        ),
        ("%Q", r"here\.format must"),
        (None, r"here\.format must fit the times of column 't', is left out, so ISO 8601 is read"),
    ],
)
def test_a_format_that_fits_no_row_is_an_error_without_the_cell(form: str | None, message: str) -> None:
    with pytest.raises(UsageError, match=message) as error:
        read_time(cells(t=["noon", None]), TimeSource(column="t", format=form), "here", {})
    assert "noon" not in str(error.value)


NUMBERS = st.one_of(st.none(), st.integers(-1000, 1000), st.floats(-1000, 1000))


@given(st.lists(st.tuples(st.booleans(), NUMBERS, NUMBERS), min_size=1, max_size=6))
def test_durations_are_added_as_in_python(rows: list) -> None:
    """A time exists where the start and all durations do; the sum is that of `timedelta`."""
    starts = pl.Series(
        [START if has_start else None for has_start, _, _ in rows], dtype=pl.Datetime("us", "UTC")
    )
    frame = pl.DataFrame(
        {"h": [h for _, h, _ in rows], "s": [s for *_, s in rows]},
        schema={"h": pl.Float64, "s": pl.Float64},
        strict=False,
    )
    source = TimeSource(after="started_at", hours="h", seconds="s", days=1)
    read = read_time(Cells(frame, "UTC", "m.yaml"), source, "here", {"started_at": starts})
    for value, (has_start, hours, seconds) in zip(read.values, rows, strict=True):
        if not has_start or hours is None or seconds is None:
            assert value is None
        else:
            expected = START + timedelta(days=1, hours=hours, seconds=seconds)
            assert abs(value - expected) <= timedelta(microseconds=2)


def test_an_unreadable_duration_makes_the_time_unreadable() -> None:
    starts = pl.Series([START, START], dtype=pl.Datetime("us", "UTC"))
    source = TimeSource(after="started_at", days="d")
    read = read_time(cells(d=["1", "many"]), source, "here", {"started_at": starts})
    assert read.values.to_list() == [START + timedelta(days=1), None]
    assert (read.rule, read.unreadable.to_list()) == ("unreadable_duration", [False, True])
