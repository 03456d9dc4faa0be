"""The raw columns of moments: what a data scientist would give to LightGBM without Forestall's features."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.data.schemas import column_types
from forestall.model import Spec
from forestall.moment_features.event_columns import ANY_KIND, Count, First
from forestall.moment_features.feature_plan import FeaturePlan
from forestall.moment_features.operations import Kind
from forestall.moment_features.shared_terms import AS_OF, START, has_happened, seconds
from forestall.moment_features.sources import TIMES, Sources
from forestall.moment_features.state_columns import Own
from forestall.moment_features.table import features_at, locate
from forestall.moment_features.terms import Term, only_if

# of more kinds of events, the most frequent
MAX_KINDS = 100
_KEYS = ("interaction_id", "customer_id")


@dataclass(frozen=True)
class RawColumns:
    """The raw columns of a company's moments.

    Parameters
    ----------
    terms
        The columns as of a moment, by name.
    timezone
        The zone of hour and weekday; None without a clock: then there are neither.
    """

    terms: dict[str, Term]
    timezone: str | None

    @classmethod
    def of(cls, tables: Tables, spec: Spec) -> RawColumns:
        """Return the raw columns of a company.

        They are the interactions' own columns, except for keys and texts, seconds from the start to what was promised,
        and, of each kind of event, the count and the seconds from the start to the first. Of further columns only those
        of the model's context are used: nothing says when others became known.

        Parameters
        ----------
        tables
            The records of training.
        spec
            The specification.
        """
        has_clock = tables.about["clock"] != "none"
        counts = tables.events["kind"].value_counts(name="n").sort(["n", "kind"], descending=[True, False])
        kinds = counts["kind"].head(MAX_KINDS).to_list()
        terms = _own(spec, tables.about.get("known_at", {})) | _events(kinds, has_clock)
        if has_clock:
            terms["so_far_s"] = seconds(AS_OF - START)
            terms |= {f"{name}_s": seconds(Own(name) - START) for name in TIMES if name != "started_at"}
        return cls(terms, str(tables.about.get("timezone", "UTC")) if has_clock else None)

    def at(self, sources: Sources, moments: pl.DataFrame) -> pl.DataFrame:
        """Return the columns of moments (`interaction_id`, `as_of`), in their order."""
        place, as_of = locate(sources, moments)
        frame = features_at(sources, place, as_of, FeaturePlan(self.terms))
        if self.timezone is None:
            return frame
        start = sources.frame["started_at"][place].cast(pl.Datetime("us", "UTC"))
        local = start.dt.convert_time_zone(self.timezone).dt
        return frame.with_columns(
            hour=(local.hour() + local.minute() / 60).cast(pl.Float64),
            weekday=local.weekday().cast(pl.Float64),
        )


def _own(spec: Spec, known_at: dict[str, str]) -> dict[str, Term]:
    """Return the interactions' own columns other than times, null until they are known."""
    types: dict[str, Any] = {
        name: dtype for name, dtype in column_types("interactions").items() if name not in (*_KEYS, *TIMES)
    }
    types |= dict.fromkeys(spec.context.categorical, pl.String) | dict.fromkeys(
        spec.context.numeric, pl.Float64
    )
    known = {"staff": has_happened(ANY_KIND, "staff")} | {
        name: has_happened(kind) for name, kind in known_at.items()
    }
    own = {name: Own(name, _kind_of(dtype)) for name, dtype in types.items()}
    return {name: only_if(known[name], term) if name in known else term for name, term in own.items()}


def _kind_of(dtype: Any) -> Kind:
    if dtype == pl.String:
        return Kind.TEXT
    return Kind.TRUTH if dtype == pl.Boolean else Kind.NUMBER


def _events(kinds: Iterable[str], has_clock: bool) -> dict[str, Term]:
    """Return the count of each kind and the time to the first; without a clock, times are the order of rows."""
    terms: dict[str, Term] = {}
    for kind in kinds:
        terms[f"n {kind}"] = Count(kind)
        if has_clock:
            terms[f"s {kind}"] = seconds(First(kind) - START)
    return terms
