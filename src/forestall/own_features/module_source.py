"""The source text of a module: where it is found, without running it or the package that it is in."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from forestall.errors import UsageError, must_be
from forestall.own_features.declarations import is_module_name

_LONGEST = 200_000


@dataclass(frozen=True)
class ModuleSource:
    """The source of a module.

    Attributes
    ----------
    name
        The module's name, such as `my_company.features`.
    text
        Its text.
    """

    name: str
    text: str


def find_source(name: str, folders: Sequence[Path] = ()) -> ModuleSource:
    """Return the source of a module. Neither it nor the packages around it are run.

    Parameters
    ----------
    name
        The module's name.
    folders
        Where it is looked for first; then in the working folder, and where Python finds modules.

    Raises
    ------
    UsageError
        There is no such module, or it is no file of Python text.
    """
    if not is_module_name(name):
        raise UsageError(must_be("a module under 'features'", "a name such as my_company.features", name))
    here = [str(folder) for folder in (*folders, Path.cwd())]
    spec = _find(name, here)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        beside = "beside model.yaml, " if folders else ""
        raise UsageError(
            f"features: there is no module {name} {beside}in the working folder or among Python's modules; make one "
            "with `forestall new-feature`"
        )
    content = Path(spec.origin).read_bytes()
    if len(content) > _LONGEST:
        raise UsageError(must_be(f"the module {name}", f"at most {_LONGEST:,} bytes", len(content)))
    try:
        return ModuleSource(name, content.decode("utf-8"))
    except UnicodeDecodeError:
        raise UsageError(must_be(f"the module {name}", "a file of Python in UTF-8")) from None


def _find(name: str, here: list[str]) -> ModuleSpec | None:
    """Return where a module is; each package on the way is found in the one around it, and not run."""
    first, *others = name.split(".")
    spec = PathFinder.find_spec(first, here)
    if spec is None or (others and not spec.submodule_search_locations):
        loaded = first in sys.modules and sys.modules[first].__spec__ is None
        spec = None if loaded else importlib.util.find_spec(first)  # a first name runs nothing
    full = first
    for other in others:
        if spec is None or not spec.submodule_search_locations:
            return None
        full = f"{full}.{other}"
        spec = PathFinder.find_spec(full, list(spec.submodule_search_locations))
    return spec
