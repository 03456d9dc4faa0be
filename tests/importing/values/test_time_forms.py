"""The formats that fit the times of a column."""

import polars as pl
import pytest

from forestall.importing.values import time_forms
from forestall.importing.values.time_forms import fitting_formats

TEXTS = (
    *(
        "05/06/2023 12:00",
        "25/06/2023 12:00:30",
        "30 May 2023",
        "30.05.2023 12.30",
        "20230530120000",
        "1.1.2023",
    ),
    *("05/30/2023 12:00 p.m.", "30/May/2023:14:00:00 +0200", "2023-05-30 14:00 Europe/Oslo", "tomorrow"),
    *(
        "2023-05-30T12:00:00+02:00",
        "2023.05.30 12:00:00.250",
        "Tue 30 May 2023 12h30",
        "May 30, 2023 1:05 pm",
    ),
    *("30-05-2023 05:00 PDT", "20230530 12:00 UTC", "12:00", "1685448000"),
)


@pytest.mark.slow
@pytest.mark.parametrize("text", TEXTS)
def test_the_quick_check_leaves_out_no_format_that_fits(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every ninetieth format, and of those that are found."""
    column = pl.Series([text])
    found = fitting_formats(column)
    forms = [*time_forms._forms()[::90], *found]
    monkeypatch.setattr(time_forms, "_forms", lambda: forms)
    checked = fitting_formats(column, at_most=99)
    monkeypatch.setattr(time_forms, "_may_fit", lambda text, form: True)
    assert checked == fitting_formats(column, at_most=99)
    assert set(found) <= set(checked)


def test_formats_with_a_time_of_day_come_first_and_day_and_month_may_both_fit() -> None:
    assert fitting_formats(pl.Series(["05/06/2023 12:00"])) == ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]
    assert fitting_formats(pl.Series(["05/06/2023 12:00", "25/06/2023 12:00"])) == ["%d/%m/%Y %H:%M"]
    assert fitting_formats(pl.Series(["30 May 2023", None])) == ["%d %b %Y", "%d %B %Y"]
    assert fitting_formats(pl.Series([None], dtype=pl.String)) == []
