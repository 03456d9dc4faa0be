"""A second reading of modules in another process, which has another time and another seed of hashes.

The rules on a module's text leave it no clock and no random numbers. This finds what rules on a text cannot: the
order of a set of texts, which changes from process to process, and whatever else is not the same twice.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from forestall.errors import FeatureError
from forestall.own_features.module_source import ModuleSource
from forestall.own_features.own_features import OwnModule
from forestall.own_features.run_module import read_module

_YEAR_S = 365 * 86_400
_TIMEOUT_S = 120
_PROGRAM = "from forestall.own_features.second_reading import read_again; read_again()"


def check_same_in_a_second_process(modules: Sequence[OwnModule]) -> None:
    """Check that modules declare the same in another process.

    Raises
    ------
    FeatureError
        A feature differs, the message names it; or the other process fails or takes too long.
    """
    sources = json.dumps([[module.name, module.text] for module in modules])
    seed = "0" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    path = os.pathsep.join(one or os.curdir for one in sys.path)
    names = ", ".join(module.name for module in modules)
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            input=sources,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FeatureError(
            f"{names}: must be read in a second process within {_TIMEOUT_S} s, takes longer; declare fewer terms"
        ) from None
    if done.returncode:
        reason = done.stderr.strip().rpartition("\n")[2]
        raise FeatureError(f"{names}: must be read in a second process too; it failed: {reason}")
    for module, again in zip(modules, json.loads(done.stdout), strict=True):
        _check_same(module, again)


def _check_same(module: OwnModule, again: dict[str, str]) -> None:
    first = declarations(module)
    if list(first.items()) == list(again.items()):
        return
    differs = [name for name in first if again.get(name) != first[name]] or list(again.keys() - first.keys())
    which = f"the feature {differs[0]}" if differs else "the order of the features"
    raise FeatureError(
        f"{module.name}: {which} is not declared the same in a second process with another clock and another seed of "
        "hashes; a declaration must not depend on the time, on chance or on the order of a set (use sorted)"
    )


def declarations(module: OwnModule) -> dict[str, str]:
    """Return the declaration of each feature as a text, by the name of its column, in their order."""
    found = {}
    for family in module.families:
        for feature in family.features:
            alone = OwnModule(module.name, "", (replace(family, features=(feature,)),)).as_dict()
            found[family.column(feature)] = json.dumps([alone["families"], alone["terms"]])
    return found


def read_again() -> None:
    """Read the modules whose texts stand in stdin, a year later, and print their declarations."""
    now, now_ns = time.time, time.time_ns
    time.time = lambda: now() + _YEAR_S
    time.time_ns = lambda: now_ns() + int(_YEAR_S * 1e9)
    read = [read_module(ModuleSource(*one)) for one in json.load(sys.stdin)]
    print(json.dumps([declarations(module) for module in read]))
