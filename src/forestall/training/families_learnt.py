"""The families of features that a training learns from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forestall.data import Tables
from forestall.model import Spec, families_of
from forestall.model.families import ASKS_AGAIN
from forestall.moment_features import Family
from forestall.moment_features.own_kinds import OwnKinds
from forestall.moment_features.text_score import TextWeights
from forestall.moments.labels import has_no_clock
from forestall.own_features import NO_FEATURES, OwnFeatures


def families_learnt(
    tables: Tables,
    spec: Spec,
    info: Mapping[str, Any],
    own_kinds: OwnKinds,
    own_features: OwnFeatures = NO_FEATURES,
    text_weights: TextWeights | None = None,
) -> tuple[Family, ...]:
    """Return the families that a model of these tables learns from, see `families_of`."""
    return families_of(
        spec,
        tables.about.get("known_at", {}),
        own_kinds=own_kinds,
        own_features=own_features,
        text_weights=text_weights,
        has_clock=not has_no_clock(tables),
        asks_again=bool(info.get(ASKS_AGAIN)),
    )
