"""Forestall anticipates when a customer will be unhappy, from a company's own records, in time to act."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forestall.data import Tables, read_tables
    from forestall.errors import ForestallError, GateError, InputError, UsageError
    from forestall.jobs.check import check
    from forestall.jobs.evaluate import evaluate
    from forestall.jobs.explain import explain
    from forestall.jobs.features import features
    from forestall.jobs.import_records import import_records
    from forestall.jobs.monitor import monitor
    from forestall.jobs.promote import promote, rollback
    from forestall.jobs.score import score
    from forestall.jobs.serve import serve
    from forestall.jobs.simulate import simulate
    from forestall.jobs.train import train
    from forestall.model import RiskModel, records
    from forestall.model.spec import Spec, read_spec
    from forestall.moment_features import dictionary, feature_table
    from forestall.moments import default_moments, moments_at
    from forestall.registry import load
    from forestall.training.learn import learn

# The public names, by where they live. Each is loaded when first asked for, so that the command answers at once.
_HOMES = {
    # what a command does, in Python
    "forestall.jobs.check": ("check",),
    "forestall.jobs.evaluate": ("evaluate",),
    "forestall.jobs.explain": ("explain",),
    "forestall.jobs.features": ("features",),
    "forestall.jobs.import_records": ("import_records",),
    "forestall.jobs.monitor": ("monitor",),
    "forestall.jobs.promote": ("promote", "rollback"),
    "forestall.jobs.score": ("score",),
    "forestall.jobs.serve": ("serve",),
    "forestall.jobs.simulate": ("simulate",),
    "forestall.jobs.train": ("train",),
    # what a data scientist works with
    "forestall.data": ("Tables", "read_tables"),
    "forestall.moment_features": ("dictionary", "feature_table"),
    "forestall.model": ("RiskModel", "records"),
    "forestall.model.spec": ("Spec", "read_spec"),
    "forestall.moments": ("default_moments", "moments_at"),
    "forestall.registry": ("load",),
    "forestall.training.learn": ("learn",),
    "forestall.errors": ("ForestallError", "GateError", "InputError", "UsageError"),
}

__all__ = [
    "ForestallError",
    "GateError",
    "InputError",
    "RiskModel",
    "Spec",
    "Tables",
    "UsageError",
    "check",
    "default_moments",
    "dictionary",
    "evaluate",
    "explain",
    "feature_table",
    "features",
    "import_records",
    "learn",
    "load",
    "moments_at",
    "monitor",
    "promote",
    "read_spec",
    "read_tables",
    "records",
    "rollback",
    "score",
    "serve",
    "simulate",
    "train",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("forestall")
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'forestall' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
