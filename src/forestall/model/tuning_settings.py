"""The `tuning` section of `model.yaml`: which settings are tried, and how."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from forestall.config import Strict
from forestall.model.boosting import DEFAULTS

FamilyName = Literal["service", "quality", "greeting", "resolution", "expectation", "history"]


def _check_rising(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] > value[1]:
        raise ValueError(f"must be [lowest, highest], is [{value[0]:g}, {value[1]:g}]")
    return value


_Positive = Annotated[float, Field(gt=0)]
_Share = Annotated[float, Field(gt=0, le=1)]
_Leaves = Annotated[int, Field(ge=2, le=4096)]
Amounts = Annotated[tuple[_Positive, _Positive], AfterValidator(_check_rising)]
Shares = Annotated[tuple[_Share, _Share], AfterValidator(_check_rising)]
Counts = Annotated[tuple[_Leaves, _Leaves], AfterValidator(_check_rising)]

# Parameters that are drawn evenly on a logarithmic scale.
LOGARITHMIC = ("learning_rate", "num_leaves", "min_sum_hessian_in_leaf", "lambda_l2")

_RANGE = "LightGBM's setting of this name; lowest and highest value tried."


class Space(Strict):
    """The lowest and highest value tried of each LightGBM parameter; null leaves the parameter unchanged."""

    learning_rate: Amounts | None = Field(default=(0.02, 0.1), description=_RANGE)
    num_leaves: Counts | None = Field(default=(3, 31), description=_RANGE)
    min_sum_hessian_in_leaf: Amounts | None = Field(default=(0.5, 30.0), description=_RANGE)
    feature_fraction: Shares | None = Field(default=(0.2, 1.0), description=_RANGE)
    bagging_fraction: Shares | None = Field(default=(0.3, 1.0), description=_RANGE)
    lambda_l2: Amounts | None = Field(default=(0.1, 100.0), description=_RANGE)
    extra_trees: Annotated[list[bool], Field(min_length=1, max_length=2)] | None = Field(
        default_factory=lambda: [True, False],
        description="LightGBM's setting of this name; the choices tried.",
    )

    def holding(self, lightgbm: dict[str, Any]) -> dict[str, list[Any]]:
        """Return the values tried of each parameter, widened to hold the model's own value.

        Parameters
        ----------
        lightgbm
            The model's own settings; where one is missing, Forestall's default is its own value.

        Returns
        -------
        dict
            Lowest and highest value of a number; the choices of a boolean.
        """
        own = DEFAULTS | lightgbm
        found: dict[str, list[Any]] = {}
        for name, values in self.model_dump().items():
            if values is not None:
                every = [*values, own[name]]
                is_choice = isinstance(every[0], bool)
                found[name] = list(dict.fromkeys(every)) if is_choice else [min(every), max(every)]
        return found


class Tuning(Strict):
    """How settings are tried."""

    windows: int = Field(
        default=4, ge=2, le=20, description="How many windows in time each trial is evaluated on."
    )
    together: int = Field(
        default=4, ge=1, le=64,
        description="How many trials are proposed at a time, without knowing each other's results, so that they can "
        "run in parallel.",
    )  # fmt: skip
    leave_out: list[FamilyName] = Field(
        default_factory=list, description="Families that a trial may leave out."
    )
    space: Space = Field(default_factory=Space, description="The values tried.")

    @model_validator(mode="after")
    def _check_something_to_try(self) -> Self:
        if not self.leave_out and all(value is None for value in self.space.model_dump().values()):
            raise ValueError("must try something: every parameter of 'space' is null; give one a range")
        return self
