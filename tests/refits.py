"""How many refits a training in a test makes for the interval of the risk. They take half of a training's time."""

from collections.abc import Iterator
from contextlib import contextmanager

from forestall.model.estimator import RiskClassifier

_DEFAULTS = RiskClassifier.__init__.__kwdefaults__
SHIPPED = _DEFAULTS["n_refits"]
FEW = 3
"""Enough for an interval; where a test asserts how wide it is, or its exact ends, it takes those of `SHIPPED`."""


@contextmanager
def refits(n: int) -> Iterator[None]:
    """Make `n` refits in each training that does not say how many."""
    before = _DEFAULTS["n_refits"]
    _DEFAULTS["n_refits"] = n
    try:
        yield
    finally:
        _DEFAULTS["n_refits"] = before
