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


class UnreadableError(Exception):
    """An expression holds what is not known here."""


def row_function(
    steps: Sequence[Sequence[pl.Expr]],
) -> tuple[Callable[..., tuple[Any, ...]], tuple[str, ...]]:
    """Return a function from a row's values to those of the last step's expressions, None where one is null.

    Parameters
    ----------
    steps
        Expressions, each under its name; those of a step may read what earlier steps made.

    Returns
    -------
    compute, names
        The function, and the columns whose values it takes, in their order.

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
    begin = f"def compute({', '.join(writer.columns.values())}):"
    code = "\n    ".join([begin, *writer.lines, f"return ({', '.join(wanted)},)"])
    space: dict[str, Any] = {**_HELPERS}
    exec(code, space)  # the text is made here, of our own expressions
    compute: Callable[..., tuple[Any, ...]] = space["compute"]
    return compute, tuple(writer.columns)


def _tree(expression: pl.Expr) -> Any:
    text = expression.meta.serialize(format="json")
    return json.loads(text)


class _Writer:
    """Writes a line of Python for each different node of the expressions."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.columns: dict[str, str] = {}  # by the name of a column: its argument
        self.made: dict[str, str] = {}  # by the name of a column of an earlier step: its variable
        self._known: dict[str, str] = {}

    def name_of(self, node: Any) -> str:
        """Return the variable that holds a node's value."""
        kind, content = _only(node)
        if kind == "Alias":
            return self.name_of(content[0])
        if kind == "Column":
            return self.made.get(content) or self.columns.setdefault(content, f"c{len(self.columns)}")
        return self._variable(_WRITERS[kind](self, content) if kind in _WRITERS else _unknown(kind))

    def _variable(self, text: str) -> str:
        if text not in self._known:
            self._known[text] = f"v{len(self._known)}"
            self.lines.append(f"{self._known[text]} = {text}")
        return self._known[text]

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
        return _CASTS[to].format(value) if to in _CASTS else _unknown(f"a cast to {to}")

    def function(self, content: Any) -> str:
        name, values = content["function"], [self.name_of(one) for one in content["input"]]
        options: Any = None
        while isinstance(name, dict):
            name, options = _only(name)
            if isinstance(options, str):
                name = options
        if (name, json.dumps(options)) in _VARIANTS:
            name = _VARIANTS[name, json.dumps(options)]
        elif isinstance(options, dict):
            return _unknown(f"{name} with {options}")
        if name in ("Coalesce", "FillNull"):
            return " else ".join([*(f"{one} if {one} is not None" for one in values[:-1]), values[-1]])
        if name in _INLINE:
            return _INLINE[name].format(*values)
        return f"{_FUNCTIONS[name]}({', '.join(values)})" if name in _FUNCTIONS else _unknown(name)


_WRITERS: dict[str, Callable[[_Writer, Any], str]] = {
    "Literal": _Writer.literal, "BinaryExpr": _Writer.binary,
    "Ternary": _Writer.ternary, "Cast": _Writer.cast, "Function": _Writer.function,
}  # fmt: skip
# what is null where either side is
_BOTH = {
    "Plus": "{} + {}", "Minus": "{} - {}", "Multiply": "{} * {}", "TrueDivide": "divide({}, {})",
    "FloorDivide": "{} // {}", "Modulus": "{} % {}",
    "Gt": "{} > {}", "GtEq": "{} >= {}", "Lt": "{} < {}", "LtEq": "{} <= {}", "Eq": "{} == {}",
}  # fmt: skip
_LOGIC = {"And": "both", "Or": "either"}
_CASTS = {
    "Float64": "None if {0} is None else float({0})",
    "Int64": "None if {0} is None else int({0})",
    "String": "text({0})",
}
_VARIANTS = {
    ("Clip", '{"has_min": true, "has_max": false}'): "AtLeast",
    ("SumHorizontal", '{"ignore_nulls": true}'): "Sum",
}
# short ones stand in the line itself: to call a function costs more than they do
_INLINE = {
    "IsNull": "{0} is None", "IsNotNull": "{0} is not None", "Not": "None if {0} is None else not {0}",
    "Negate": "None if {0} is None else -{0}", "AtLeast": "None if {0} is None else {1} if {1} > {0} else {0}",
}  # fmt: skip
_FUNCTIONS = {
    "Log": "log", "AnyHorizontal": "either", "MinHorizontal": "smallest", "MaxHorizontal": "largest", "Sum": "total",
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


def _both(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _either(*values: bool | None) -> bool | None:
    if any(values):
        return True
    return None if None in values else False


def _log(value: float | None, base: float = math.e) -> float | None:
    if value is None:
        return None
    if value > 0:
        return math.log(value) / math.log(base)
    return -math.inf if value == 0 else math.nan


def _some(choose: Callable[[list[Any]], Any]) -> Callable[..., Any]:
    def chosen(*values: Any) -> Any:
        known = [value for value in values if value is not None]
        return choose(known) if known else None

    return chosen


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise UnreadableError(f"a {type(value).__name__} as text")


_HELPERS: dict[str, Any] = {
    "divide": _divide, "both": _both, "either": _either, "log": _log, "text": _text,
    "smallest": _some(min), "largest": _some(max), "total": lambda *values: sum(v for v in values if v is not None),
}  # fmt: skip
