"""A company's tables, prepared for a model."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from forestall.data import Tables
from forestall.data.casting import cast_column
from forestall.data.schemas import column_types
from forestall.data.whole_tables import WholeTables
from forestall.errors import InputError, nearest
from forestall.model.context import Context
from forestall.model.spec import Spec
from forestall.moment_features.event_attributes import attribute_types
from forestall.moment_features.record_fields import as_name
from forestall.moment_features.state_columns import RATINGS, EventField, Input

log = logging.getLogger(__name__)


def tables_for(
    tables: Tables,
    spec: Spec,
    *,
    is_scored: bool = False,
    hides_label_event: bool = False,
    reads: Iterable[Input] = (),
    part_of: WholeTables | None = None,
) -> Tables:
    """Return tables with ratings on the scale only, and context columns as numbers and as names.

    Parameters
    ----------
    tables
        The company's records. A cell of a numeric column that is not a number counts as missing.
    spec
        The model's specification.
    is_scored
        Whether the tables are scored. A missing context column is then added without values (see `model.missing`); in
        training it is an error, because its name may be misspelt in `model.yaml`.
    hides_label_event
        Whether the label's event is left out. It always is from tables without a clock: the final state is the label,
        and nothing says which facts came before it.
    reads
        What the model reads. The log names the columns of events among it that are missing or empty, and says if there
        are no ratings at all though it reads earlier ones.

    Raises
    ------
    InputError
        In training a context column is missing, or no value of a numeric column is a number.
    """
    missing = _missing_context(spec, tables.interactions.columns)
    if missing and is_scored:
        if part_of is None:
            warn_of_context(spec, tables.interactions.columns)
        empty = [pl.lit(None, pl.String).alias(name) for name in missing]
        tables = tables.replace(interactions=tables.interactions.with_columns(empty))
    elif missing:
        own = [name for name in tables.interactions.columns if name not in column_types("interactions")]
        raise InputError(
            f"interactions must have the columns of the model's context; missing: {', '.join(missing)}; of the "
            f"company's own columns {nearest(missing[0], own)}"
        )
    if part_of is None:
        warn_of_lost(frozenset(reads), *filled_columns(tables))
    tables = with_types(tables, spec.context, part_of)
    if spec.label.event is not None and (hides_label_event or tables.about["clock"] == "none"):
        tables = tables.replace(events=tables.events.filter(pl.col("kind") != spec.label.event))
    if spec.label.scale is not None:
        tables = tables.reject_off_scale(*spec.label.scale)
    return tables


def with_types(tables: Tables, context: Context, part_of: WholeTables | None = None) -> Tables:
    """Return tables whose further columns have the types as which features read them.

    Raises
    ------
    InputError
        No value of a numeric column is a number.
    """
    texts = [name for name in context.numbers if tables.interactions[name].dtype == pl.String]
    numbers = [name for name in context.texts if tables.interactions[name].dtype != pl.String]
    if not (texts or numbers):
        return tables
    columns = [*_numbers(tables, texts, part_of), *(_names(tables.interactions[name]) for name in numbers)]
    return tables.replace(interactions=tables.interactions.with_columns(columns))


def _missing_context(spec: Spec, columns: Sequence[str]) -> list[str]:
    return [name for name in (*spec.context.texts, *spec.context.numbers) if name not in columns]


def warn_of_context(spec: Spec, columns: Sequence[str]) -> None:
    """Name in the log the context columns that interactions lack."""
    missing = _missing_context(spec, columns)
    if missing:
        log.warning("interactions lack columns that the model uses: %s", ", ".join(missing))


def filled_columns(tables: Tables) -> tuple[dict[str, bool], int]:
    """Return whether each further column of the events has a value, and the number of ratings."""
    events = tables.events
    has_value = {
        name: not len(events) or events[name].null_count() < len(events) for name in attribute_types(events)
    }
    return has_value, tables.feedback.height


def warn_of_lost(reads: frozenset[Input], has_value: Mapping[str, bool], n_ratings: int) -> None:
    """Name in the log what a model reads and events and feedback do not hold at all.

    Parameters
    ----------
    reads
        What the model reads.
    has_value, n_ratings
        See `filled_columns`.
    """
    wanted = sorted(one.column for one in reads if isinstance(one, EventField))
    gone = [name for name in wanted if name not in has_value]
    empty = [name for name in wanted if not has_value.get(name, True)]
    if gone:
        log.warning("events lack columns that the model uses: %s", ", ".join(gone))
    if empty:
        log.warning("no event has a value in columns that the model uses: %s", ", ".join(empty))
    if RATINGS in reads and not n_ratings:
        log.warning("feedback has no rows, but the model uses earlier ratings of an interaction")


def _names(column: pl.Series) -> pl.Series:
    """Return a column as names, read as in a record: 12.0 is the name 12."""
    kinds = column.unique()
    names = pl.Series([as_name(one) for one in kinds], dtype=pl.String)
    return column.replace_strict(kinds, names, return_dtype=pl.String).alias(column.name)


def _numbers(tables: Tables, names: list[str], part_of: WholeTables | None) -> list[pl.Series]:
    columns = []
    for name in names:
        number, rule = cast_column(tables.interactions[name], pl.Float64(), f"interactions.{name}", part_of)
        if rule is not None and part_of is None:
            n_lost = len(rule) - rule.null_count()
            log.warning("interactions.%s: %d cells are not numbers and count as missing", name, n_lost)
        columns.append(number.alias(name))
    return columns
