"""The same expressions for a few rows, in plain Python: read from Polars, never written twice.

To plan 155 expressions takes Polars some milliseconds, however few the rows, which is more than a record may cost. So
what a `Plan` tells Polars is also read back (an expression can be had as JSON) and made into one Python function,
in which what several expressions share is computed once. An expression that this cannot read makes the whole plan
run in Polars: slower, and the same.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

Row = dict[str, Any]


class UnreadableError(Exception):
    """An expression holds what is not known here."""


def row_function(steps: Sequence[Sequence[pl.Expr]]) -> Callable[[Row], tuple[Any, ...]]:
    """Return a function from a row, None where a value is null, to the values of the last step's expressions.

    Parameters
    ----------
    steps
        Expressions, each under its name; those of a step may read what earlier steps made.

    Raises
    ------
    UnreadableError
        An expression holds something else than the features do.
    """
    writer = _Writer()
    wanted: list[str] = []
    for step in steps:
        made = [(one.meta.output_name(), writer.name_of(_tree(one))) for one in step]
        writer.made.update(made)
        wanted = [value for _, value in made]
    code = "\n    ".join(["def compute(row):", *writer.lines, f"return ({', '.join(wanted)},)"])
    space: dict[str, Any] = {**_HELPERS}
    exec(code, space)  # the text is made here, of our own expressions
    compute: Callable[[Row], tuple[Any, ...]] = space["compute"]
    return compute


def _tree(expression: pl.Expr) -> Any:
    text = expression.meta.serialize(format="json")
    return json.loads(text)


class _Writer:
    """Writes a line of Python for each different node of the expressions."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.made: dict[str, str] = {}  # by the name of a column of an earlier step: its variable
        self._known: dict[str, str] = {}

    def name_of(self, node: Any) -> str:
        """Return the variable that holds a node's value."""
        kind, content = _only(node)
        if kind == "Alias":
            return self.name_of(content[0])
        if kind == "Column" and content in self.made:
            return self.made[content]
        return self._variable(_WRITERS[kind](self, content) if kind in _WRITERS else _unknown(kind))

    def _variable(self, text: str) -> str:
        if text not in self._known:
            self._known[text] = f"v{len(self._known)}"
            self.lines.append(f"{self._known[text]} = {text}")
        return self._known[text]

    def column(self, name: str) -> str:
        return f"row[{name!r}]"

    def literal(self, content: Any) -> str:
        kind, value = _only(content)
        if kind in ("Dyn", "Scalar"):
            kind, value = _only(value)
        if kind in ("Null", "Int", "Float", "String", "Boolean", "Float64", "Int32", "Int64"):
            return "None" if kind == "Null" else repr(value)
        return _unknown(kind)

    def binary(self, content: Any) -> str:
        left, right = self.name_of(content["left"]), self.name_of(content["right"])
        operation = content["op"]
        if operation in _BOTH:
            return f"None if {left} is None or {right} is None else {_BOTH[operation].format(left, right)}"
        return f"{_LOGIC[operation]}({left}, {right})" if operation in _LOGIC else _unknown(operation)

    def ternary(self, content: Any) -> str:
        condition, true, false = (self.name_of(content[part]) for part in ("predicate", "truthy", "falsy"))
        return f"{true} if {condition} else {false}"

    def cast(self, content: Any) -> str:
        to, value = content["dtype"].get("Literal"), self.name_of(content["expr"])
        return f"{_CASTS[to]}({value})" if to in _CASTS else _unknown(f"a cast to {to}")

    def function(self, content: Any) -> str:
        name, values = content["function"], ", ".join(self.name_of(one) for one in content["input"])
        options: Any = None
        while isinstance(name, dict):
            name, options = _only(name)
            if isinstance(options, str):
                name = options
        if (name, json.dumps(options)) in _VARIANTS:
            name = _VARIANTS[name, json.dumps(options)]
        elif isinstance(options, dict):
            return _unknown(f"{name} with {options}")
        return f"{_FUNCTIONS[name]}({values})" if name in _FUNCTIONS else _unknown(name)


_WRITERS: dict[str, Callable[[_Writer, Any], str]] = {
    "Column": _Writer.column, "Literal": _Writer.literal, "BinaryExpr": _Writer.binary,
    "Ternary": _Writer.ternary, "Cast": _Writer.cast, "Function": _Writer.function,
}  # fmt: skip
# what is null where either side is
_BOTH = {
    "Plus": "{} + {}", "Minus": "{} - {}", "Multiply": "{} * {}", "TrueDivide": "divide({}, {})",
    "FloorDivide": "{} // {}", "Modulus": "{} % {}",
    "Gt": "{} > {}", "GtEq": "{} >= {}", "Lt": "{} < {}", "LtEq": "{} <= {}", "Eq": "{} == {}",
}  # fmt: skip
_LOGIC = {"And": "both", "Or": "either"}
_CASTS = {"Float64": "number", "Int64": "whole", "String": "text"}
_VARIANTS = {
    ("Clip", '{"has_min": true, "has_max": false}'): "AtLeast",
    ("SumHorizontal", '{"ignore_nulls": true}'): "Sum",
}
_FUNCTIONS = {
    "Coalesce": "coalesce", "FillNull": "coalesce", "AtLeast": "at_least", "Log": "log", "Negate": "negate",
    "IsNull": "is_null", "IsNotNull": "is_not_null", "Not": "negation", "AnyHorizontal": "either",
    "MinHorizontal": "smallest", "MaxHorizontal": "largest", "Sum": "total",
}  # fmt: skip


def _only(node: Any) -> tuple[str, Any]:
    if not isinstance(node, dict) or len(node) != 1:
        raise UnreadableError(f"an expression of {type(node).__name__}")
    return next(iter(node.items()))


def _unknown(what: str) -> str:
    raise UnreadableError(what)


def _divide(left: float, right: float) -> float:
    if right == 0:
        return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)
    return left / right


def _both(*values: bool | None) -> bool | None:
    if any(value is False for value in values):
        return False
    return None if None in values else True


def _either(*values: bool | None) -> bool | None:
    if any(values):
        return True
    return None if None in values else False


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _log(value: float | None, base: float = math.e) -> float | None:
    if value is None:
        return None
    if value > 0:
        return math.log(value) / math.log(base)
    return -math.inf if value == 0 else math.nan


def _at_least(value: Any, least: Any) -> Any:
    return None if value is None else max(value, least)


def _some(choose: Callable[[list[Any]], Any]) -> Callable[..., Any]:
    def chosen(*values: Any) -> Any:
        known = [value for value in values if value is not None]
        return choose(known) if known else None

    return chosen


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise UnreadableError(f"a {type(value).__name__} as text")


def _unless_null(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else function(value)


_HELPERS: dict[str, Any] = {
    "divide": _divide, "both": _both, "either": _either, "coalesce": _coalesce, "log": _log, "at_least": _at_least,
    "smallest": _some(min), "largest": _some(max), "total": lambda *values: sum(v for v in values if v is not None),
    "is_null": lambda value: value is None, "is_not_null": lambda value: value is not None,
    "negation": _unless_null(lambda value: not value), "negate": _unless_null(lambda value: -value),
    "number": _unless_null(float), "whole": _unless_null(int), "text": _text,
}  # fmt: skip
