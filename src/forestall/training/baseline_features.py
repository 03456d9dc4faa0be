"""Reference features: every model is compared with baselines on them, whatever its families."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from forestall.evaluation.questions.baselines import BREACHED, RESOLVED, WAIT
from forestall.evaluation.questions.label_noise import MATCHED_BY
from forestall.model.prepared_tables import PreparedTables
from forestall.moment_features import FAMILIES, Family, columns_of
from forestall.moment_features.catalogue import without_clock
from forestall.moment_features.table import plan_of
from forestall.moment_features.terms import Term

# the features of the baselines, of the matching of repeated services and of the search for reversals: all are facts of
# the interaction itself, so that no learnt facts are needed
_OWN = (WAIT, BREACHED, RESOLVED, *MATCHED_BY)
_GREETING = "greeting_"


def reference_features(families: Iterable[Family], *, has_clock: bool = True) -> dict[str, Term]:
    """Return the reference features that the families lack, by the names of their columns."""
    all_families = FAMILIES if has_clock else without_clock(FAMILIES)
    known = columns_of(families)
    return {
        name: feature.value
        for name, feature in columns_of(all_families).items()
        if (name in _OWN or name.startswith(_GREETING)) and name not in known and not feature.is_category
    }


def measured_features(prepared: PreparedTables, moments: pl.DataFrame) -> pl.DataFrame:
    """Return the model's features of moments, with its frozen facts, and the reference features beside them."""
    model = prepared.model
    reference = reference_features(model.families, has_clock=model.uses_times)
    return prepared.features(moments, plan_of(model.families, reference))
