"""Cross-validation forward in time: no label of the training part is known later than the test part begins."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from sklearn.model_selection import BaseCrossValidator

from forestall.data.frames import is_frame, to_polars, to_series
from forestall.data.times import parse_moments
from forestall.errors import InputError, UsageError, must_be
from forestall.statistics import Ints

_DAY_US = 86_400_000_000


class TimeSplit(BaseCrossValidator):  # type: ignore[misc]
    """Splits of moments that go forward in time, with the label horizon as gap, grouped by customer.

    Let t be the time of a row, h the horizon, and s and e the begin and end of a test block, a multiple of
    `test_share` of the rows from the end. Then

    - the test part holds the rows with s ≤ t < e (of the last block t ≤ e);
    - the training part holds the rows with t + h < s whose group has no row in the test part.

    A label of a moment at t is known by t + h at the latest, so a model that is trained when the test part begins knows
    all labels of its training part, and none that came later (an embargo). Customers who come back are taken from the
    training part, not from the test part: the test parts are then what really came, and no customer is recognised.

    Parameters
    ----------
    n_splits
        Number of test blocks, at least 1.
    horizon_days
        The label's `horizon_days` in model.yaml.
    test_share
        The share of the rows in each test block; `n_splits` of them must leave rows to train on.

    Examples
    --------
    >>> import numpy as np
    >>> days = np.datetime64("2026-01-01") + np.arange(100)
    >>> split = TimeSplit(n_splits=2, horizon_days=10, test_share=0.2)
    >>> for train, test in split.split(days, times=days):
    ...     print(train.min(), train.max(), test.min(), test.max())
    0 49 60 79
    0 69 80 99
    """

    # with metadata routing, `groups` and `times` of cross_val_score come here
    __metadata_request__split = {"groups": True, "times": True}  # noqa: RUF012 - as scikit-learn reads it

    def __init__(self, n_splits: int = 5, *, horizon_days: float = 30.0, test_share: float = 0.15) -> None:
        self.n_splits = n_splits
        self.horizon_days = horizon_days
        self.test_share = test_share

    def split(
        self, X: Any, y: Any = None, groups: Any = None, times: Any = None
    ) -> Iterator[tuple[Ints, Ints]]:
        """Yield the places of the rows of the training part and of the test part, the oldest split first.

        Parameters
        ----------
        X
            Rows; a frame with the columns `interaction_id` and `as_of` gives groups and times where they are not given.
        y
            Not used.
        groups
            The customer of each row, shape (n,); a row without one is a group of its own. By default its
            `interaction_id`, else each row is a group.
        times
            The time of each row, shape (n,); by default its `as_of`.

        Raises
        ------
        InputError
            There are no rows, a time is missing, times or groups are of other rows, or a part of a split has no rows.
        UsageError
            A parameter is not what it must be.
        """
        self._check()
        frame = to_polars(X, "X") if is_frame(X) else None
        when = _microseconds(_given(times, frame, "as_of"))
        n = len(when)
        group = _codes(_given(groups, frame, "interaction_id"), n)
        n_rows = n if X is None else X.shape[0] if hasattr(X, "shape") else len(X)
        if not n or n_rows != n or len(group) != n:
            found = f"{n_rows} rows, {n} times and {len(group)} groups"
            raise InputError(must_be("X, times and groups", "of the same length, at least 1", found))
        ordered = np.sort(when)
        edges = np.round(n * (1 - self.test_share * np.arange(self.n_splits, -1, -1))).astype(np.int64)
        for number in range(self.n_splits):
            begin = ordered[min(edges[number], n - 1)]
            is_test = when >= begin
            if number + 1 < self.n_splits:
                is_test &= when < ordered[min(edges[number + 1], n - 1)]
            is_known = when + round(self.horizon_days * _DAY_US) < begin
            is_train = is_known & ~np.isin(group, group[is_test])
            for name, rows in (("test", is_test), ("training", is_train)):
                if not rows.any():
                    raise InputError(self._empty(name, number, when))
            yield np.flatnonzero(is_train), np.flatnonzero(is_test)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None, times: Any = None) -> int:
        """Return the number of splits."""
        return self.n_splits

    def _check(self) -> None:
        if not isinstance(self.n_splits, int | np.integer) or self.n_splits < 1:
            raise UsageError(must_be("n_splits", "a whole number of at least 1", self.n_splits))
        if not 0 <= self.horizon_days < math.inf:
            raise UsageError(must_be("horizon_days", "a number of days, at least 0", self.horizon_days))
        if not 0 < self.test_share * self.n_splits < 1:
            raise UsageError(must_be("test_share", "above 0 and below 1 / n_splits", self.test_share))

    def _empty(self, name: str, number: int, when: Ints) -> str:
        span = (when.max() - when.min()) / _DAY_US
        return (
            f"the {name} part of split {number + 1} of {self.n_splits} must have rows, has none: the rows span "
            f"{span:.0f} days, and the horizon of {self.horizon_days:g} days lies before each test part; take fewer "
            "splits or a smaller test_share"
        )


def _given(values: Any, frame: pl.DataFrame | None, column: str) -> Any:
    if values is None and frame is not None and column in frame.columns:
        return frame[column]
    return values


def _codes(keys: Any, n: int) -> Ints:
    """Return the number of each row's group; a missing key is a group of its own."""
    if keys is None:
        return np.arange(n)
    codes = to_series(keys).rank("dense").cast(pl.Int64)
    own = pl.int_range(len(codes), 2 * len(codes), eager=True)
    return np.asarray(codes.zip_with(codes.is_not_null(), own).to_numpy())


def _microseconds(times: Any) -> Ints:
    if times is None:
        raise InputError(
            must_be(
                "times", "given, or the column as_of of X", do="pass times to split, or a frame of moments"
            )
        )
    known = parse_moments(to_series(times))
    if known is None or known.null_count():
        raise InputError(
            "times must hold a time for each row, such as 2026-11-01T12:00:00Z; some are none. Records without a clock "
            "cannot be split by time: use GroupKFold"
        )
    return np.asarray(known.dt.timestamp("us").to_numpy())
