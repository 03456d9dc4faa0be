"""The page of the Python API: every public name and what it returns, described by docstrings."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterable
from types import FunctionType

import forestall
import forestall.plots as forestall_plots

INTRODUCTION = """# Python

This page is generated from the docstrings of the public names of `forestall`.

`data` is a data folder or a `Tables` object. Every name here can be imported as `from forestall import NAME`.
"""


def page() -> str:
    """Return the page in Markdown."""
    public = {name: getattr(forestall, name) for name in sorted(forestall.__all__) if name != "__version__"}
    functions = [name for name, one in public.items() if inspect.isfunction(one)]
    classes = [
        name for name, one in public.items() if inspect.isclass(one) and not issubclass(one, Exception)
    ]
    errors = [name for name in public if name not in functions and name not in classes]
    parts = [INTRODUCTION, "## Functions", *_described(f"forestall.{name}" for name in functions)]
    parts += ["## Classes", *_described(f"forestall.{name}" for name in classes)]
    plots = sorted(forestall_plots.__all__)
    parts += [
        "## Plots",
        inspect.getdoc(forestall_plots) or "",
        *_described(f"forestall.plots.{name}" for name in plots),
    ]
    parts += ["## What functions return", *_described(_returned(public[name] for name in functions))]
    parts += ["## Errors", *_described(f"forestall.{name}" for name in errors)]
    return "\n\n".join(parts) + "\n"


def _described(paths: Iterable[str]) -> list[str]:
    return [f"::: {path}" for path in paths]


def _returned(functions: Iterable[FunctionType]) -> list[str]:
    """Return the paths of Forestall's own classes that functions return and that are no public names."""
    returned = [_return_type(function) for function in functions]
    return sorted(
        {
            f"{one.__module__}.{one.__qualname__}"
            for one in returned
            if inspect.isclass(one)
            and one.__module__.startswith("forestall.")
            and one.__name__ not in forestall.__all__
        }
    )


def _return_type(function: FunctionType) -> object:
    """Return the type that a function returns. Other annotations may name types that only type checkers see."""
    annotated = type("Annotated", (), {"__annotations__": {"return": function.__annotations__["return"]}})
    return typing.get_type_hints(annotated, globalns=function.__globals__)["return"]
