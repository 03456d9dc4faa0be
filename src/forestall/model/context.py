"""`context` in model.yaml: the further columns of the interactions that features read."""

from __future__ import annotations

from typing import Any, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from forestall.config import Strict

RECORD_FIELDS = {"as_of", "events", "history", "queue", "earlier_ratings"}
"""Fields of an interaction record that are not columns of the interactions."""


class Context(Strict):
    """Further columns of the interactions that the model uses."""

    categorical: list[str] = Field(default_factory=list, description="Columns that hold names.")
    numeric: list[str] = Field(default_factory=list, description="Columns that hold numbers.")
    read: dict[str, Literal["text", "number"]] = Field(
        default_factory=dict,
        description="Columns that only own features read, by what they hold. Training finds them; leave it out.",
    )

    @property
    def holds(self) -> dict[str, Literal["text", "number"]]:
        """What each further column holds that some feature reads."""
        return {**dict.fromkeys(self.texts, "text"), **dict.fromkeys(self.numbers, "number")}

    @property
    def texts(self) -> list[str]:
        """The further columns that some feature reads as names."""
        return [*self.categorical, *(name for name, holds in self.read.items() if holds == "text")]

    @property
    def numbers(self) -> list[str]:
        """The further columns that some feature reads as numbers."""
        return [*self.numeric, *(name for name, holds in self.read.items() if holds == "number")]

    @property
    def types(self) -> dict[str, Any]:
        """The types of all further columns that some feature reads."""
        return {**dict.fromkeys(self.texts, pl.String), **dict.fromkeys(self.numbers, pl.Float64)}

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        taken = sorted(RECORD_FIELDS & {*self.texts, *self.numbers})
        if taken:
            raise ValueError(f"'{taken[0]}' is a field of every record; give the column another name")
        return self
