"""A model is read once in a process, and never with other libraries than the driver's."""

from dataclasses import replace

import pytest

import forestall
from forestall.errors import UsageError
from forestall.registry import load
from forestall.spark.shipped_model import ShippedModel, check_same, environment
from workshop import Work


def test_a_model_is_read_once_and_scores_the_same(work: Work) -> None:
    model = load(work.champion, work.tracking_uri).risk_model
    shipped = ShippedModel.of(model)
    assert shipped.digest == ShippedModel.of(model).digest
    here = shipped.load()
    assert here is shipped.load()
    tables = forestall.read_tables(work.data)
    moments = forestall.default_moments(tables).head(50)
    assert here.score(tables, moments=moments).equals(model.score(tables, moments=moments), null_equal=True)


def test_a_worker_with_other_releases_is_refused(work: Work) -> None:
    shipped = ShippedModel.of(load(work.champion, work.tracking_uri).risk_model)
    other = replace(shipped, digest="other", environment=environment() | {"polars": "0.1"})
    with pytest.raises(
        UsageError, match=r"must have the same releases as the driver: polars is .*, 0\.1 on the driver"
    ):
        other.load()
    check_same(environment(), environment())
