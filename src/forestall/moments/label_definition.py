"""The label that a model predicts: a bad rating, or an event, within a horizon."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from forestall.config import Strict


class Label(Strict):
    """The label of a model: `{scale, dissatisfied_at_or_below, horizon_days}` or `{event, horizon_days}`."""

    scale: tuple[float, float] | None = Field(
        default=None,
        description="Lowest and highest rating, such as `[1, 5]`. Ratings outside of it are rejected.",
    )
    dissatisfied_at_or_below: float | None = Field(
        default=None, description="Highest rating that counts as dissatisfied, such as `2`."
    )
    event: str | None = Field(
        default=None, description="Kind of event to predict instead of a rating, such as `complained`."
    )
    target: Literal["newest", "next"] = Field(
        default="newest",
        description="Which of several ratings of an interaction is the label. `newest`: the newest one, of all its "
        "moments. `next`: of each moment the next one after it; each rating then has a moment, just before it.",
    )
    horizon_days: float = Field(
        default=30,
        gt=0,
        description="Days after the moment in which the rating or the event must come to count, such as `30`.",
    )

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        is_rating = self.scale is not None and self.dissatisfied_at_or_below is not None
        if is_rating == (self.event is not None):
            raise ValueError("must have either 'scale' and 'dissatisfied_at_or_below', or 'event'")
        if self.event is not None and self.target != "newest":
            raise ValueError("'target' is about ratings; it does not go with 'event'")
        if self.scale is not None and self.dissatisfied_at_or_below is not None:
            low, high = self.scale
            if not low < high:
                raise ValueError(f"'scale' must be [lowest, highest], is [{low:g}, {high:g}]")
            if not low <= self.dissatisfied_at_or_below < high:
                raise ValueError(
                    f"'dissatisfied_at_or_below' must be at least {low:g} and below {high:g}, as 'scale' says, "
                    f"is {self.dissatisfied_at_or_below:g}"
                )
        return self
