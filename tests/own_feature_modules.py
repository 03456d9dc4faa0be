"""Modules of own features for tests, from their texts."""

from __future__ import annotations

from forestall.own_features import OwnFeatures, OwnModule
from forestall.own_features.module_source import ModuleSource
from forestall.own_features.run_module import read_module

IMPORT = "from forestall.feature_terms import *\n"


def module_of(text: str, name: str = "own") -> OwnModule:
    """Return a module of a text, in which all terms are known."""
    return read_module(ModuleSource(name, IMPORT + text))


def feature_of(value: str, options: str = "reason='it is {value}'", name: str = "x") -> OwnModule:
    """Return a module with one feature, `own_x`, of this value."""
    return module_of(f"F = Family('own', 'Own.', [Feature({name!r}, {value}, 'A number.', {options})])\n")


def features_of(value: str, options: str = "reason='it is {value}'") -> OwnFeatures:
    """Return the own features of one value."""
    return OwnFeatures((feature_of(value, options),))
