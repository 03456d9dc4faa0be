"""Whether Polars, NumPy and Python compute a feature alike, and its values are of its type and in its range."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from forestall.moment_features.family import Feature
from forestall.moment_features.feature_plan import Arrays, FeaturePlan
from forestall.moment_features.name_columns import listed
from forestall.moment_features.operations import Kind
from forestall.moment_features.record_sources import sources_of_records
from forestall.moment_features.records_from_tables import records
from forestall.moment_features.table import features_at, locate
from forestall.moment_features.table_sources import sources_of
from forestall.own_features.fault import Fault
from forestall.own_features.own_features import OwnFeatures
from forestall.own_features.sample import Sample, differing

SAME, RANGE = "the same in a batch and in a request", "of its type and in its range"
_TYPES = {Kind.NUMBER: pl.Float64, Kind.TRUTH: pl.Boolean, Kind.TEXT: pl.String}
_N = 120


def faults_of_translations(sample: Sample, own: OwnFeatures) -> Iterator[Fault]:
    """Yield the features that Polars, NumPy and Python compute otherwise, or that differ for a record."""
    moments = sample.all_moments
    moments = moments.gather_every(max(1, moments.height // _N))
    plan = FeaturePlan({name: one.value for name, one in sample.features.items()})
    sources = sources_of(sample.tables, sample.standards, sample.frozen)
    place, as_of = locate(sources, moments)
    names = list(sample.features)
    batch = features_at(sources, place, as_of, plan)
    lists = plan.lists(sources.state_in_lists(place, as_of, plan.columns))
    arrays = plan.arrays(sources.state_of_some(place, as_of, plan.columns))
    further = {name: _TYPES[kind] for name, kind in own.further_columns.items()}
    # in JSON a company would send them one by one
    asked = sources_of_records(
        records(sample.tables, moments), sample.standards, sample.frozen, further, attributes=own.attributes
    )
    sent = plan.lists(
        asked.state_in_lists(np.arange(moments.height), np.array(asked.interactions["as_of"]), plan.columns)
    )
    for what, table in (
        ("Python", pl.DataFrame(dict(lists), schema=batch.schema)),
        ("NumPy", _frame(arrays, batch)),
        ("a record sent to the server", pl.DataFrame(dict(sent), schema=batch.schema)),
    ):
        for name in differing(batch, table, names):
            yield Fault(
                name, SAME, f"has another value from {what} than in a batch; build it from other terms"
            )
            names.remove(name)


def _frame(arrays: Arrays, like: pl.DataFrame) -> pl.DataFrame:
    """Return arrays as a frame with the types of another; NaN becomes null."""
    return pl.DataFrame(
        {name: pl.Series(listed(values), dtype=like[name].dtype) for name, values in arrays.items()}
    )


def faults_of_range(sample: Sample) -> Iterator[Fault]:
    """Yield the features with values that are not finite, or out of the range that they declare."""
    table = sample.compute(sample.tables, sample.all_moments, None)
    for name, feature in sample.features.items():
        known = table[name].drop_nulls()
        if feature.is_category or known.is_empty():
            continue
        if not known.is_finite().all():
            say = "is not a finite number at some moments; say what it is there, as by ratio(), only_if() or at_least()"
            yield Fault(name, RANGE, say)
        for end, limit in (("below its low", feature.low), ("above its high", feature.high)):
            share = _share_out(known, feature)[end]
            if share:
                say = f"is {end}, {limit:g}, at {share:.1%} of the moments where it is known"
                yield Fault(name, RANGE, f"{say}; correct the term or the range")


def _share_out(known: pl.Series, feature: Feature) -> dict[str, float]:
    """Return the shares of values below and above the declared range."""
    n = len(known)
    below = 0 if feature.low is None else int((known < feature.low).sum())
    above = 0 if feature.high is None else int((known > feature.high).sum())
    return {"below its low": below / n, "above its high": above / n}
