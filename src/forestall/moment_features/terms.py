"""Terms: the language in which features are declared.

A term is the value of a moment: a number, a truth value or a text, null where it is not known. Its leaves are columns
of the state of a moment (`moment_features.state_columns`) and constants. Operators and functions combine terms; what
each does with null, NaN and zero is written in `moment_features.operations`.

>>> from forestall.moment_features.event_columns import Amount
>>> from forestall.moment_features.state_columns import Own
>>> only_if(Own("price") > 0, Amount("refunded") / 100 / Own("price"))
choice(>(own price, 0), /(/ constant(amount refunded, 100.0), own price))
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

from forestall.moment_features.operations import OPERATIONS, Kind

Value = float | int | bool | str


class Term:
    """The value of a moment. `==` compares two terms as Python objects; `equals` compares their values."""

    @property
    @abstractmethod
    def kind(self) -> Kind:
        """The type of its value."""

    @property
    def parts(self) -> tuple[Term, ...]:
        """The terms that it is computed from."""
        return ()

    def __bool__(self) -> bool:
        raise TypeError("a term has no truth value before it is computed: use &, |, ~ and only_if")

    def __add__(self, other: Term | float) -> Term:
        return _applied("+", self, other)

    def __radd__(self, other: float) -> Term:
        return _applied("+", other, self)

    def __sub__(self, other: Term | float) -> Term:
        return _applied("-", self, other)

    def __rsub__(self, other: float) -> Term:
        return _applied("-", other, self)

    def __mul__(self, other: Term | float) -> Term:
        return _applied("*", self, other)

    def __rmul__(self, other: float) -> Term:
        return _applied("*", other, self)

    def __truediv__(self, other: Term | float) -> Term:
        if isinstance(other, Term):
            return _applied("/", self, other)
        return _applied("/ constant", self, Divisor(other))

    def __rtruediv__(self, other: float) -> Term:
        return _applied("/", other, self)

    def __floordiv__(self, by: int) -> Term:
        return _applied("//", self, _positive(by))

    def __mod__(self, by: int) -> Term:
        return _applied("%", self, _positive(by))

    def __neg__(self) -> Term:
        return _applied("negative", self)

    def __gt__(self, other: Term | float) -> Term:
        return _applied(">", self, other)

    def __ge__(self, other: Term | float) -> Term:
        return _applied(">=", self, other)

    def __lt__(self, other: Term | float) -> Term:
        return _applied("<", self, other)

    def __le__(self, other: Term | float) -> Term:
        return _applied("<=", self, other)

    def __and__(self, other: Term) -> Term:
        return _applied("and", self, _condition(other))

    def __or__(self, other: Term) -> Term:
        return _applied("or", self, _condition(other))

    def __invert__(self) -> Term:
        return _applied("not", self)

    def equals(self, other: Term | Value) -> Term:
        """Return whether the values are equal; both are of one type."""
        return _applied("equals", self, term_of(other, self.kind))

    def is_known(self) -> Term:
        """Return whether the value is not null."""
        return _applied("is known", self)

    def is_missing(self) -> Term:
        """Return whether the value is null."""
        return ~self.is_known()

    def or_else(self, other: Term | Value) -> Term:
        """Return the value, or `other` where it is null; both are of one type."""
        return coalesce(self, other)

    def at_least(self, low: int) -> Term:
        """Return the value, or the whole number `low` where that is larger."""
        if type(low) is not int:
            raise TypeError(f"at_least takes a whole number, not {low!r}")
        return _applied("at least", self, low)

    def log(self) -> Term:
        """Return the natural logarithm."""
        return _applied("log", self)


@dataclass(frozen=True)
class Literal(Term):
    """A constant."""

    value: Value

    @property
    def kind(self) -> Kind:
        """The type of its value."""
        if isinstance(self.value, bool):
            return Kind.TRUTH
        return Kind.TEXT if isinstance(self.value, str) else Kind.NUMBER

    def __repr__(self) -> str:
        return repr(self.value)


@dataclass(frozen=True)
class Divisor(Term):
    """A constant to divide by.

    Polars divides many values by a literal as a product with its inverse, which differs in the last bit. By a column it
    divides exactly, so a divisor is a column of equal values there.
    """

    value: float
    kind = Kind.NUMBER

    @property
    def name(self) -> str:
        """The name of its column."""
        return f"divisor {self.value!r}"

    def __repr__(self) -> str:
        return repr(self.value)

    def __post_init__(self) -> None:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise TypeError(f"/ takes a number, not {self.value!r}")
        if self.value == 0:
            raise ZeroDivisionError("a constant divisor must not be 0")
        object.__setattr__(self, "value", float(self.value))


@dataclass(frozen=True)
class Applied(Term):
    """An operation applied to terms.

    Parameters
    ----------
    operation
        A key of `OPERATIONS`.
    arguments
        The terms that it takes.

    Raises
    ------
    TypeError
        An argument is of another type than the operation takes, or a divisor reads no column of the state.
    """

    operation: str
    arguments: tuple[Term, ...]

    def __post_init__(self) -> None:
        if not self.arguments:
            raise TypeError(f"{self.operation!r} takes at least one term")
        takes = OPERATIONS[self.operation].takes
        for one in self.arguments:
            if takes is not None and one.kind != takes:
                raise TypeError(f"{self.operation!r} takes a {takes}, not the {one.kind} {one!r}")
        if self.operation == "/" and all(isinstance(leaf, Literal) for leaf in leaves([self.arguments[1]])):
            raise TypeError(f"a constant divisor must be a plain number, not {self.arguments[1]!r}")

    @property
    def kind(self) -> Kind:
        """The type of its value."""
        return OPERATIONS[self.operation].gives or self.arguments[-1].kind

    @property
    def parts(self) -> tuple[Term, ...]:
        """The terms that it is computed from."""
        return self.arguments

    def __repr__(self) -> str:
        return f"{self.operation}({', '.join(map(repr, self.arguments))})"


def term_of(value: Term | Value, kind: Kind | None = None) -> Term:
    """Return a term, or a constant as a term.

    Raises
    ------
    TypeError
        The value is neither, or not of the `kind` wanted.
    """
    if not isinstance(value, Term | bool | int | float | str):
        raise TypeError(f"must be a term or a constant, not {type(value).__name__}")
    term = value if isinstance(value, Term) else Literal(value)
    if kind is not None and term.kind != kind:
        raise TypeError(f"must be a {kind}, not the {term.kind} {term!r}")
    return term


def leaves(terms: Iterable[Term]) -> list[Term]:
    """Return the different terms without parts among terms and their parts, in the order met."""
    found: dict[Term, None] = {}
    seen: set[int] = set()
    waiting = list(terms)[::-1]
    while waiting:
        term = waiting.pop()
        if id(term) in seen:
            continue
        seen.add(id(term))
        if not term.parts:
            found[term] = None
        waiting += term.parts[::-1]
    return list(found)


def flag(condition: Term) -> Term:
    """Return 1 where the condition holds and 0 where it does not."""
    return _applied("as number", _condition(condition))


def any_of(*conditions: Term) -> Term:
    """Return whether any of the conditions holds."""
    return _applied("or", *map(_condition, conditions))


def coalesce(*terms: Term | Value) -> Term:
    """Return the first value that is not null; all are of one type."""
    kind = term_of(terms[0]).kind
    return _applied("coalesce", *(term_of(one, kind) for one in terms))


def smallest(*terms: Term | float) -> Term:
    """Return the smallest of the numbers that are known."""
    return _applied("smallest", *terms)


def largest(*terms: Term | float) -> Term:
    """Return the largest of the numbers that are known."""
    return _applied("largest", *terms)


def only_if(condition: Term, value: Term | Value) -> Term:
    """Return the value where the condition holds, else null."""
    return case((condition, value))


def case(*cases: tuple[Term, Term | Value], otherwise: Term | Value | None = None) -> Term:
    """Return the value of the first case whose condition holds, else `otherwise`; all values are of one type."""
    kind = term_of(cases[0][1]).kind
    rest: list[Term] = [] if otherwise is None else [term_of(otherwise, kind)]
    for condition, value in reversed(cases):
        rest = [_applied("choice", _condition(condition), term_of(value, kind), *rest)]
    return rest[0]


def _applied(operation: str, *arguments: Term | Value) -> Term:
    return Applied(operation, tuple(term_of(one) for one in arguments))


def _condition(term: Term) -> Term:
    """Return a truth value, which must be a term: `a == b` is none, `a.equals(b)` is."""
    if not isinstance(term, Term):
        raise TypeError(
            f"a condition must be a term, not {type(term).__name__}; values are compared by equals()"
        )
    return term_of(term, Kind.TRUTH)


def _positive(by: int) -> int:
    if type(by) is not int or by <= 0:
        raise TypeError(f"// and % take a whole number above zero, not {by!r}")
    return by
