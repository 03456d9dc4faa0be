"""Frames of users: pandas columns of every kind become Polars columns, and go back."""

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest

from forestall.data.frames import in_library, is_frame, library_of, stack, to_polars, to_series
from forestall.errors import InputError

NOON = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
COLUMNS = {
    "whole numbers": (pd.Series([1, 2]), pl.Int64, [1, 2]),
    "nullable whole numbers": (pd.array([1, None], dtype="Int64"), pl.Int64, [1, None]),
    "numbers": (pd.Series([1.5, np.nan]), pl.Float64, [1.5, None]),
    "flags": (pd.array([True, None], dtype="boolean"), pl.Boolean, [True, None]),
    "text": (pd.Series(["a", None]), pl.String, ["a", None]),
    "text as objects": (pd.Series(["a", np.nan], dtype=object), pl.String, ["a", None]),
    "numbers as objects": (pd.Series([1, 2.5], dtype=object), pl.Float64, [1.0, 2.5]),
    "numpy numbers as objects": (pd.Series([np.float64(1.5), None], dtype=object), pl.Float64, [1.5, None]),
    "numpy flags as objects": (pd.Series([np.bool_(True), None], dtype=object), pl.Boolean, [True, None]),
    "a mixture": (pd.Series(["a", 2], dtype=object), pl.String, ["a", "2"]),
    "dates": (pd.Series([NOON.date(), "x"], dtype=object), pl.String, ["2026-01-05", "x"]),
    "categories": (pd.Categorical(["b", None]), pl.String, ["b", None]),
    "categories of numbers": (pd.Categorical([7.0, 8.0]), pl.Float64, [7.0, 8.0]),
    "periods": (pd.Series(pd.PeriodIndex(["2026-01", None], freq="M")), pl.String, ["2026-01", None]),
    "intervals": (pd.Series(pd.cut([1, 9], [0, 5, 10])), pl.String, ["(0, 5]", "(5, 10]"]),
    "mostly nothing": (pd.Series(pd.arrays.SparseArray([0.0, 2.0])), pl.Float64, [0.0, 2.0]),
    "complex numbers": (pd.Series([1 + 2j, 0]), pl.String, ["(1+2j)", "0j"]),
    "half a character": (pd.Series(["a", "\ud83d"], dtype=object), pl.String, ["a", "?"]),
    "half a character as text": (pd.Series(["a", "\ud83d"], dtype="string[python]"), pl.String, ["a", "?"]),
    "half a character in a mixture": (pd.Series([1, "\ud83d"], dtype=object), pl.String, ["1", "?"]),
    "nothing": (pd.Series([None, np.nan], dtype=object), pl.Null, [None, None]),
    "times of a zone": (
        pd.Series([pd.Timestamp("2026-01-05 14:00", tz="Africa/Johannesburg"), pd.NaT]),
        pl.Datetime,
        [NOON, None],
    ),
}


@pytest.mark.parametrize(("column", "dtype", "values"), COLUMNS.values(), ids=COLUMNS.keys())
def test_a_pandas_column_becomes_a_polars_column(column, dtype, values):
    # an index of its own must not matter
    found = to_polars(pd.DataFrame({"x": column}).set_index(pd.Index([8, 9])), "table")["x"]
    assert found.dtype == dtype
    assert found.to_list() == values


@pytest.mark.parametrize(
    "values", [[1, 2.5, None], (1, 2.5, None), pd.Series([1, 2.5, None], index=[5, 6, 7])]
)
def test_one_column_is_read_as_a_column_of_a_frame_is(values):
    found = to_series(values, "x")
    assert (found.name, found.to_list()) == ("x", [1.0, 2.5, None])


def test_arrays_and_polars_series_become_series():
    assert to_series(np.array([3, 1])).to_list() == [3, 1]
    assert to_series(np.array(["2026-01-05"], dtype="datetime64[us]")).dtype == pl.Datetime("us")
    assert to_series(pl.Series("old", [1]), "new").name == "new"


def test_a_polars_frame_stays_and_a_lazy_one_is_collected():
    frame = pl.DataFrame({"x": [1]})
    assert to_polars(frame, "table") is frame
    assert to_polars(frame.lazy(), "table").equals(frame)


def test_results_go_back_to_the_library_of_the_input():
    frame = pl.DataFrame({"x": [1]})
    assert in_library(frame, library_of(frame.lazy())) is frame
    assert isinstance(in_library(frame, library_of(frame.to_pandas())), pd.DataFrame)
    assert library_of([{"x": 1}]) == "polars"
    assert is_frame(frame.to_pandas())
    assert not is_frame({"x": [1]})


def test_what_is_no_frame_is_refused_by_name():
    with pytest.raises(InputError, match="moments must be a pandas or polars frame, is list"):
        to_polars([1], "moments")
    twice = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(InputError, match="X must have each column once, has 'a' more than once"):
        to_polars(twice, "X")


def test_stacked_columns_of_unlike_types_become_text_but_numbers_and_times_stay():
    one = pl.DataFrame({"n": [1], "key": [1], "at": [NOON]})
    two = pl.DataFrame({"n": [1.5], "key": ["b"], "at": [NOON.replace(tzinfo=None)], "more": [True]})
    found = stack([one, two])
    assert found["n"].to_list() == [1.0, 1.5]
    assert found["key"].to_list() == ["1", "b"]
    assert found["at"].to_list() == [NOON, NOON]
    assert found["more"].to_list() == [None, True]


@pytest.mark.parametrize("cells", [[b"abc", b"d"], ["abc", b"d"], [1, bytearray(b"d")]])
def test_bytes_are_no_text(cells):
    """The text of bytes would be `b'abc'`, which no key of another table has."""
    with pytest.raises(InputError, match="the column x must be text, numbers or times, is bytes; decode it"):
        to_polars(pd.DataFrame({"x": pd.Series(cells, dtype=object)}), "table")


@pytest.mark.parametrize("keys", ["key", ["key", "b"]])
def test_a_required_column_that_is_the_index_is_named(keys):
    frame = pd.DataFrame({"key": [1], "b": [2], "x": [3]}).set_index(keys)
    with pytest.raises(
        InputError, match=r"table must have a column 'key', has an index of this name; use reset"
    ):
        to_polars(frame, "table", required=["key", "x"])
    assert to_polars(frame, "table").columns == (["b", "x"] if keys == "key" else ["x"])
