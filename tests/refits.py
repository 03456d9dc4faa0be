"""How many refits a training in a test makes for the interval of the risk. They take half of a training's time."""

from collections.abc import Iterator
from contextlib import contextmanager

from forestall.model.chosen_classifier import ChosenClassifier
from forestall.model.estimator import RiskClassifier

_DEFAULTS = [kind.__init__.__kwdefaults__ for kind in (RiskClassifier, ChosenClassifier)]
SHIPPED = _DEFAULTS[0]["n_refits"]
FEW = 3
"""Enough for an interval; where a test asserts how wide it is, or its exact ends, it takes those of `SHIPPED`."""


@contextmanager
def refits(n: int) -> Iterator[None]:
    """Make `n` refits in each training that does not say how many."""
    before = [defaults["n_refits"] for defaults in _DEFAULTS]
    for defaults in _DEFAULTS:
        defaults["n_refits"] = n
    try:
        yield
    finally:
        for defaults, shipped in zip(_DEFAULTS, before, strict=True):
            defaults["n_refits"] = shipped
