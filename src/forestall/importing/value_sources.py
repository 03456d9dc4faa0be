"""The parts of a mapping file that say where one value comes from: a value, a time or a condition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from forestall.config import Strict
from forestall.data.text_values import FALSE_WORDS, TRUE_WORDS

Cell = str | float | bool | None
UNITS_S = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1, "milliseconds": 0.001}
"""The units of a duration, each with its length in seconds."""
_IN_QUOTES = "YAML reads yes, no, on and off as true and false: put the word in quotes"
Length = str | float | list[str | float]


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
        description="New value of each value of the column, such as `{tlf: phone, none: null}`, without regard to case "
        "and blanks. A value that is not listed stays as it is, unless `default` is given.",
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
        if None in values:
            raise ValueError(
                "keys of 'values' must be text or numbers; YAML reads one as null: put it in quotes"
            )
        words = {key_text(key): value for key, value in values.items() if not isinstance(key, bool)}
        for key in (key for key in values if isinstance(key, bool)):
            # YAML reads true, yes and on as one value: it stands for all words that mean it
            words = dict.fromkeys(TRUE_WORDS if key else FALSE_WORDS, values[key]) | words
        return {**given, "values": words}

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        if ("constant" in self.model_fields_set) == (self.column is not None):
            raise ValueError("must have either 'column' or 'constant'")
        if self.values is None and "default" in self.model_fields_set:
            raise ValueError("'default' needs 'values'")
        if self.values is not None and self.column is None:
            raise ValueError("'values' needs 'column'")
        return self

    def words(self) -> list[Cell]:
        """Return the values that the mapping file gives it."""
        return [self.constant, self.default, *(self.values or {}).values()]


class ZoneColumn(Strict):
    """A column that holds the time zone of each row."""

    column: str = Field(description="Column with the names of zones, such as `Europe/Oslo` or `+02:00`.")


LAST_EVENT = "last_event"
"""What `after` names for a time after all other events of an interaction."""


class TimeSource(Strict):
    """A time: a column of the source, or a duration after another time of the interaction.

    A column's name alone is short for `{column: name}`. Durations of several units are added.
    """

    column: str | None = Field(
        default=None,
        description="Column of the source, such as `Opened at`. Give `column`, `columns` or `after`.",
    )
    columns: list[str] | None = Field(
        default=None,
        description="Columns whose texts are joined by a blank, such as `[Date, Time]`; with `unit: excel`, the "
        "columns of the day and of the time of day, whose numbers are added.",
        min_length=2,
    )
    format: str | list[str] | None = Field(
        default=None,
        description="strftime format of the column's times, such as `%d/%m/%Y %H:%M`, or a list of formats, "
        "the first that fits counts. A format without a time of day is read as the end of that day, and for "
        "`started_at` and `purchased_at` as its beginning. Without a format, times are read as ISO 8601 and "
        "its variants.",
    )
    unit: Literal["s", "ms", "us", "ns", "excel"] | None = Field(
        default=None,
        description="What the column's numbers count: `s`, `ms`, `us` or `ns` since 1970, or the days of `excel`, "
        "which are local times.",
    )
    timezone: str | ZoneColumn | None = Field(
        default=None,
        description="Time zone of these times, where they name none, or `{column: ...}` with the zone of "
        "each row. Without it, `timezone` of the mapping counts.",
    )
    after: str | None = Field(
        default=None,
        description="Time to which the duration is added: `started_at`, `promised_at`, `purchased_at`, or the kind of "
        "another event of `events` (the earliest of its row), or `last_event`: the last of the interaction's events "
        "that do not follow it, else its start. Without a duration, it is that time itself. A time of `interactions` "
        "cannot follow an event.",
    )
    days: Length | None = Field(
        default=None,
        description="Duration in days: a number such as `2`, the column that holds it, or a list to add up. "
        "A text such as `1 days 03:00:00`, `2h 15m` or `PT2H15M` says its own units.",
    )
    hours: Length | None = Field(default=None, description="Duration in hours, as for `days`.")
    minutes: Length | None = Field(default=None, description="Duration in minutes, as for `days`.")
    seconds: Length | None = Field(default=None, description="Duration in seconds, as for `days`.")
    milliseconds: Length | None = Field(default=None, description="Duration in milliseconds, as for `days`.")

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        given = [name for name in ("column", "columns", "after") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("must have either 'column', 'columns' or 'after'")
        if self.after is None and self.durations():
            raise ValueError("a duration needs 'after'")
        if self.after is not None:
            for name in ("format", "unit", "timezone"):
                if getattr(self, name) is not None:
                    raise ValueError(f"'{name}' needs 'column'")
        if self.unit is not None and self.format is not None:
            raise ValueError("'unit' is of numbers, and needs no 'format'")
        if self.unit not in (None, "excel") and self.columns is not None:
            raise ValueError("'unit' needs one 'column' of numbers; only 'excel' adds up several")
        return self

    @property
    def is_read(self) -> bool:
        """Whether the time stands in the source, rather than being computed."""
        return self.after is None

    def formats(self) -> list[str]:
        """Return the formats that are given."""
        return [self.format] if isinstance(self.format, str) else list(self.format or [])

    def durations(self) -> dict[str, list[str | float]]:
        """Return the numbers, or the columns that hold them, of each unit that is given."""
        given = {unit: length for unit in UNITS_S if (length := getattr(self, unit)) is not None}
        return {unit: length if isinstance(length, list) else [length] for unit, length in given.items()}

    def source_columns(self) -> list[tuple[str, str]]:
        """Return the columns that it reads, each after its key."""
        found = [("column", self.column)] if self.column is not None else []
        found += [(f"columns[{i}]", name) for i, name in enumerate(self.columns or [])]
        if isinstance(self.timezone, ZoneColumn):
            found.append(("timezone.column", self.timezone.column))
        for unit, lengths in self.durations().items():
            found += [(unit, name) for name in lengths if isinstance(name, str)]
        return found


class Condition(Strict):
    """A condition on a column: its value is true, is one of a list, or is that of another column.

    A column's name alone is short for `{column: name}`. An empty cell meets `empty: true` only. An array meets a
    condition if one of its elements does.
    """

    column: str = Field(description="Column of the source, such as `Reopened`.")
    values: list[str] | None = Field(
        default=None,
        alias="is",
        description="Values that meet the condition, such as `[refund, 9]`. Without it, the column must hold "
        "true or false (`yes`, `no`, `1`, `0` and counts are read too).",
    )
    empty: bool | None = Field(
        default=None,
        description="`true`: the cell must be empty. `false`: it must hold something.",
    )
    same_as: str | None = Field(
        default=None,
        description="Another column, which must have the same value, such as `requester_id` for the author of a "
        "message who is the customer.",
    )
    differs_from: str | None = Field(
        default=None, description="Another column, which must be filled and have another value."
    )

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        given = [self.values, self.empty, self.same_as, self.differs_from]
        if sum(one is not None for one in given) > 1:
            raise ValueError(
                "must have one of 'is', 'empty', 'same_as' and 'differs_from'; give further conditions as a list"
            )
        return self

    def source_columns(self) -> list[tuple[str, str]]:
        """Return the columns that it reads, each after its key."""
        others = [(name, getattr(self, name)) for name in ("same_as", "differs_from")]
        return [("column", self.column), *((name, column) for name, column in others if column is not None)]

    @model_validator(mode="before")
    @classmethod
    def _values_to_text(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("is") is None:
            return given
        values = given["is"] if isinstance(given["is"], list) else [given["is"]]
        words: list[str] = []
        for value in values:
            words += (TRUE_WORDS if value else FALSE_WORDS) if isinstance(value, bool) else (str(value),)
        return {**given, "is": words}


def key_text(key: Any) -> str:
    """Return a key of `values` or `kinds` as text; the number `1.0` is also that of a cell `1`."""
    return str(int(key)) if isinstance(key, float) and key.is_integer() else str(key)


def as_list(given: Any) -> Any:
    """Return one section as a list of one, and nothing as an empty list."""
    if given is None:
        return []
    return given if isinstance(given, list) else [given]


def _short_for(key: str) -> BeforeValidator:
    """Return a validator that reads plain text as `{key: text}`."""

    def read(given: Any) -> Any:
        if isinstance(given, bool):
            raise ValueError(f"must be text; {_IN_QUOTES}")
        if isinstance(given, int) and key == "column":  # a column may be called 2024
            given = str(given)
        return {key: given} if isinstance(given, str) else given

    return BeforeValidator(read)


def check_words(part: Strict, names: Iterable[str]) -> None:
    """Check that the words of a section are text: YAML reads `no`, the code of Norway, as false.

    Raises
    ------
    ValueError
        One is true or false.
    """
    for name in names:
        source = getattr(part, name)
        if source is not None and any(isinstance(word, bool) for word in source.words()):
            raise ValueError(f"'{name}' must be text; {_IN_QUOTES}")


ColumnSource = Annotated[Source, _short_for("column")]
WordSource = Annotated[Source, _short_for("constant")]
TimeColumn = Annotated[TimeSource, _short_for("column")]
ConditionColumn = Annotated[Condition, _short_for("column")]
Conditions = Annotated[list[ConditionColumn], BeforeValidator(as_list)]
