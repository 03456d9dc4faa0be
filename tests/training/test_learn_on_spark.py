"""A model whose feature rows Spark's executors make is the same to the last digit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import forestall
from forestall.model.spec import read_spec
from forestall.spark.feature_rows import SparkFeatures
from forestall.training.learn import TrainingResult, learn
from workshop import Work

N = 1500


def files_of(result: TrainingResult, folder: Path) -> dict[str, bytes]:
    result.model.save(folder)
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture
def tables(work: Work) -> forestall.Tables:
    """Return the first interactions, with unknown customers, further kinds and a column of events among them."""
    whole = forestall.read_tables(work.data)
    first = whole.interactions.head(N).with_columns(
        customer_id=pl.when(pl.int_range(pl.len()) % 7 == 0).then(None).otherwise("customer_id")
    )
    events, feedback = (
        frame.join(first.select("interaction_id"), on="interaction_id", how="semi", maintain_order="left")
        for frame in (whole.events, whole.feedback)
    )
    return whole.replace(interactions=first, events=events, feedback=feedback)


def test_the_model_and_its_features_are_the_same(
    work: Work, tables: forestall.Tables, spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forestall.spark.feature_rows.PART_MOMENTS", 300)
    spec = read_spec(work.model)
    here = learn(tables, spec, allow_small=True, n_jobs=1)
    there = learn(tables, spec, allow_small=True, n_jobs=1, make_features=SparkFeatures(spark, tmp_path))
    assert here.work is not None
    assert there.work is not None
    assert here.work.rows.measured.height > 700
    assert here.work.rows.measured.equals(there.work.rows.measured, null_equal=True)
    assert files_of(here, tmp_path / "here") == files_of(there, tmp_path / "there")
    assert here.test.equals(there.test, null_equal=True)
    assert list(tmp_path.glob("tmp*")) == []


def test_an_unknown_engine_is_refused_before_anything_is_read(work: Work) -> None:
    with pytest.raises(forestall.UsageError, match="--engine must be local or spark, is abacus"):
        forestall.train(work.data, "no folder", engine="abacus")  # type: ignore[arg-type]
