"""Models of other labels beside the model's own, fitted and evaluated on the same records."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from forestall.data import Tables
from forestall.evaluation.questions.outcomes import OutcomePrediction, outcome_predictions
from forestall.model import Spec
from forestall.model.prepared_tables import PreparedTables
from forestall.training.compared_labels import first_test_moment, in_short, moments_of, spec_of
from forestall.training.learn import TrainingResult
from forestall.training.training_set import TrainingSet


def compare_labels(
    learnt: TrainingResult, tables: Tables, *, tell: Callable[[str], None] = lambda step: None
) -> list[OutcomePrediction]:
    """Return how well the twin, and a model of each label of `compare_labels`, predict each of these outcomes.

    Each further model is fitted on one moment of each of at most 10,000 interactions before the test part, and has no
    interval, so that a comparison takes seconds. All are evaluated at the last moment of interactions of the test part.
    """
    if learnt.twin is None or learnt.work is None or not learnt.twin.spec.compare_labels:
        return []
    work, spec = learnt.work, learnt.twin.spec
    own = in_short(spec.label)
    models = {own: PreparedTables.of(learnt.twin, tables, work.sources)}
    tests = {own: work.rows.moments.filter("is_last", pl.col("part") == "test")}
    n_learnt = {own: learnt.counts["train"]}
    begin = first_test_moment(work.rows.moments)
    for label in spec.compare_labels:
        words = in_short(label)
        tell(f"fitting for comparison: {words}")
        other = spec_of(spec, label)
        moments = moments_of(tables, other, begin)
        models[words] = _fitted(work, tables, moments, other)
        tests[words] = moments.filter(pl.col("part") == "test")
        n_learnt[words] = moments.filter(pl.col("part") == "train").height
    tell("comparing the labels")
    return outcome_predictions(
        {words: _risks(models, rows) for words, rows in tests.items()}, n_learnt, spec.seed
    )


def _fitted(work: TrainingSet, tables: Tables, moments: pl.DataFrame, spec: Spec) -> PreparedTables:
    # with ratings on another scale other rows are rejected: then the timelines are others
    is_same = spec.label.scale in (None, work.spec.label.scale)
    sources = work.sources if is_same else None
    info, own = {"name": spec.name}, work.own_features
    other = TrainingSet.of(tables, moments, spec, work.n_jobs, info, sources, own_features=own)
    twin, _ = other.judge(n_refits=0, with_baselines=False)
    return other.prepared(twin)


def _risks(models: dict[str, PreparedTables], rows: pl.DataFrame) -> pl.DataFrame:
    risks = {
        f"risk_{place}": prepared.score(rows)["dissatisfaction_risk"]
        for place, prepared in enumerate(models.values())
    }
    return rows.select("interaction_id", "customer_id", "label").with_columns(**risks)
