"""Sources: the state of a few moments, and so their features, are those of many to the last bit."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import forestall
from forestall.moment_features import FAMILIES, Standards
from forestall.moment_features.facts_in_time import freeze
from forestall.moment_features.feature_plan import FEW, FeaturePlan
from forestall.moment_features.sources import ONE_BY_ONE, Sources
from forestall.moment_features.stage import STAGE
from forestall.moment_features.table import locate, plan_of
from forestall.moment_features.table_sources import sources_of
from forestall.moments import training_moments
from forestall.statistics import Ints


def same(one: object, other: object) -> bool:
    is_number = isinstance(one, float) and isinstance(other, float)
    return one == other or (is_number and math.isnan(one) and math.isnan(other))


@dataclass(frozen=True)
class Many:
    """Moments, and all their features at once."""

    sources: Sources
    place: Ints
    as_of: Ints
    plan: FeaturePlan
    table: pl.DataFrame


@pytest.fixture(scope="module", params=[False, True], ids=["facts as of each moment", "frozen facts"])
def many(request: pytest.FixtureRequest, company: Path) -> Many:
    tables = forestall.read_tables(company)
    moments = training_moments(tables, 4, seed=3).sample(600, seed=1)
    sources = sources_of(tables, Standards())
    plan = plan_of(FAMILIES, {"stage": STAGE})
    place, as_of = locate(sources, moments)
    if request.param:  # in the middle, so that some names are not known
        facts = freeze(sources.facts, int(np.median(as_of)), plan.columns.facts)
        sources = replace(sources, facts=facts)
    return Many(sources, place, as_of, plan, plan.frame(sources.state(place, as_of, plan.columns)))


@pytest.mark.slow
@pytest.mark.parametrize("size", [pytest.param(1, marks=pytest.mark.slow), ONE_BY_ONE, ONE_BY_ONE + 1, FEW])
def test_every_feature_of_few_moments_is_exactly_that_of_many(many: Many, size: int):
    """No feature differs in a bit, at moments of events and between them."""
    parts = [slice(begin, begin + size) for begin in range(0, len(many.place), size)]
    plan, table = many.plan, many.table
    few = [
        plan.lists(many.sources.state_in_lists(many.place[part], many.as_of[part], plan.columns))
        for part in parts
    ]
    differing = {
        name
        for name in table.columns
        if not all(map(same, table[name].to_list(), [cell for part in few for cell in part[name]]))
    }
    assert differing == set()
    assert sum(table[name].null_count() < table.height for name in table.columns) > 140


def test_only_facts_as_of_each_moment_can_be_frozen(company: Path):
    sources = sources_of(forestall.read_tables(company), Standards())
    columns = plan_of(FAMILIES).columns.facts
    frozen = freeze(sources.facts, 0, columns)
    assert frozen.kinds == []
    with pytest.raises(TypeError, match="only facts as of each moment"):
        freeze(frozen, 0, columns)
