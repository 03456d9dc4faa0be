"""Labelled moments with their features, as the estimator learns from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl


@dataclass(frozen=True)
class Rows:
    """Labelled moments, their features (`frame`), stages, and features with the reference features (`measured`)."""

    moments: pl.DataFrame
    frame: pl.DataFrame
    stage: pl.Series
    measured: pl.DataFrame

    @property
    def has_clock(self) -> bool:
        """Whether the labels have a time."""
        return self.moments["decided_at"].null_count() == 0

    def part(self, name: str) -> Rows:
        """Return the rows of a part of the split."""
        is_in = (self.moments["part"] == name).fill_null(False)
        parts = (self.moments, self.frame, self.stage, self.measured)
        return Rows(*(one.filter(is_in) for one in parts))  # type: ignore[arg-type]

    def share_of(self, part: str) -> float:
        """Return the share of a part of the split in the weight of all rows."""
        weight = self.moments["weight"].to_numpy()
        return float(weight[(self.moments["part"] == part).fill_null(False).to_numpy()].sum() / weight.sum())

    def learning(self) -> dict[str, Any]:
        """Return the arguments of the estimator's `fit` other than the features."""
        moments = self.moments
        return {
            "y": moments["label"].to_numpy(),
            "sample_weight": moments["weight"].to_numpy(),
            "time": moments["started_at"].dt.timestamp("us").to_numpy() if self.has_clock else None,
            "groups": moments.select("customer_id", "interaction_id").to_numpy(),
        }
