"""The columns that own features read stand in the specification, so that records are read with them."""

from __future__ import annotations

import polars as pl
import pytest

from forestall.errors import FeatureError
from forestall.model.columns_of_own_features import with_columns_read
from forestall.model.families import families_of
from forestall.model.reasons import family_sums
from forestall.model.spec import Spec
from forestall.own_features import OwnFeatures
from own_feature_modules import features_of, module_of

LABEL = {"scale": [1, 5], "dissatisfied_at_or_below": 2}
OWN = features_of("number('weight') * number('price') + flag(text('shelf').is_known())")


def test_columns_that_only_own_features_read_are_added() -> None:
    spec = with_columns_read(Spec(name="a", label=LABEL), OWN)
    assert spec.context.read == {"weight": "number", "shelf": "text"}
    assert spec.context.types == {"shelf": pl.String, "weight": pl.Float64}
    assert Spec.model_validate(spec.model_dump(mode="json")) == spec
    named = with_columns_read(Spec(name="a", label=LABEL, context={"numeric": ["weight"]}), OWN)
    assert named.context.read == {"shelf": "text"}
    assert named.context.numbers == ["weight"]


def test_a_column_of_context_must_be_of_the_type_that_features_read() -> None:
    spec = Spec(name="a", label=LABEL, context={"categorical": ["weight"]})
    with pytest.raises(FeatureError, match=r"read the column weight as a number, but 'context' .* as a text"):
        with_columns_read(spec, OWN)


def test_own_families_come_last_and_without_a_clock_only_some_of_their_features() -> None:
    text = (
        "F = Family('own', 'd', [Feature('a', Count('message'), 'd', reason='r'),"
        " Feature('b', Queue('n_waiting'), 'd', reason='r')], contributes_to='quality')"
    )
    own, spec = OwnFeatures((module_of(text),)), Spec(name="a", label=LABEL, families=["quality"])
    with_clock, without = (
        families_of(spec, {}, own_features=own, has_clock=clock) for clock in (True, False)
    )
    assert [family.name for family in with_clock] == ["quality", "own"]
    assert [one.name for one in with_clock[-1].features] == ["a", "b"]
    assert [one.name for one in without[-1].features] == ["a"]


def test_contributions_of_an_own_family_are_added_to_those_of_the_family_that_it_names() -> None:
    import numpy as np

    text = "F = Family('own', 'd', [Feature('a', WAIT_S, 'd', reason='r')], contributes_to='history')"
    families = families_of(
        Spec(name="a", label=LABEL, families=["history"]), {}, own_features=OwnFeatures((module_of(text),))
    )
    n = len(families[0].features)
    sums = family_sums(np.array([[1.0] * n + [10.0, 0.5]]), families, ("history", "context"))
    assert sums["contribution_history"].tolist() == [n + 10.0]
    assert sums["contribution_context"].tolist() == [0.0]
    assert sums["contribution_base"].tolist() == [0.5]
