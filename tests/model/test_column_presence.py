"""Which columns training always had: by stage, and by channel where the channels differ by more than noise."""

import numpy as np
import polars as pl
import pytest

from forestall.model.column_presence import InputColumns, columns_always_present
from forestall.moment_features.stage import STAGES

ARRIVED, SERVED, CLOSED = (STAGES.index(name) for name in ("arrived", "served", "closed"))


def always(
    stage: list[str], channel: list[str | None], column: list[str | None], *, is_known_later: bool = False
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return whether the column is always present, by stage and channel, and the channels."""
    inputs = InputColumns({"x": np.array([True])}, frozenset({"x"} if is_known_later else ()))
    interactions = pl.DataFrame({"channel": channel, "x": column})
    gaps = np.array([[value is None] for value in column])
    places = np.array([STAGES.index(name) for name in stage])
    columns, channels = columns_always_present(places, interactions, inputs, gaps)
    return columns["x"], channels


@pytest.mark.parametrize(("n_missing", "is_always"), [(0, True), (2, True), (3, False), (200, False)])
def test_ninety_nine_of_a_hundred_is_always(n_missing: int, is_always: bool) -> None:
    found, channels = always(["served"] * 200, ["web"] * 200, [None] * n_missing + ["a"] * (200 - n_missing))
    assert channels == ("web",)
    assert (found == is_always).all()


def test_a_channel_that_differs_counts_with_its_own_share() -> None:
    channel: list[str | None] = ["web"] * 100 + ["shop"] * 300
    found, channels = always(["served"] * 400, channel, ["a"] * 100 + [None] * 300)
    assert channels == ("shop", "web")
    # at every stage, in training or not: the column is known from the start
    assert found[:, channels.index("web")].all()
    assert not found[:, channels.index("shop")].any()
    assert not found[:, -1].any()  # any other channel


def test_a_channel_that_differs_by_noise_counts_as_all_do() -> None:
    """97 % have the column; that all 60 of one channel have it happens by chance in 15 % of such samples."""
    channel: list[str | None] = ["web"] * 60 + ["shop"] * 340
    found, _ = always(["served"] * 400, channel, ["a"] * 60 + [None] * 12 + ["a"] * 328)
    assert not found.any()


def test_a_channel_with_few_moments_counts_as_any_other() -> None:
    channel: list[str | None] = ["web"] * 40 + ["shop"] * 300
    found, channels = always(["served"] * 340, channel, ["a"] * 40 + [None] * 300)
    assert channels == ("shop",)
    assert not found.any()


def test_a_stage_that_differs_counts_with_its_own_share() -> None:
    stage = ["arrived"] * 200 + ["served"] * 200
    found, _ = always(stage, [None] * 400, [None] * 200 + ["a"] * 200)
    assert (found[ARRIVED].any(), found[SERVED].all(), found[CLOSED].any()) == (False, True, False)


def test_a_column_known_later_counts_only_at_stages_of_training() -> None:
    stage = ["arrived"] * 200 + ["served"] * 200
    found, _ = always(stage, ["web"] * 400, ["a"] * 400, is_known_later=True)
    assert (found[ARRIVED].all(), found[SERVED].all(), found[CLOSED].any()) == (True, True, False)


def test_whether_moments_have_a_column() -> None:
    inputs = InputColumns(
        {"venue": np.array([True, False]), "staff": np.array([False, True])}, frozenset({"staff"})
    )
    place, gaps = np.array([1, 0, 1]), np.array([[False, True], [True, False], [False, False]])
    venue = pl.Series(["Leeds", None])
    assert inputs.missing("venue", venue, place, gaps).tolist() == [True, False, True]  # type: ignore[union-attr]
    assert inputs.missing("venue", ["Leeds", "York"], place, gaps) is None
    assert inputs.missing("venue", None, place, gaps).all()  # type: ignore[union-attr]
    # whether somebody serves by then is told by the feature, not by the column
    assert inputs.missing("staff", venue, place, gaps).tolist() == [True, False, False]  # type: ignore[union-attr]
