"""Terms: the types of values are checked where a term is declared."""

import pytest

from forestall.moment_features.columns_by_source import ColumnsBySource
from forestall.moment_features.event_columns import Count, First
from forestall.moment_features.operations import Kind
from forestall.moment_features.state_columns import Own
from forestall.moment_features.terms import (
    Divisor,
    Literal,
    any_of,
    case,
    coalesce,
    flag,
    leaves,
    only_if,
    term_of,
)

PRICE, NAME, IS_NEW = Own("price"), Own("name", Kind.TEXT), Own("is_new", Kind.TRUTH)


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: PRICE + NAME, r"'\+' takes a number, not the text own name"),
        (lambda: PRICE + "1", "takes a number, not the text '1'"),
        (lambda: PRICE > IS_NEW, "takes a number, not the truth value"),
        (lambda: ~PRICE, "'not' takes a truth value, not the number own price"),
        (lambda: IS_NEW & PRICE, "must be a truth value"),
        (lambda: flag(PRICE), "must be a truth value"),
        (lambda: only_if(PRICE, 1), "must be a truth value, not the number"),
        (
            lambda: only_if(NAME == "x", 1),
            r"a condition must be a term, not bool; values are compared by equals\(\)",
        ),
        (lambda: case((IS_NEW, 1), (~IS_NEW, "a")), "must be a number, not the text 'a'"),
        (lambda: case((IS_NEW, 1), otherwise=NAME), "must be a number, not the text"),
        (lambda: coalesce(PRICE, NAME), "must be a number, not the text"),
        (lambda: NAME.equals(1), "must be a text, not the number 1"),
        (lambda: term_of(None), "must be a term or a constant, not NoneType"),
        (lambda: PRICE / True, "/ takes a number, not True"),
        (lambda: PRICE % 0, "whole number above zero, not 0"),
        (lambda: PRICE // 2.5, "whole number above zero, not 2.5"),
        (lambda: PRICE.at_least(0.5), "takes a whole number, not 0.5"),
        (lambda: PRICE / term_of(100), "constant divisor must be a plain number, not 100"),
        (lambda: bool(PRICE > 0), "has no truth value before it is computed"),
        (any_of, "takes at least one"),
    ],
)
def test_a_wrong_type_is_an_error_where_it_is_declared(declare, message):
    with pytest.raises(TypeError, match=message):
        declare()


def test_a_term_knows_its_type():
    assert (PRICE / 100).kind is Kind.NUMBER
    assert (PRICE > 0).kind is Kind.TRUTH
    assert case((IS_NEW, "new"), otherwise=NAME).kind is Kind.TEXT
    assert [Literal(one).kind for one in (1, 1.5, True, "a")] == [
        Kind.NUMBER,
        Kind.NUMBER,
        Kind.TRUTH,
        Kind.TEXT,
    ]


def test_a_term_reads_as_it_is_declared():
    assert (
        repr(only_if(PRICE > 0, First("served") / PRICE))
        == "choice(>(own price, 0), /(first served, own price))"
    )
    assert repr(PRICE / 100) == "/ constant(own price, 100.0)"


def test_leaves_are_found_once_and_in_order():
    assert leaves([PRICE / 100 + Count("served"), Count("served") > PRICE]) == [
        PRICE,
        Divisor(100.0),
        Count("served"),
    ]
    assert ColumnsBySource([PRICE / 100]).all == [PRICE]


def test_a_constant_divisor_is_not_zero():
    with pytest.raises(ZeroDivisionError, match="must not be 0"):
        PRICE / 0
