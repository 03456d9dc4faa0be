"""Forestall anticipates when a customer will be unhappy, from a company's own records, in time to act.

Each command of the command line is a function of the same name (`import` is `import_records`, `import --suggest` is
`suggest`, `log` is `log_training`, `contacts` is `keep_ledger`, `new` is `new_project`). Required values are given by
position, options by keyword with the same names.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forestall.data import Tables, read_tables
    from forestall.errors import FeatureError, ForestallError, GateError, InputError, UsageError
    from forestall.jobs.check import check
    from forestall.jobs.check_features import check_features
    from forestall.jobs.doctor import doctor
    from forestall.jobs.effect import effect
    from forestall.jobs.evaluate import evaluate
    from forestall.jobs.explain import explain
    from forestall.jobs.features import features
    from forestall.jobs.forget import forget
    from forestall.jobs.import_records import import_records
    from forestall.jobs.ledger import keep_ledger
    from forestall.jobs.log_training import log_training
    from forestall.jobs.monitor import monitor
    from forestall.jobs.new_feature import new_feature
    from forestall.jobs.new_project import new_project
    from forestall.jobs.promote import promote, rollback
    from forestall.jobs.score import score
    from forestall.jobs.serve import serve
    from forestall.jobs.sign import sign
    from forestall.jobs.simulate import simulate
    from forestall.jobs.suggest import suggest
    from forestall.jobs.train import train
    from forestall.model import RiskClassifier, RiskModel, records
    from forestall.model.spec import Spec, read_spec
    from forestall.moment_features import dictionary, feature_table
    from forestall.moments import default_moments, moments_at
    from forestall.own_features import read_own_features
    from forestall.registry import load
    from forestall.scikit_learn import FeatureTable, TimeSplit, labelled_moments
    from forestall.training.learn import learn

# The public names of each module. A module is imported when one of its names is first used, so that
# `forestall --help` answers at once.
_NAMES_OF_MODULES = {
    # the commands
    "forestall.jobs.check": ("check",),
    "forestall.jobs.check_features": ("check_features",),
    "forestall.jobs.doctor": ("doctor",),
    "forestall.jobs.effect": ("effect",),
    "forestall.jobs.evaluate": ("evaluate",),
    "forestall.jobs.explain": ("explain",),
    "forestall.jobs.features": ("features",),
    "forestall.jobs.forget": ("forget",),
    "forestall.jobs.import_records": ("import_records",),
    "forestall.jobs.ledger": ("keep_ledger",),
    "forestall.jobs.log_training": ("log_training",),
    "forestall.jobs.monitor": ("monitor",),
    "forestall.jobs.new_feature": ("new_feature",),
    "forestall.jobs.new_project": ("new_project",),
    "forestall.jobs.promote": ("promote", "rollback"),
    "forestall.jobs.score": ("score",),
    "forestall.jobs.serve": ("serve",),
    "forestall.jobs.sign": ("sign",),
    "forestall.jobs.simulate": ("simulate",),
    "forestall.jobs.suggest": ("suggest",),
    "forestall.jobs.train": ("train",),
    # data, features and models in Python
    "forestall.data": ("Tables", "read_tables"),
    "forestall.moment_features": ("dictionary", "feature_table"),
    "forestall.model": ("RiskClassifier", "RiskModel", "records"),
    "forestall.model.spec": ("Spec", "read_spec"),
    "forestall.moments": ("default_moments", "moments_at"),
    "forestall.own_features": ("read_own_features",),
    "forestall.registry": ("load",),
    "forestall.scikit_learn": ("FeatureTable", "TimeSplit", "labelled_moments"),
    "forestall.training.learn": ("learn",),
    "forestall.errors": ("FeatureError", "ForestallError", "GateError", "InputError", "UsageError"),
}

__all__ = [
    "FeatureError",
    "FeatureTable",
    "ForestallError",
    "GateError",
    "InputError",
    "RiskClassifier",
    "RiskModel",
    "Spec",
    "Tables",
    "TimeSplit",
    "UsageError",
    "check",
    "check_features",
    "default_moments",
    "dictionary",
    "doctor",
    "effect",
    "evaluate",
    "explain",
    "feature_table",
    "features",
    "forget",
    "import_records",
    "keep_ledger",
    "labelled_moments",
    "learn",
    "load",
    "log_training",
    "moments_at",
    "monitor",
    "new_feature",
    "new_project",
    "promote",
    "read_own_features",
    "read_spec",
    "read_tables",
    "records",
    "rollback",
    "score",
    "serve",
    "sign",
    "simulate",
    "suggest",
    "train",
]
_MODULES = ("feature_terms", "plots")
_MODULE_OF = {name: module for module, names in _NAMES_OF_MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("forestall")
    if name in _MODULES:
        return import_module(f"forestall.{name}")
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'forestall' has no attribute '{name}'")
    return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return [*__all__, *_MODULES, "__version__"]
