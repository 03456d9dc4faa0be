"""The columns of the sources that a mapping file names, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from forestall.config import Strict
from forestall.importing.value_sources import Condition, Source, TimeSource

_COLUMN_KEYS = {"case", "activity", "resource", "times", "key"}
"""Keys whose value is the name of a column itself."""


class ColumnUse(NamedTuple):
    """A column that the mapping names.

    Parameters
    ----------
    place
        Its place in the file, such as `events[0].at`.
    column
        Its name.
    source
        The table or array whose column it is; None for the main source.
    """

    place: str
    column: str
    source: str | None


def columns_of(part: Strict, place: str, source: str | None = None) -> Iterator[ColumnUse]:
    """Yield the columns that a section names, of `source` if its rows come from a table or an array."""
    for name in type(part).model_fields:
        here, content = f"{place}.{name}", getattr(part, name)
        if isinstance(content, str) and name in _COLUMN_KEYS:
            yield ColumnUse(here, content, source)
        elif name == "keep":
            yield from (ColumnUse(f"{here}[{i}]", column, source) for i, column in enumerate(content))
        else:
            yield from named_columns(here, content, source)


def named_columns(place: str, content: object, source: str | None = None) -> Iterator[ColumnUse]:
    """Yield the columns that a value, a time or a condition names."""
    if isinstance(content, Source) and content.column is not None:
        is_short = content.model_fields_set == {"column"}
        yield ColumnUse(place if is_short else f"{place}.column", content.column, source)
    elif isinstance(content, list):
        for i, part in enumerate(content):
            yield from named_columns(place if len(content) == 1 else f"{place}[{i}]", part, source)
    elif isinstance(content, TimeSource | Condition):
        is_short = content.model_fields_set == {"column"}
        for key, column in content.source_columns():
            yield ColumnUse(place if is_short else f"{place}.{key}", column, source)
