"""A few rows in plain Python: exactly what Polars makes of the same expressions."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from forestall.features.few import ONE_BY_ONE
from forestall.features.plan import FEW_ROWS, Plan
from forestall.features.rows import UnreadableError, row_function

import forestall
from forestall.features import FAMILIES
from forestall.features.stage import STAGE
from forestall.features.standards import Standards
from forestall.features.table import locate, plan_of
from forestall.features.table_sources import sources_of
from forestall.moments import training_moments

X, Y, FLAG = pl.col("x"), pl.col("y"), pl.col("flag")
CASES = [
    X + Y, X - Y, X * Y, X / Y, X // 2, X % 7, X > Y, X >= Y, X < Y, X <= Y, X == Y, -X, X.log(),
    X.is_null(), X.is_not_null(), ~FLAG, FLAG & (X > 0), FLAG | (X > 0), pl.any_horizontal(FLAG, Y > 0),
    pl.when(FLAG).then(X), pl.when(FLAG).then(X).when(Y > 0).then(Y).otherwise(0),
    pl.coalesce(X, Y), X.fill_null(5), X.clip(lower_bound=0), pl.min_horizontal(X, Y), pl.max_horizontal(X, Y),
    pl.sum_horizontal(X, Y), FLAG.cast(pl.Float64), pl.col("name").cast(pl.String), pl.lit(2.5) * X,
]  # fmt: skip
NUMBERS = [None, -3.5, 0.0, 2.0, 7.25]


def same(one: object, other: object) -> bool:
    is_number = isinstance(one, float) and isinstance(other, float)
    return one == other or (is_number and math.isnan(one) and math.isnan(other))


@pytest.mark.parametrize("expression", CASES, ids=str)
def test_each_operation_is_that_of_polars(expression):
    rows = [
        {"x": x, "y": y, "flag": flag, "name": name}
        for x in NUMBERS for y in NUMBERS for flag, name in ((None, None), (True, "a"), (False, "b"))
    ]  # fmt: skip
    frame = pl.DataFrame(
        rows, schema={"x": pl.Float64, "y": pl.Float64, "flag": pl.Boolean, "name": pl.String}
    )
    told = frame.select(expression.alias("told")).to_series().to_list()
    compute, names = row_function([[expression.alias("told")]])
    made = [compute(*(row[name] for name in names))[0] for row in rows]
    assert [row for row, one, other in zip(rows, told, made, strict=True) if not same(one, other)] == []


def test_a_step_reads_what_an_earlier_one_made():
    steps = [[(X + 1).alias("more")], [(pl.col("more") * 2).alias("twice"), X.alias("x")]]
    compute, names = row_function(steps)
    assert (compute(3), names) == ((8, 3), ("x",))


def test_what_is_not_known_here_is_left_to_polars(caplog):
    with pytest.raises(UnreadableError, match=r"Sqrt|Pow"):
        row_function([[X.sqrt().alias("root")]])
    plan = Plan({"root": X.sqrt()})
    assert not plan.is_plain
    assert "computed by Polars" in caplog.text
    with pytest.raises(TypeError, match="only Polars"):
        plan.rows({"x": [9.0]})
    assert plan.run({"x": np.array([9.0])})["root"].to_list() == [3.0]


@pytest.mark.parametrize("size", [1, ONE_BY_ONE, ONE_BY_ONE + 1, FEW_ROWS])
@pytest.mark.parametrize("is_frozen", [False, True])
def test_every_feature_of_few_rows_is_exactly_that_of_many(company: Path, is_frozen: bool, size: int):
    """No feature is left to Polars, and none differs in a bit, over moments at and between events."""
    tables = forestall.read_tables(company)
    moments = training_moments(tables, 4, seed=3).sample(600, seed=1)
    sources = sources_of(tables, Standards())
    plan = plan_of(FAMILIES, {"stage": STAGE})
    place, as_of = locate(sources, moments)
    if is_frozen:  # in the middle, so that some names are not known
        facts = sources.freeze(int(np.median(as_of)), plan.names)
        sources = replace(sources, facts=facts)
    many = plan.run(sources.state(place, as_of, plan.names))
    assert plan.is_plain
    parts = [slice(begin, begin + size) for begin in range(0, len(place), size)]
    few = [plan.rows(sources.few(place[part], as_of[part], plan.names)) for part in parts]
    differing = {
        name
        for name in many.columns
        if not all(map(same, many[name].to_list(), [cell for part in few for cell in part[name]]))
    }
    assert differing == set()
    assert sum(many[name].null_count() < many.height for name in many.columns) > 140
