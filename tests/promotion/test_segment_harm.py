"""The gain of each segment: its size, its p-value and the adjustment for the number of segments."""

import polars as pl
import pytest

from compared_risks import moments
from forestall.promotion.segment_harm import segment_gains


@pytest.fixture
def rows() -> pl.DataFrame:
    """Return moments with the champion's risk; the new risk is constant in the channel `chat` and equal elsewhere."""
    frame = moments(3).with_columns(risk_champion="risk")
    constant = pl.lit(frame["risk"].mean())
    return frame.with_columns(risk=pl.when(pl.col("channel") == "chat").then(constant).otherwise("risk"))


def test_the_harmed_segment_comes_first_with_a_small_p_value(rows: pl.DataFrame) -> None:
    worst, *others = segment_gains(rows, ["channel"])
    assert worst.name == "chat"
    assert worst.low < worst.gain < worst.high < 0
    assert worst.p_adjusted < 0.01
    assert [one.gain for one in others] == [0, 0, 0]
    assert {one.p_adjusted for one in others} == {1.0}


def test_adjusted_p_values_are_never_smaller_and_at_most_n_times_larger(rows: pl.DataFrame) -> None:
    found = segment_gains(rows, ["channel"])
    assert all(one.p <= one.p_adjusted <= min(1, len(found) * one.p) for one in found)


def test_a_loss_within_the_tolerance_is_no_harm(rows: pl.DataFrame) -> None:
    loss = -segment_gains(rows, ["channel"])[0].gain
    chat = {one.name: one for one in segment_gains(rows, ["channel"], tolerance=2 * loss)}["chat"]
    assert chat.gain == -loss
    assert chat.p > 0.5


def test_small_segments_are_left_out_and_missing_values_are_a_segment(rows: pl.DataFrame) -> None:
    sizes = dict(rows["channel"].value_counts().iter_rows())
    found = segment_gains(rows, ["channel"], min_n=sizes["phone"])
    assert {one.name for one in found} == {"in_store", "phone"}
    assert {one.name: one.n for one in found} == {name: sizes[name] for name in ("in_store", "phone")}
    unknown = rows.with_columns(channel=pl.lit(None, pl.String))
    assert [one.name for one in segment_gains(unknown, ["channel"])] == ["unknown"]
    assert segment_gains(rows, ["channel"], min_n=rows.height) == []
