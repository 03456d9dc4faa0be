"""The `tuning` section of `model.yaml`: which settings are tried, and how."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from forestall.config import Strict
from forestall.model.boosting import DEFAULTS

FamilyName = Literal["service", "quality", "greeting", "resolution", "expectation", "history"]


def _rising(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] > value[1]:
        raise ValueError(f"must be [lowest, highest]; got [{value[0]:g}, {value[1]:g}]")
    return value


_Positive = Annotated[float, Field(gt=0)]
_Share = Annotated[float, Field(gt=0, le=1)]
_Leaves = Annotated[int, Field(ge=2, le=4096)]
Amounts = Annotated[tuple[_Positive, _Positive], AfterValidator(_rising)]
Shares = Annotated[tuple[_Share, _Share], AfterValidator(_rising)]
Counts = Annotated[tuple[_Leaves, _Leaves], AfterValidator(_rising)]

# what is tried evenly on a scale of ratios
LOGARITHMIC = ("learning_rate", "num_leaves", "min_sum_hessian_in_leaf", "lambda_l2")


class Space(Strict):
    """By LightGBM's parameter, the lowest and the highest value tried; null: it is left as it is."""

    learning_rate: Amounts | None = (0.02, 0.1)
    num_leaves: Counts | None = (3, 31)
    min_sum_hessian_in_leaf: Amounts | None = (0.5, 30.0)
    feature_fraction: Shares | None = (0.2, 1.0)
    bagging_fraction: Shares | None = (0.3, 1.0)
    lambda_l2: Amounts | None = (0.1, 100.0)
    extra_trees: Annotated[list[bool], Field(min_length=1, max_length=2)] | None = Field(
        default_factory=lambda: [True, False]
    )

    def holding(self, lightgbm: dict[str, Any]) -> dict[str, list[Any]]:
        """Return the values of each parameter tried, wide enough to hold those of `lightgbm` over the defaults.

        Returns
        -------
        dict
            Lowest and highest of a number, the choices of a truth.
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
    """How settings are tried.

    Attributes
    ----------
    windows
        How many windows in time each trial is judged on.
    together
        How many trials are proposed at a time, none of which knows of the others; so many can be made at once.
    leave_out
        Families that a trial may leave out.
    space
        The values tried.
    """

    windows: int = Field(default=4, ge=2, le=20)
    together: int = Field(default=4, ge=1, le=64)
    leave_out: list[FamilyName] = Field(default_factory=list)
    space: Space = Field(default_factory=Space)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.leave_out and all(value is None for value in self.space.model_dump().values()):
            raise ValueError("must have something to try: every parameter of 'space' is null")
        return self
