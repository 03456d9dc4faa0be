"""The examples in docstrings do what they say. Those of the manual and the README are run by tests/docs."""

import doctest
import importlib
from pathlib import Path

import pytest

import forestall

HOUSE = Path(forestall.__file__).parent


def modules_with_examples() -> list[str]:
    """Return the modules whose text has examples; to import all of them would take every worker a second."""
    files = [file for file in sorted(HOUSE.rglob("*.py")) if ">>> " in file.read_text(encoding="utf-8")]
    parts = [file.relative_to(HOUSE.parent).with_suffix("").parts for file in files]
    return [".".join(one).removesuffix(".__init__") for one in parts]


@pytest.mark.parametrize("module", modules_with_examples())
def test_docstring_examples(module):
    failed, attempted = doctest.testmod(importlib.import_module(module))
    assert attempted
    assert not failed
