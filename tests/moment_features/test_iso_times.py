"""Times read many at once are those that are read one by one."""

from datetime import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forestall.errors import InputError
from forestall.moment_features.iso_times import read_iso_times
from forestall.moment_features.record_fields import MOMENT, read_fields

TIME = pl.Datetime("us", "UTC")
USUAL = [
    "2026-11-02T09:00:00Z", "2026-11-02T09:00:00.250Z", "2026-11-02T09:00:00.123456+00:00",
    "2026-11-02T09:00:00+01:30", "2024-02-29T23:59:59.5-14:00", "1000-01-01T00:00:00+05:00",
    "9999-12-31T23:59:59.999999-14:00", "1969-12-31T23:59:59.999999Z",
]  # fmt: skip
ODD = [
    "2026-11-02", "2026-11-02 09:00:00Z", "2026-11-02T09:00Z", "2026-11-02T09:00:00", " 2026-11-02T09:00:00Z",
    "2026-11-02T09:00:00z", "2026-11-02T09:00:00,5Z", "2026-11-02T09:00:00.1234567Z", "20261102T090000Z", "",
    "2026-11-02T09:00:00+0100", "2026-11-02T24:00:00Z", "2026-11-02T09:00:60Z",
]  # fmt: skip
WRONG = [
    "0999-01-01T00:00:00Z", "2026-13-02T09:00:00Z", "2026-02-30T09:00:00Z", "2026-11-02T25:00:00Z",
    "2026-11-02T09:00:00/Z", "2026-11-02T09:00:00+01:00:30",
    "2026-11-02T09:60:00Z", "2026-11-02T09:00:61Z", "2026-11-02T09:00:00+24:00", "2026-11-02T09:00:00,01:00",
    "2026-11-02T09:00:0１Z", "yesterday"
]  # fmt: skip


def microseconds(text: str) -> int:
    since = datetime.fromisoformat(text) - datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def test_usual_times_are_all_read():
    values, is_read = read_iso_times(USUAL)
    assert is_read.all()
    assert values.tolist() == list(map(microseconds, USUAL))


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_time_is_not_read(text):
    for n in (1, 2_000):
        assert not read_iso_times([*USUAL * n, text])[1][-1]


def near_misses() -> st.SearchStrategy[str]:
    """Make usual times with a letter changed."""
    place, letter = st.integers(0, 31), st.sampled_from("0123456789-+:.,TZz /é１")
    changed = st.tuples(st.sampled_from(USUAL), place, letter)
    return changed.map(lambda one: one[0][: one[1]] + one[2] + one[0][one[1] + 1 :])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(USUAL + ODD + WRONG) | near_misses(), max_size=30))
def test_what_is_read_is_what_python_reads(texts):
    values, is_read = read_iso_times(texts)
    for text, value, is_ok in zip(texts, values.tolist(), is_read.tolist(), strict=True):
        if is_ok:
            assert value == microseconds(text)


@pytest.mark.parametrize("dtype", [TIME, MOMENT])
def test_times_of_many_rows_are_those_of_each_row(dtype):
    texts = [*USUAL, *ODD, None]
    many = [{"at": text} for text in texts * 20]
    one_by_one = [read_fields([row], {"at": dtype})["at"][0] for row in many[: len(texts)]]
    assert read_fields(many, {"at": dtype})["at"] == one_by_one * 20


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_time_among_many_is_named_by_its_record(text):
    rows = [{"at": "2026-11-02T09:00:00Z"}] * 500
    with pytest.raises(
        InputError, match=r"^record 321: events\.at must be a time, such as 2026-11-02T09:00:00Z$"
    ):
        read_fields([*rows[:321], {"at": text}, *rows], {"at": TIME}, within="events.")
