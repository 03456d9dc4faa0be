"""Terms: Polars, for many moments, NumPy, for some, and the generated Python function, for a few, compute the same."""

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forestall.moment_features.feature_plan import FeaturePlan
from forestall.moment_features.operations import OPERATIONS, Kind
from forestall.moment_features.state_columns import AsOf, Own
from forestall.moment_features.terms import (
    Applied,
    Divisor,
    Literal,
    Term,
    any_of,
    case,
    coalesce,
    flag,
    largest,
    leaves,
    only_if,
    smallest,
)

INF, NAN = math.inf, math.nan
X, Y, WHOLE, TIME = Own("x"), Own("y"), Own("whole"), Own("time")
P, Q = Own("p", Kind.TRUTH), Own("q", Kind.TRUTH)
TEXT = Own("text", Kind.TEXT)
DAY_US = 86_400_000_000

REALS = [None, NAN, -INF, INF, -3.5, -1.0, -0.0, 0.0, 0.1, 2.0, 7.25, 1e300]
WHOLES = [None, -7, -2, 0, 1, 3]
TIMES = [None, -1, 0, 1_772_442_000_000_001]
TRUTHS = [None, False, True]
TEXTS = [None, "", "a", "It's {0}"]
TYPES = {
    X: (pl.Float64, REALS), Y: (pl.Float64, REALS), WHOLE: (pl.Int64, WHOLES), TIME: (pl.Int64, TIMES),
    P: (pl.Boolean, TRUTHS), Q: (pl.Boolean, TRUTHS), TEXT: (pl.String, TEXTS),
}  # fmt: skip

Row = dict[Term, Any]
ROWS = st.lists(
    st.fixed_dictionaries({leaf: st.sampled_from(values) for leaf, (_, values) in TYPES.items()}),
    min_size=1,
    max_size=8,
)
LEAVES = {
    Kind.NUMBER: st.sampled_from([X, Y, WHOLE]) | st.sampled_from([0, 2, -3, 0.1, -2.5, 1e6, INF, NAN]).map(Literal),
    Kind.TRUTH: st.sampled_from([P, Q]) | st.booleans().map(Literal),
    Kind.TEXT: st.just(TEXT) | st.sampled_from(["", "b", "'"]).map(Literal),
}  # fmt: skip
N_ARGUMENTS = {
    "coalesce": (1, 3),
    "smallest": (1, 3),
    "largest": (1, 3),
    "and": (2, 3),
    "or": (1, 3),
    "choice": (2, 3),
}


@st.composite
def applied(draw: st.DrawFn, operation: str, kind: Kind, depth: int) -> Term:
    """Draw an operation that gives a kind of value, with arguments of some depth."""
    of = lambda one: draw(terms(one, depth - 1))  # noqa: E731
    if operation in ("//", "%"):
        return Applied(operation, (of(Kind.NUMBER), Literal(draw(st.sampled_from([1, 2, 7, DAY_US])))))
    if operation == "at least":
        return Applied(operation, (of(Kind.NUMBER), Literal(draw(st.sampled_from([-2, 0, 3])))))
    if operation == "/ constant":
        return Applied(operation, (of(Kind.NUMBER), Divisor(draw(st.sampled_from([100.0, 0.1, -3.6e9])))))
    if operation == "/":
        divisor = of(Kind.NUMBER)
        if all(isinstance(leaf, Literal) for leaf in leaves([divisor])):
            divisor = X
        return Applied(operation, (of(Kind.NUMBER), divisor))
    n_least, n_most = N_ARGUMENTS.get(operation, (1, 1) if operation in ONE_ARGUMENT else (2, 2))
    n = draw(st.integers(n_least, n_most))
    if operation == "choice":
        return Applied(operation, (of(Kind.TRUTH), *(of(kind) for _ in range(n - 1))))
    takes = OPERATIONS[operation].takes
    if takes is None:
        takes = kind if operation == "coalesce" else draw(st.sampled_from(list(Kind)))
    return Applied(operation, tuple(of(takes) for _ in range(n)))


ONE_ARGUMENT = ("negative", "log", "is known", "not", "as number")


@st.composite
def terms(draw: st.DrawFn, kind: Kind, depth: int) -> Term:
    """Draw a term of a kind of value, of at most some depth."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(LEAVES[kind])
    fitting = [name for name, one in OPERATIONS.items() if one.gives in (kind, None)]
    return draw(applied(draw(st.sampled_from(fitting)), kind, depth))


def computed(wanted: dict[str, Term], rows: list[Row]) -> dict[str, dict[str, list[Any]]]:
    """Return what Polars, NumPy and the Python function compute; NumPy from series and from lists."""
    columns = {
        leaf.name: pl.Series([row[leaf] for row in rows], dtype=dtype) for leaf, (dtype, _) in TYPES.items()
    }
    state = {AsOf.name: pl.Series([0] * len(rows)), **columns}
    texts_as_lists = {
        name: values.to_list() if values.dtype == pl.String else values for name, values in state.items()
    }
    plan = FeaturePlan(wanted)
    return {
        "Polars": plan.frame(state).to_dict(as_series=False),
        "Python": dict(plan.lists({name: values.to_list() for name, values in state.items()})),
        "NumPy": {name: list(values) for name, values in plan.arrays(state).items()},
        "NumPy, of lists": {name: list(values) for name, values in plan.arrays(texts_as_lists).items()},
    }


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal and of one type, NaN to NaN."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return type(one) is type(other) and one == other


def as_array(value: Any) -> Any:
    """Return a value as it stands in an array: a truth value as a number, and null as NaN."""
    return value if isinstance(value, str) else np.float64(math.nan if value is None else value)


def assert_equal(wanted: dict[str, Term], rows: list[Row]) -> None:
    found = computed(wanted, rows)
    for way in ("Python", "NumPy", "NumPy, of lists"):
        for name, values in found["Polars"].items():
            assert len(found[way][name]) == len(rows)
            for row, one, other in zip(rows, values, found[way][name], strict=True):
                expected = one
                if way != "Python" and not (one is None and wanted[name].kind is Kind.TEXT):
                    expected = as_array(one)
                assert same(expected, other), f"{wanted[name]} of {row}: {one} in Polars, {other} in {way}"


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_each_operation_is_equal(operation: str, data: st.DataObject):
    kind = OPERATIONS[operation].gives or data.draw(st.sampled_from(list(Kind)))
    assert_equal({"term": data.draw(applied(operation, kind, 1))}, data.draw(ROWS))


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(list(Kind)).flatmap(lambda kind: terms(kind, 3)), min_size=1, max_size=4), ROWS
)
def test_terms_of_many_operations_are_equal(wanted: list[Term], rows: list[Row]):
    assert_equal({str(place): term for place, term in enumerate(wanted)}, rows)


def test_each_operation_is_equal_on_all_values():
    """Every pair of the listed values, not only those that are drawn."""
    pairs = [
        X + Y, X - Y, X * Y, X / Y, Y + WHOLE, WHOLE / X, X > Y, X >= Y, X < Y, X <= Y, X.equals(Y), X.equals(WHOLE),
        smallest(X, Y), largest(X, Y), coalesce(X, Y), X.at_least(0), -X, X.log(), X.is_known(), X.is_missing(),
        X // 2, X % 7, X / 100, 1 / X, 2 - X, only_if(X > 0, Y), case((X > Y, X), (P, Y), otherwise=0), X.or_else(5),
    ]  # fmt: skip
    rows = [
        {**dict.fromkeys(TYPES), X: x, Y: y, P: p, WHOLE: 3} for x in REALS for y in REALS for p in TRUTHS
    ]
    assert_equal({str(term): term for term in pairs}, rows)
    kleene = [P & Q, P | Q, ~P, any_of(P, Q), flag(P), P.equals(Q), P.or_else(False), only_if(P, TEXT)]
    rows = [{**dict.fromkeys(TYPES), P: p, Q: q, TEXT: "a"} for p in TRUTHS for q in TRUTHS]
    assert_equal({str(term): term for term in kleene}, rows)
    times = [TIME - 1, TIME / 1e6, TIME % DAY_US / 3.6e9, (TIME // DAY_US + 3) % 7 + 1, TIME > WHOLE]
    rows = [{**dict.fromkeys(TYPES), TIME: time, WHOLE: whole} for time in TIMES for whole in WHOLES]
    assert_equal({str(term): term for term in times}, rows)


@pytest.mark.parametrize(
    ("term", "row", "value"),
    [
        (X / Y, {X: 1.0, Y: 0.0}, INF),
        (X / Y, {X: -1.0, Y: -0.0}, -INF),
        (X / Y, {X: 1.0, Y: -0.0}, INF),
        (X / Y, {X: 0.0, Y: 0.0}, NAN),
        (X.log(), {X: 0.0}, -INF),
        (X.log(), {X: -1.0}, NAN),
        (X > Y, {X: NAN, Y: INF}, True),
        (X.equals(Y), {X: NAN, Y: NAN}, True),
        (smallest(X, Y), {X: NAN, Y: 2.0}, 2.0),
        (largest(X, Y), {X: None, Y: None}, None),
        (WHOLE % 7, {WHOLE: -2}, 5.0),
        (WHOLE // 2, {WHOLE: -7}, -4.0),
        (X % 7, {X: INF}, None),
        (P & Q, {P: None, Q: False}, False),
        (P | Q, {P: None, Q: True}, True),
        (P | Q, {P: None, Q: False}, None),
        (flag(P), {P: None}, None),
        (only_if(P, X), {P: None, X: 1.0}, None),
        (X.at_least(0), {X: NAN}, NAN),
        (X + Y, {X: INF, Y: -INF}, NAN),
    ],
    ids=str,
)
def test_the_value_of_special_cases(term: Term, row: Row, value: Any):
    found = computed({"term": term}, [{**dict.fromkeys(TYPES), **row}])
    assert same(found["Polars"]["term"][0], value)
    assert same(found["Python"]["term"][0], value)
    assert same(found["NumPy"]["term"][0], as_array(value))


def test_many_moments_are_divided_as_one_is():
    """Polars divides by a literal as a product with its inverse; a divisor must not be one."""
    numbers = [float(number * 1_234_567 + 1) for number in range(5_000)]
    state = {AsOf.name: pl.Series([0] * len(numbers)), X.name: pl.Series(numbers)}
    divided = FeaturePlan({"seconds": X / 1e6, "cents": X / 100})
    assert divided.frame(state)["seconds"].to_list() == [number / 1e6 for number in numbers]
    assert divided.frame(state)["cents"].to_list() == [number / 100 for number in numbers]
    assert divided.arrays(state)["seconds"].tolist() == [number / 1e6 for number in numbers]


def test_the_logarithm_is_that_of_polars_for_few_and_for_many():
    """NumPy's own differs in the last bit."""
    numbers = [*np.random.default_rng(1).gamma(0.5, 1e4, 2_000).tolist(), 0.0, -1.0]
    plan = FeaturePlan({"log": X.log()})
    for some in (numbers[-400:], numbers):
        state = {AsOf.name: np.zeros(len(some)), X.name: np.array(some)}
        expected = plan.frame(state)["log"].to_numpy()
        assert plan.arrays(state)["log"].tobytes() == expected.tobytes()


def test_a_shared_term_is_computed_once_and_a_wanted_one_may_be_shared():
    total = X + Y
    plan = FeaturePlan({"total": total, "twice": (X + Y) * 2, "half": total / 2, "log": (total * 2).log()})
    state = {AsOf.name: pl.Series([0]), X.name: pl.Series([1.0]), Y.name: pl.Series([3.0])}
    assert plan.frame(state).row(0) == (4.0, 8.0, 2.0, math.log(8))
    assert [one.name for one in plan.columns.all] == [X.name, Y.name]
