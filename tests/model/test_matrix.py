"""Tables of features as numbers and categories."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from forestall.model.matrix import code_columns, read_columns

FRAME = pl.DataFrame(
    {
        "wait": [1, None, 3],
        "is_new": [True, False, None],
        "channel": ["web", None, "phone"],
        "n": [1.5, 2.5, 3.5],
    }
)


def test_numbers_and_categories_are_read_apart():
    columns = read_columns(FRAME)
    assert list(columns.categories) == [2]
    assert columns.categories[2].to_list() == ["web", None, "phone"]
    np.testing.assert_array_equal(
        columns.numbers, [[1, 1, np.nan, 1.5], [np.nan, 0, np.nan, 2.5], [3, np.nan, np.nan, 3.5]]
    )


@pytest.mark.parametrize("dtype", ["object", "category", "str"])
def test_a_pandas_frame_is_read_as_a_polars_frame_is(dtype):
    frame = FRAME.to_pandas().astype({"channel": dtype})
    columns, expected = read_columns(frame), read_columns(FRAME)
    np.testing.assert_array_equal(columns.numbers, expected.numbers)
    assert columns.categories[2].to_list() == expected.categories[2].to_list()


def test_numbers_as_objects_are_numbers():
    frame = pd.DataFrame({"x": pd.Series([np.float64(1.5), 2, None], dtype=object)})
    np.testing.assert_array_equal(read_columns(frame).numbers[:, 0], [1.5, 2, np.nan])


def test_an_empty_column_may_be_of_any_type():
    empty = FRAME.with_columns(wait=pl.lit(None, pl.String), channel=pl.lit(None))
    columns = read_columns(empty, [2])
    assert np.isnan(columns.numbers[:, 0]).all()
    assert columns.categories[2].to_list() == [None] * 3


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (
            pl.lit("long"),
            "column 'wait' must hold numbers, or strings where training had them; it holds String",
        ),
        (pl.lit(np.inf), "column 'wait' must hold finite numbers or missing values"),
        (pl.date(2026, 1, 1), "column 'wait' must hold numbers"),
    ],
)
def test_a_column_that_cannot_be_read_is_named(column, message):
    with pytest.raises(ValueError, match=message):
        read_columns(FRAME.with_columns(wait=column), [2])


def test_categories_are_coded_in_alphabetical_order_with_the_missing_one_first():
    coded = code_columns(read_columns(FRAME))
    assert coded.known[2] == [None, "phone", "web"]
    assert coded.codes[2].tolist() == [2, 0, 1]
    complete = code_columns(read_columns(FRAME.drop_nulls("channel")))
    assert complete.known[2] == ["phone", "web"]
