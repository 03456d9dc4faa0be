"""What the source of a module of own features may hold: declarations, and nothing that could differ tomorrow.

The rules are read from the text before it is run. They are for honest authors: a clock, a random number or a file that
got into a feature is found and named. They do not make foreign code safe to run; a package is never run either.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from forestall import feature_terms
from forestall.errors import FeatureError
from forestall.own_features.module_source import ModuleSource

TERMS = "forestall.feature_terms"
_NAMES = frozenset(feature_terms.__all__)
# a family's file of Forestall's own can be copied: the same names may come from where it has them
_ROOM = "forestall.moment_features"
_FILES = ("family", "terms", "shared_terms", "state_columns", "event_columns", "earlier_columns", "event_attributes",
          "last_kind", "operations")  # fmt: skip
ALLOWED: dict[str, frozenset[str] | None] = {
    TERMS: _NAMES,
    _ROOM: _NAMES,
    **{f"{_ROOM}.{file}": _NAMES for file in _FILES},
    "__future__": frozenset({"annotations"}),
    "math": None,
    "itertools": None,
    "functools": frozenset({"reduce"}),
    "operator": frozenset({"add", "and_", "mul", "or_", "sub"}),
    "datetime": frozenset({"timedelta"}),
    "collections.abc": None,
}
"""The modules that may be imported, and the names; None: all."""
_CALLS = (
    "abs all any bool dict enumerate filter float frozenset int isinstance len list map max min pow range reversed "
    "round set sorted str sum tuple zip ArithmeticError AssertionError Exception KeyError TypeError ValueError"
)
CALLS = frozenset(_CALLS.split())
"""The built-in names that may be used."""
_CLOCK = "reads the wall clock"
_CHANCE = "draws random numbers"
_MACHINE = "reads this machine or another"
_WHY = {
    **dict.fromkeys(("time", "datetime", "calendar", "zoneinfo", "sched"), _CLOCK),
    **dict.fromkeys(("random", "secrets", "uuid", "numpy"), _CHANCE),
    **dict.fromkeys(("os", "sys", "io", "pathlib", "socket", "urllib", "requests", "subprocess", "polars", "pandas",
                     "open", "input"), _MACHINE),
}  # fmt: skip
_OF_MODULES = {"__name__", "__doc__"}
_STATEMENTS = (ast.ClassDef, ast.AsyncFunctionDef, ast.Await, ast.Global, ast.Nonlocal, ast.While)
_REMEDY = {
    _CLOCK: "the time of a moment is AS_OF, and a moment must have the same features tomorrow",
    _CHANCE: "a moment must have the same features each time",
    _MACHINE: "a feature is computed from the records alone, wherever the model runs",
}


class SourceFault(NamedTuple):
    """What is wrong with a part of a text: what it does, the name that it brings in, and what to do."""

    what: str
    name: str
    do: str


def check_source(source: ModuleSource) -> None:
    """Check the text of a module, which is not run.

    Raises
    ------
    FeatureError
        It is no Python, or holds what a module of features must not; the message names the line, the features that use
        it, and what to do.
    """
    try:
        tree = ast.parse(source.text, source.name)
    except (SyntaxError, ValueError, RecursionError) as error:
        where = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        raise FeatureError(f"{source.name}{where}: must be Python; it cannot be read") from None
    own = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    own |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    own |= {alias.asname or alias.name for alias in _imported(tree)}
    own |= set(feature_terms.__all__) if "*" in own else set()  # an import of all from elsewhere is refused
    for node in sorted(ast.walk(tree), key=lambda one: getattr(one, "lineno", 0)):
        found = _fault(node, own)
        if found is not None:
            users = _features_using(tree, node, found.name)
            whose = f"the feature{'s' if len(users) > 1 else ''} {', '.join(users)}: " if users else ""
            line = getattr(node, "lineno", 0)
            raise FeatureError(f"{source.name}, line {line}: {whose}{found.what}; {found.do}")


def _imported(tree: ast.AST) -> Iterator[ast.alias]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from node.names


def _fault(node: ast.AST, own: set[str]) -> SourceFault | None:
    """Return what is wrong with a node; None if it may stand."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return next((fault for alias in node.names if (fault := _of_import(node, alias))), None)
    if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
        return SourceFault(
            f"reads {node.attr}", "", "a feature is made of terms; names that begin with _ are not for it"
        )
    if (
        isinstance(node, ast.Name)
        and isinstance(node.ctx, ast.Load)
        and node.id not in own | CALLS | _OF_MODULES
    ):
        why = _WHY.get(node.id, "")
        do = _REMEDY.get(
            why, f"import it from {TERMS} if it is a term; of Python's own names only some may be used"
        )
        return SourceFault(f"uses {node.id}, which {why or 'is not known'}", node.id, do)
    if isinstance(node, _STATEMENTS):
        return SourceFault(
            "holds a class, a loop or another statement that declares no feature", "", "leave it out"
        )
    return None


def _of_import(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> SourceFault | None:
    if isinstance(node, ast.Import):
        is_allowed = ALLOWED.get(alias.name, frozenset()) is None
        return None if is_allowed else _import_fault(alias.name, alias.asname or alias.name.partition(".")[0])
    module = "." * node.level + (node.module or "")
    names = ALLOWED.get(module, frozenset())
    if names is None or alias.name in names or (alias.name == "*" and module == TERMS):
        return None
    return _import_fault(module, alias.asname or alias.name, alias.name)


def _import_fault(module: str, name: str, what: str = "") -> SourceFault:
    top = module.partition(".")[0]
    why = _WHY.get(top, "")
    said = f"imports {what} from {module}" if what else f"imports {module}"
    may = f"a module of features may import {TERMS}, math, itertools, and timedelta of datetime"
    if ALLOWED.get(module) is _NAMES:
        return SourceFault(said, name, "there is no such term; `forestall.feature_terms.__all__` lists them")
    if not why and top != "forestall":
        may += "; put what it needs into its own file, which travels with the model as one text"
    return SourceFault(
        said + (f", which {why}" if why else ""), name, f"{_REMEDY[why]}; {may}" if why else may
    )


def _features_using(tree: ast.Module, node: ast.AST, name: str) -> list[str]:
    """Return the names of features whose declarations use a name, by themselves or by what is assigned from it."""
    tainted = {name} if name else set()
    statements = [
        one for one in ast.walk(tree) if isinstance(one, ast.Assign | ast.AnnAssign | ast.FunctionDef)
    ]
    size = -1
    while tainted and size < len(tainted):
        size = len(tainted)
        for one in statements:
            if _names(one) & tainted:
                targets = [one] if isinstance(one, ast.FunctionDef) else list(ast.walk(one))
                tainted |= {
                    part.name if isinstance(part, ast.FunctionDef) else part.id
                    for part in targets
                    if isinstance(part, ast.FunctionDef)
                    or (isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))
                }
    found = []
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Feature":
            inside = any(part is node for part in ast.walk(call))
            if inside or _names(call) & tainted:
                first = call.args[0] if call.args else None
                found.append(
                    str(first.value) if isinstance(first, ast.Constant) else f"of line {call.lineno}"
                )
    return found


def _names(tree: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}
