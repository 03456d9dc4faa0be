"""The columns of a score row from the model, as a frame and as lists."""

from datetime import UTC, datetime

import numpy as np
import polars as pl

from forestall.model.score_columns import SCORE_COLUMNS, score_frame, score_lists

AS_OF = datetime(2026, 11, 2, tzinfo=UTC)
COLUMNS = {
    "interaction_id": pl.Series(["a", "b"]),
    "customer_id": ["c", None],
    "as_of": [int(AS_OF.timestamp() * 1e6), None],
    "dissatisfaction_risk": np.array([0.25, np.nan]),
    "reasons": [[{"family": "service", "feature": "x", "contribution": 0.1, "text": "waited"}], []],
}


def test_a_frame_has_every_column_with_null_for_nan_and_for_what_is_not_given() -> None:
    frame = score_frame(COLUMNS, 2)
    assert dict(frame.schema) == SCORE_COLUMNS
    assert frame["as_of"].to_list() == [AS_OF, None]
    assert frame["dissatisfaction_risk"].to_list() == [0.25, None]
    assert frame["risk_low"].to_list() == [None, None]
    assert frame["reasons"].to_list() == COLUMNS["reasons"]


def test_lists_hold_the_same_values() -> None:
    lists, frame = score_lists(COLUMNS, 2), score_frame(COLUMNS, 2)
    assert list(lists) == frame.columns
    for name in frame.columns:
        values = frame[name].dt.timestamp("us") if name == "as_of" else frame[name]
        assert list(lists[name]) == values.to_list()


def test_without_rows_there_are_columns() -> None:
    assert score_frame({}, 0).columns == list(SCORE_COLUMNS)
    assert score_lists({}, 0) == {name: [] for name in SCORE_COLUMNS}
