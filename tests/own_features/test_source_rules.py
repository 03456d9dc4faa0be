"""The text of a module: what may stand in it, and the sentence for what may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from forestall import moment_features
from forestall.errors import FeatureError
from forestall.own_features.module_source import ModuleSource
from forestall.own_features.run_module import read_module
from forestall.own_features.source_rules import check_source

GOOD = """
from __future__ import annotations
import math
from datetime import timedelta
from forestall.feature_terms import Count, Family, Feature, seconds

DAY = timedelta(days=1).total_seconds()

def count(kind: str) -> Feature:
    return Feature(f"{kind}_n", Count(kind) * math.pi / DAY, "d", reason="{value}")

OWN = Family("own", "d", [count(kind) for kind in sorted({"a", "b"})])
"""


def test_declarations_helpers_and_constants_may_stand() -> None:
    check_source(ModuleSource("own", GOOD))


@pytest.mark.parametrize("name", ["quality", "greeting", "resolution", "expectation", "history"])
def test_a_family_of_forestall_itself_can_be_copied(name: str) -> None:
    """All that its file imports may be imported, and its declarations are as they must be."""
    text = Path(moment_features.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
    module = read_module(ModuleSource("own", text.replace(f'Family(\n    "{name}"', 'Family(\n    "own"')))
    assert len(module.columns) >= 15
    assert module.families[0].group == "context"


CLOCK, CHANCE, MACHINE = (
    ", which reads the wall clock",
    ", which draws random numbers",
    ", which reads this machine",
)
WRONG = [
    (
        "import time\nNOW = time.time()\nF = Feature('age_s', NOW)",
        f"line 2: the feature age_s: imports time{CLOCK}",
    ),
    ("import time\nF = Feature('x', time.time())", "the time of a moment is AS_OF"),
    (
        "from datetime import datetime\nF = Feature('x', datetime.now())",
        f"the feature x: imports datetime from datetime{CLOCK}",
    ),
    (
        "import datetime as d\nA = d.date.today()\nB = A\nF = Feature('x', B)",
        f"the feature x: imports datetime{CLOCK}",
    ),
    (
        "import random\ndef f():\n    return random.random()\nF = Feature('x', f())",
        f"x: imports random{CHANCE}",
    ),
    ("import numpy as np\nF = Feature('x', 1)\n", f"line 2: imports numpy{CHANCE}"),
    ("A = open('feedback.parquet')\nF = Feature('x', A)", f"the feature x: uses open{MACHINE}"),
    ("import os", f"imports os{MACHINE}"),
    ("from my_company.shared import X", "put what it needs into its own file"),
    ("from . import shared", "imports shared from ."),
    ("import forestall.feature_terms", "imports forestall.feature_terms; there is no such term"),
    (
        "from forestall.jobs import score",
        "imports score from forestall.jobs; a module of features may import",
    ),
    ("from forestall.feature_terms import OwnRating", "there is no such term"),
    ("X = __import__('time')", "uses __import__, which is not known"),
    ("X = getattr(1, 'real')", "uses getattr, which is not known"),
    ("X = eval('1')", "uses eval, which is not known"),
    ("X = ().__class__", "reads __class__; a feature is made of terms"),
    ("class A:\n    pass", "holds a class, a loop or another statement"),
    ("while True:\n    pass", "holds a class, a loop or another statement"),
    ("F = Feature('x', Cuont('a'))", "the feature x: uses Cuont, which is not known"),
    ("X = (", "must be Python; it cannot be read"),
    ("X = '\0'", "must be Python; it cannot be read"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_could_differ_tomorrow_is_refused_with_its_line_and_feature(text: str, said: str) -> None:
    source = ModuleSource("own", f"from forestall.feature_terms import Feature\n{text}\n")
    with pytest.raises(FeatureError) as error:
        check_source(source)
    assert str(error.value).startswith("own, line ") or "cannot be read" in said
    assert said in str(error.value)
