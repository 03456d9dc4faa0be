"""The catalogue of all families and features, and the data dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import polars as pl

from forestall.moment_features.business_time import with_business_time
from forestall.moment_features.earlier_ratings import with_earlier_ratings
from forestall.moment_features.expectation import EXPECTATION
from forestall.moment_features.family import Family, Feature
from forestall.moment_features.greeting import GREETING
from forestall.moment_features.history import HISTORY
from forestall.moment_features.open_calendars import OpenCalendars
from forestall.moment_features.operations import Kind
from forestall.moment_features.quality import QUALITY
from forestall.moment_features.resolution import RESOLUTION
from forestall.moment_features.service import SERVICE
from forestall.moment_features.shared_terms import has_happened
from forestall.moment_features.state_columns import Own, StateColumn
from forestall.moment_features.terms import Term, leaves, only_if
from forestall.moment_features.text_features import with_text_scores
from forestall.moment_features.text_score import NO_WEIGHTS

STAFF_COLUMN = "service_staff"
FAMILIES: tuple[Family, ...] = (SERVICE, QUALITY, GREETING, RESOLUTION, EXPECTATION, HISTORY)
_WITH_TEXTS = with_text_scores(FAMILIES, NO_WEIGHTS)
ALL_FAMILIES: tuple[Family, ...] = with_business_time(with_earlier_ratings(_WITH_TEXTS), OpenCalendars.of({}))
"""The families with the features that only some models have."""
CONTEXT = "context"
CALENDARS, SEVERAL_RATINGS, LEARNT_TEXTS = "calendars", "several ratings", "learnt texts"


def context_family(categorical: Iterable[str], numeric: Iterable[str], known_at: Mapping[str, str]) -> Family:
    """Return the family of a company's own columns of `interactions`.

    Parameters
    ----------
    categorical, numeric
        Columns of the interactions.
    known_at
        By column the kind of event that makes it known; before that event the column is null.
    """

    def value(column: str, holds: Kind) -> Term:
        own, kind = Own(column, holds), known_at.get(column)
        return own if kind is None else only_if(has_happened(kind), own)

    return Family(
        CONTEXT,
        "The company's own columns.",
        [
            Feature(column, value(column, holds), f"The column '{column}'.", is_category=holds is Kind.TEXT,
                    reason=f"{column}: {{value}}")
            for columns, holds in ((categorical, Kind.TEXT), (numeric, Kind.NUMBER))
            for column in columns
        ],
    )  # fmt: skip


def columns_of(families: Iterable[Family]) -> dict[str, Feature]:
    """Return the features of the families by the names of their columns."""
    return {family.column(feature): feature for family in families for feature in family.features}


def without_clock(families: Iterable[Family]) -> tuple[Family, ...]:
    """Return families without the features that need a clock.

    Without one, the order of rows stands for time. So nothing is left that comes from it: the hour and the weekday, the
    queue, the customer's earlier interactions, facts learnt from earlier ones, and business time.
    """

    def needs_clock(feature: Feature) -> bool:
        read = (one for one in leaves([feature.value]) if isinstance(one, StateColumn))
        return feature.needs_clock or any(one.needs_clock for one in read)

    return tuple(
        replace(family, features=[one for one in family.features if not needs_clock(one)])
        for family in families
    )


def without_staff(families: Iterable[Family]) -> tuple[Family, ...]:
    """Return families without the feature that names who serves."""
    return tuple(
        replace(family, features=[one for one in family.features if family.column(one) != STAFF_COLUMN])
        for family in families
    )


def dictionary(families: Iterable[Family] = ALL_FAMILIES) -> pl.DataFrame:
    """Return the data dictionary: a row for each feature, with family, type, direction, range and description.

    `needs` is what a feature is not there without: `calendars` in model.yaml, `several ratings` of one interaction, or
    `learnt texts`, whose scores tell more than the other features; null where it always is.
    """
    always, every = columns_of(FAMILIES).keys(), columns_of(ALL_FAMILIES).keys()
    of_texts = columns_of(_WITH_TEXTS).keys() - always
    of_ratings = columns_of(with_earlier_ratings(FAMILIES)).keys() - always
    needs = dict.fromkeys(every - always, CALENDARS)
    needs |= {**dict.fromkeys(of_ratings, SEVERAL_RATINGS), **dict.fromkeys(of_texts, LEARNT_TEXTS)}
    rows = [
        {
            "column": column,
            "family": family.name,
            "type": "string" if feature.is_category else "double",
            "direction": feature.direction,
            "low": feature.low,
            "high": feature.high,
            "needs": needs.get(column),
            "description": feature.description,
        }
        for family in families
        for feature in family.features
        for column in (family.column(feature),)
    ]
    schema = {"low": pl.Float64, "high": pl.Float64, "needs": pl.String}
    return pl.DataFrame(rows, schema_overrides=schema)
