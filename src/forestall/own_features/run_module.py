"""A module of own features, run once from its text."""

from __future__ import annotations

import builtins
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from forestall.errors import FeatureError
from forestall.moment_features.family import Family
from forestall.own_features.declarations import check_families
from forestall.own_features.module_source import ModuleSource
from forestall.own_features.own_features import OwnModule
from forestall.own_features.source_rules import ALLOWED, CALLS, check_source


def read_module(source: ModuleSource) -> OwnModule:
    """Return what a module declares, after a check of its text, by running that text.

    Raises
    ------
    FeatureError
        The module holds what it must not, fails, or declares a feature that is not as it must be.
    """
    check_source(source)
    families = tuple(_families(_run(source)))
    check_families(source.name, families)
    module = OwnModule(source.name, source.text, families)
    return OwnModule.from_dict(module.as_dict(), source.text)  # what is learnt from is what will be read back


def _run(source: ModuleSource) -> dict[str, Any]:
    """Return the names that a module's text defines. It is no entry of `sys.modules`: each reading is new."""
    allowed = {name: getattr(builtins, name) for name in CALLS}
    space = {"__builtins__": {**allowed, "__import__": _import}, "__name__": source.name}
    file = f"<{source.name}>"
    try:
        exec(
            compile(source.text, file, "exec", dont_inherit=True), space
        )  # checked, and of the author's own machine
    except FeatureError:
        raise
    except Exception as error:
        lines = [one.lineno for one in traceback.extract_tb(error.__traceback__) if one.filename == file]
        where = f", line {lines[-1]}" if lines else ""
        raise FeatureError(f"{source.name}{where}: {type(error).__name__}: {error}") from None
    return space


def _import(
    name: str,
    names: Mapping[str, Any] | None = None,
    local: Mapping[str, Any] | None = None,
    wanted: Sequence[str] = (),
    level: int = 0,
) -> Any:
    if level or name not in ALLOWED:
        raise ImportError(f"{name} may not be imported by a module of features")
    return __import__(name, names, local, wanted, level)


def _families(space: Mapping[str, Any]) -> list[Family]:
    """Return the families at a module's top level, each once, in their order."""
    found: dict[int, Family] = {}
    for value in space.values():
        for one in value if type(value) in (list, tuple) else (value,):
            if type(one) is Family:
                group = one.contributes_to or "context"
                found[id(one)] = Family(one.name, one.description, tuple(one.features), group)
    return list(found.values())
