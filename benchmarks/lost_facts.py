"""A lost value never lowers a risk: records with one column, or one feature, taken away at a time.

A moment with a lost value is scored twice, once with the gap and once with the median of its stage in its place, and
the higher risk is returned. The benchmark counts the answers below either of the two: there must be none. It shows too
how often the answer is below the risk of the record before the loss: where the lost value was worse than the median,
nothing can show it any more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from forestall import RiskModel, Spec, Tables, default_moments, learn, records
from forestall.model.scoring import encode_table, predict_cautiously
from forestall.moment_features.table import features_at
from forestall.simulation import simulate_tables

N_RECORDS = 5_000
RISK = "dissatisfaction_risk"


class Loss(NamedTuple):
    """What was taken away, which records lost something by it, and the risks, each (n_records,)."""

    name: str
    lost: Any
    answered: Any
    with_gap: Any
    with_median: Any


def columns_one_by_one(model: RiskModel, whole: list[dict[str, Any]]) -> Iterator[Loss]:
    """Yield the loss of each column and field of the records, where training had it."""
    for name in sorted({*model.inputs.reads} & {*whole[0]}):
        less = [{key: value for key, value in record.items() if key != name} for record in whole]
        answered = model.score(less)[RISK].to_numpy()
        sources = model.sources(less)
        table = _table(model, sources)
        matrix, gaps = encode_table(model, table)
        lost = model.typical.losses(gaps, table["stage"], sources, *_moments(sources), model.inputs).features
        medians = model.typical.medians(table["stage"])
        if lost.any():
            yield Loss(name, lost.any(axis=1), answered, *_both(model, matrix, lost, medians))


def features_one_by_one(model: RiskModel, whole: list[dict[str, Any]]) -> Iterator[Loss]:
    """Yield the loss of each feature of the records where training always had it."""
    sources = model.sources(whole)
    table = _table(model, sources)
    before = encode_table(model, table)[1]
    medians = model.typical.medians(table["stage"])
    for number, name in enumerate(model.columns):
        with_gap = table.with_columns(pl.lit(None, table[name].dtype).alias(name))
        matrix, gaps = encode_table(model, with_gap)
        lost = model.typical.losses(gaps, table["stage"], sources, *_moments(sources), model.inputs).features
        answered = predict_cautiously(model, matrix, lost, medians).risk
        taken = lost[:, number] & ~before[:, number]
        if taken.any():
            yield Loss(name, taken, answered, *_both(model, matrix, lost, medians))


def _table(model: RiskModel, sources: Any) -> pl.DataFrame:
    return features_at(sources, *_moments(sources), model.plan)


def _moments(sources: Any) -> tuple[Any, Any]:
    as_of = sources.frame["as_of"].to_numpy()
    return np.arange(len(as_of)), as_of


def _both(model: RiskModel, matrix: Any, lost: Any, medians: Any) -> tuple[Any, Any]:
    filled = np.where(lost, medians, matrix)
    return tuple(model.estimator.predict_encoded(one)[0] for one in (matrix, filled))


def main(n: int) -> None:
    """Train on one company, take values away from another's records, and count."""
    spec = Spec(name="lost", label={"scale": [1, 5], "dissatisfied_at_or_below": 2})
    model = learn(_company(20_000, 1), spec, evaluate=False).model
    new = _company(n, 2)
    whole = records(new, default_moments(new))
    before = model.score(whole)[RISK].to_numpy()
    for what, losses in (("column", columns_one_by_one), ("feature", features_one_by_one)):
        n_lost = n_below = n_names = n_lower = 0
        for loss in losses(model, whole):
            below = (loss.answered < loss.with_gap) | (loss.lost & (loss.answered < loss.with_median))
            n_lower += int((loss.lost & (loss.answered < before - 1e-12)).sum())
            n_lost, n_below, n_names = n_lost + int(loss.lost.sum()), n_below + int(below.sum()), n_names + 1
        print(
            f"{len(whole):,} records, one {what} of {n_names} taken away at a time: {n_lost:,} losses; "
            f"{n_below} answers below the risk with the gap or with the median; "
            f"{n_lower / n_lost:.1%} below the risk before the loss"
        )
        if n_below:
            raise SystemExit("a lost value lowered a risk")


def _company(n: int, seed: int) -> Tables:
    frames = simulate_tables(n, seed=seed)
    frames.pop("truth")
    return Tables(**frames)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else N_RECORDS)
