"""Own features read from the modules that model.yaml names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from forestall.errors import UsageError, must_be
from forestall.own_features.declarations import check_names
from forestall.own_features.module_source import find_source
from forestall.own_features.own_features import NO_FEATURES, OwnFeatures
from forestall.own_features.run_module import read_module
from forestall.own_features.second_reading import check_same_in_a_second_process


def read_own_features(names: Sequence[str], *folders: str | Path) -> OwnFeatures:
    """Return the own features that modules declare.

    A module is run here, and nowhere else: once in this process, and once in another, which must read the same.

    Parameters
    ----------
    names
        The names of the modules.
    folders
        Where they are looked for first, such as the folder of model.yaml.

    Raises
    ------
    UsageError
        A module is not found, or named twice.
    FeatureError
        A module holds what it must not, or a feature is not declared as it must be.
    """
    if not names:
        return NO_FEATURES
    if len(set(names)) < len(names):
        raise UsageError(must_be("'features'", "a list of different modules"))
    sources = [find_source(name, [Path(folder) for folder in folders]) for name in names]
    modules = tuple(read_module(source) for source in sources)
    check_names({module.name: module.families for module in modules})
    check_same_in_a_second_process(modules)
    return OwnFeatures(modules)
