"""A lost fact never lowers a risk: records with one column, or one feature, taken away at a time.

A moment with a lost fact is scored twice, as it is and with what is typical of its stage in place of the lost, and the
higher risk is answered. Counted are the answers below either of the two (there must be none); shown beside them is how
often the answer is below the risk of the record before the loss: where what was lost was worse than is typical, nobody
can know it any more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from forestall import RiskModel, Spec, Tables, default_moments, learn, records
from forestall.features.table import features_at
from forestall.model.missing import lost_columns
from forestall.simulation import simulate_tables

N_RECORDS = 5_000
RISK = "dissatisfaction_risk"


class Loss(NamedTuple):
    """What was taken from records: which it was, whose answer it changed, and the risks, each (n,)."""

    name: str
    lost: Any
    answered: Any
    as_it_is: Any
    typical: Any


def columns_one_by_one(model: RiskModel, told: list[dict[str, Any]]) -> Iterator[Loss]:
    """Yield the loss of each column of the records, and of their queue and history."""
    for name in sorted({*model.reads} & {*told[0]}):
        less = [{key: value for key, value in record.items() if key != name} for record in told]
        scores = model.score(less)
        sources = model.sources(less)
        gone = lost_columns(less, sources, model.typical.given, {"staff", *model.known_at})
        table = _table(model, sources)
        matrix, gaps = model._matrix(table)
        lost, typical = model.typical.lost(gaps, table["stage"])
        for part in model._lost_with(gone, np.arange(len(less)), table["stage"]).values():
            lost = lost | part
        risks = scores[RISK].to_numpy()
        yield Loss(name, lost.any(axis=1), risks, *_both(model, matrix, lost, typical))


def features_one_by_one(model: RiskModel, told: list[dict[str, Any]]) -> Iterator[Loss]:
    """Yield the loss of each feature of the records where it was always there in training."""
    table = _table(model, model.sources(told))
    before = model._matrix(table)[1]
    for number, name in enumerate(model.columns):
        holed, gaps = model._matrix(table.with_columns(pl.lit(None, table[name].dtype).alias(name)))
        lost, typical = model.typical.lost(gaps, table["stage"])
        answered = model._careful(holed, gaps, table["stage"], {})[0]
        taken = lost[:, number] & ~before[:, number]
        if taken.any():
            yield Loss(name, taken, answered, *_both(model, holed, lost, typical))


def _table(model: RiskModel, sources: Any) -> pl.DataFrame:
    as_of = sources.frame["as_of"].to_numpy()
    return features_at(sources, np.arange(len(as_of)), as_of, model.plan)


def _both(model: RiskModel, matrix: Any, lost: Any, typical: Any) -> tuple[Any, Any]:
    filled = np.where(lost, typical, matrix)
    return tuple(model.estimator.predict_encoded(one)[0] for one in (matrix, filled))


def main(n: int) -> None:
    """Learn from one company, take from another's records, and count."""
    spec = Spec(name="lost", label={"scale": [1, 5], "dissatisfied_at_or_below": 2})
    model = learn(_company(20_000, 1), spec, evaluate=False).model
    new = _company(n, 2)
    told = records(new, default_moments(new))
    whole = model.score(told)[RISK].to_numpy()
    for what, losses in (("column", columns_one_by_one), ("feature", features_one_by_one)):
        n_lost = n_below = n_names = n_lower = 0
        for loss in losses(model, told):
            below = (loss.answered < loss.as_it_is) | (loss.lost & (loss.answered < loss.typical))
            n_lower += int((loss.lost & (loss.answered < whole - 1e-12)).sum())
            n_lost, n_below, n_names = n_lost + int(loss.lost.sum()), n_below + int(below.sum()), n_names + 1
        print(
            f"{len(told):,} records, one {what} of {n_names} taken away at a time: {n_lost:,} losses; "
            f"{n_below} answers below the risk as it is or with what is typical; "
            f"{n_lower / n_lost:.1%} below the risk before the loss"
        )
        if n_below:
            raise SystemExit("a lost fact lowered a risk")


def _company(n: int, seed: int) -> Tables:
    frames = simulate_tables(n, seed=seed)
    frames.pop("truth")
    return Tables(**frames)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else N_RECORDS)
