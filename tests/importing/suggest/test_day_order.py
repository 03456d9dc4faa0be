"""Day first or month first: each kind of evidence, and none."""

from datetime import datetime, timedelta

import polars as pl

from forestall.importing.suggest.column_profile import ColumnProfile
from forestall.importing.suggest.time_evidence import TimeColumn, find_times

DAY_FIRST, MONTH_FIRST = "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"


def found(**columns: list[str] | pl.Series) -> dict[str, TimeColumn]:
    return find_times([ColumnProfile(name, pl.Series(name, cells)) for name, cells in columns.items()])


def early_days(form: str, n: int = 144) -> list[str]:
    """Give times of the first twelve days of twelve months, in their order: no part is above 12."""
    times = [datetime(2025, 1 + i // 12, 1 + i % 12, 9, 30) for i in range(n)]
    return [time.strftime(form) for time in times]


def test_a_part_above_12_decides() -> None:
    assert found(opened=["03/04/2025 10:00", "13/04/2025 10:00"])["opened"].formats == (DAY_FIRST,)
    assert found(opened=["03/04/2025 10:00", "04/13/2025 10:00"])["opened"].formats == (MONTH_FIRST,)


def test_a_column_with_the_same_form_decides() -> None:
    times = found(opened=["03/04/2025 10:00"] * 3, closed=["04/13/2025 10:00"] * 3)
    assert times["opened"].formats == (MONTH_FIRST,)
    assert "as in column 'closed'" in times["opened"].reason


def test_the_order_of_the_rows_decides() -> None:
    for form in (DAY_FIRST, MONTH_FIRST):
        time = found(opened=early_days(form))["opened"]
        assert time.formats == (form,)
        assert "order of the rows" in time.reason


def test_other_times_of_the_same_rows_decide() -> None:
    shuffled = sorted(early_days(MONTH_FIRST), key=lambda text: text[::-1])
    closed = [str(datetime.strptime(text, MONTH_FIRST) + timedelta(hours=5)) for text in shuffled]
    time = found(opened=shuffled, closed=closed)["opened"]
    assert time.formats == (MONTH_FIRST,)
    assert "near column 'closed'" in time.reason


def test_what_nothing_decides_is_asked() -> None:
    shuffled = sorted(early_days(DAY_FIRST), key=lambda text: text[::-1])
    same = ["03/04/2025 10:00"] * 9
    for cells in (same, [text for pair in zip(shuffled, reversed(shuffled), strict=True) for text in pair]):
        time = found(opened=cells)["opened"]
        assert time.formats == (DAY_FIRST,)
        assert time.question.startswith("is it day or month first?")
