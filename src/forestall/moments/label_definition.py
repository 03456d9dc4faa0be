"""What is learnt: a bad rating, or an event, within a horizon."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from forestall.config import Strict


class Label(Strict):
    """The label of a model: `{scale, dissatisfied_at_or_below, horizon_days}` or `{event, horizon_days}`."""

    scale: tuple[float, float] | None = None
    dissatisfied_at_or_below: float | None = None
    event: str | None = None
    horizon_days: float = Field(default=30, gt=0)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        rating = self.scale is not None and self.dissatisfied_at_or_below is not None
        if rating == (self.event is not None):
            raise ValueError("must have either 'scale' and 'dissatisfied_at_or_below', or 'event'")
        if self.scale is not None and self.dissatisfied_at_or_below is not None:
            low, high = self.scale
            if not low <= self.dissatisfied_at_or_below < high:
                raise ValueError(
                    f"'dissatisfied_at_or_below' must lie within the scale {low:g} to {high:g}, below its top"
                )
        return self
