"""The examples in docstrings do what they say. Those of the manual and the README are run by tests/docs."""

import doctest
import importlib
import pkgutil

import pytest

import forestall


def modules_with_examples() -> list[str]:
    names = [one.name for one in pkgutil.walk_packages(forestall.__path__, "forestall.")]
    return [name for name in names if any(found.examples for found in examples(name))]


def examples(module: str) -> list[doctest.DocTest]:
    return doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(module))


@pytest.mark.parametrize("module", modules_with_examples())
def test_docstring_examples(module):
    assert doctest.testmod(importlib.import_module(module)).failed == 0
