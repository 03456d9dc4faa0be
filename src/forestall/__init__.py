"""Forestall anticipates when a customer will be unhappy, from a company's own records, in time to act."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forestall.data import Tables, check_tables, read_tables
    from forestall.errors import ForestallError, GateError, InputError, UsageError
    from forestall.evaluation import evaluate
    from forestall.features import dictionary, feature_table
    from forestall.importing import import_tables
    from forestall.jobs.train import train
    from forestall.model import RiskModel, records
    from forestall.model.spec import Spec, read_spec
    from forestall.moments import default_moments, moments_at
    from forestall.registry import load
    from forestall.simulation import simulate
    from forestall.training.learn import learn

__all__ = [
    "ForestallError",
    "GateError",
    "InputError",
    "RiskModel",
    "Spec",
    "Tables",
    "UsageError",
    "check_tables",
    "default_moments",
    "dictionary",
    "evaluate",
    "feature_table",
    "import_tables",
    "learn",
    "load",
    "moments_at",
    "read_spec",
    "read_tables",
    "records",
    "simulate",
    "train",
]

# Where the public names live. Each is loaded when first asked for, so that the command answers at once.
_HOMES = {
    "forestall.data": ("Tables", "check_tables", "read_tables"),
    "forestall.simulation": ("simulate",),
    "forestall.errors": ("ForestallError", "GateError", "InputError", "UsageError"),
    "forestall.evaluation": ("evaluate",),
    "forestall.features": ("dictionary", "feature_table"),
    "forestall.training.learn": ("learn",),
    "forestall.importing": ("import_tables",),
    "forestall.jobs.train": ("train",),
    "forestall.model": ("RiskModel", "records"),
    "forestall.model.spec": ("Spec", "read_spec"),
    "forestall.moments": ("default_moments", "moments_at"),
    "forestall.registry": ("load",),
}


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
