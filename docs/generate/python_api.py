"""The page of the Python API: every public name, described by its docstring."""

from __future__ import annotations

import forestall

INTRODUCTION = """# Python

This page is generated from the docstrings of the public names of `forestall`.

`data` is a data folder or a `Tables` object. Every name here can be imported as `from forestall import NAME`.
"""


def page() -> str:
    """Return the page in Markdown."""
    names = sorted(name for name in forestall.__all__ if name != "__version__")
    errors = [
        name for name in names if isinstance(vars_of(name), type) and issubclass(vars_of(name), Exception)
    ]
    classes = [name for name in names if isinstance(vars_of(name), type) and name not in errors]
    functions = [name for name in names if name not in errors and name not in classes]
    parts = [INTRODUCTION]
    for title, group in (("Functions", functions), ("Classes", classes), ("Errors", errors)):
        parts += [f"## {title}", *(f"::: forestall.{name}" for name in group)]
    return "\n\n".join(parts) + "\n"


def vars_of(name: str) -> object:
    """Return the public object of that name."""
    return getattr(forestall, name)
