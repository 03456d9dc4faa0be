"""The parts of a mapping file that say where one value comes from: a value, a time or a condition."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from forestall.config import Strict

Cell = str | float | bool | None
UNITS_S = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
"""The units of a duration, each with its length in seconds."""


class Source(Strict):
    """A value: a column of the source or a constant.

    A column's name alone is short for `{column: name}`. For `kind` and `actor`, a word alone is short for
    `{constant: word}`.
    """

    column: str | None = Field(
        default=None, description="Column of the source, such as `Item price`. Give `column` or `constant`."
    )
    constant: Cell = Field(
        default=None, description="One value for all rows, such as `Aarhus`. Give `column` or `constant`."
    )
    values: dict[str, Cell] | None = Field(
        default=None,
        description="New value of each value of the column, such as `{tlf: phone, none: null}`. "
        "A value that is not listed stays as it is, unless `default` is given.",
    )
    default: Cell = Field(
        default=None,
        description="New value of all values that `values` does not list, such as `other`. "
        "Empty cells stay empty.",
    )

    @model_validator(mode="before")
    @classmethod
    def _keys_to_text(cls, given: Any) -> Any:
        values = given.get("values") if isinstance(given, dict) else None
        if not isinstance(values, dict):
            return given
        if any(isinstance(key, bool) for key in values):
            raise ValueError(
                "keys of 'values' must be text or numbers; YAML reads one as true or false: put it in quotes"
            )
        return {**given, "values": {str(key): value for key, value in values.items()}}

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        if ("constant" in self.model_fields_set) == (self.column is not None):
            raise ValueError("must have either 'column' or 'constant'")
        if self.values is None and "default" in self.model_fields_set:
            raise ValueError("'default' needs 'values'")
        if self.values is not None and self.column is None:
            raise ValueError("'values' needs 'column'")
        return self


class TimeSource(Strict):
    """A time: a column of the source, or a duration after another time of the interaction.

    A column's name alone is short for `{column: name}`. Durations of several units are added.
    """

    column: str | None = Field(
        default=None, description="Column of the source, such as `Opened at`. Give `column` or `after`."
    )
    format: str | None = Field(
        default=None,
        description="strftime format of the column's times, such as `%d/%m/%Y %H:%M`. A format without a time "
        "of day is read as the end of that day. Without a format, times are read as ISO 8601.",
    )
    after: Literal["started_at", "promised_at", "purchased_at"] | None = Field(
        default=None,
        description="Time of the interaction to which the duration is added, such as `started_at`. Without "
        "a duration, it is that time itself.",
    )
    days: str | float | None = Field(
        default=None, description="Duration in days: a number such as `2`, or the column that holds it."
    )
    hours: str | float | None = Field(
        default=None, description="Duration in hours: a number such as `1.5`, or the column that holds it."
    )
    minutes: str | float | None = Field(
        default=None, description="Duration in minutes: a number such as `30`, or the column that holds it."
    )
    seconds: str | float | None = Field(
        default=None, description="Duration in seconds: a number such as `90`, or the column that holds it."
    )

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        if (self.column is None) == (self.after is None):
            raise ValueError("must have either 'column' or 'after'")
        if self.after is None and self.durations():
            raise ValueError("a duration needs 'after'")
        if self.after is not None and self.format is not None:
            raise ValueError("'format' needs 'column'")
        return self

    def durations(self) -> dict[str, str | float]:
        """Return the number, or the column that holds it, of each unit that is given."""
        return {unit: length for unit in UNITS_S if (length := getattr(self, unit)) is not None}


class Condition(Strict):
    """A condition on a column: its value is true, or one of a list.

    A column's name alone is short for `{column: name}`. An empty cell does not meet a condition.
    """

    column: str = Field(description="Column of the source, such as `Reopened`.")
    values: list[str] | None = Field(
        default=None,
        alias="is",
        description="Values that meet the condition, such as `[refund, 9]`. Without it, the column must hold "
        "true or false (`yes`, `no`, `1`, `0` and counts are read too).",
    )

    @model_validator(mode="before")
    @classmethod
    def _values_to_text(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("is") is None:
            return given
        values = given["is"] if isinstance(given["is"], list) else [given["is"]]
        if any(isinstance(value, bool) for value in values):
            raise ValueError(
                "'is' must list text or numbers; YAML reads a value as true or false: put it in quotes"
            )
        return {**given, "is": [str(value) for value in values]}


def _short_for(key: str) -> BeforeValidator:
    """Return a validator that reads plain text as `{key: text}`."""
    return BeforeValidator(lambda given: {key: given} if isinstance(given, str) else given)


ColumnSource = Annotated[Source, _short_for("column")]
WordSource = Annotated[Source, _short_for("constant")]
TimeColumn = Annotated[TimeSource, _short_for("column")]
ConditionColumn = Annotated[Condition, _short_for("column")]
