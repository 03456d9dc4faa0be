"""Random numbers that depend only on a name and a seed, on every machine and with every library version."""

from __future__ import annotations

import hashlib
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

Words = npt.NDArray[np.uint64]
# mixing constants of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


class SeededDraws:
    """Uniform random numbers, one for each name.

    Parameters
    ----------
    names
        Names, shape (n,). Equal names get equal numbers.
    seed
        Seed of all draws.
    """

    def __init__(self, names: pl.Series, seed: int) -> None:
        self._given = names
        self._seed = seed

    @cached_property
    def _names(self) -> Words:
        digests = b"".join(_digest(name) for name in self._given.to_list())
        return np.frombuffer(digests, dtype="<u8").astype(np.uint64)

    def uniform(self, purpose: str) -> npt.NDArray[np.float64]:
        """Return a number in [0, 1) for each name, shape (n,), independent of those for another purpose."""
        stream = np.frombuffer(_digest(f"{self._seed}:{purpose}"), dtype="<u8")[0]
        mixed = self._names ^ stream
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
        mixed ^= mixed >> np.uint64(31)
        return np.asarray((mixed >> np.uint64(11)) * 2.0**-53, dtype=np.float64)


def draw_rows(rows: pl.DataFrame, n_max: int, seed: int, purpose: str) -> pl.DataFrame:
    """Return at most `n_max` rows, drawn by their `interaction_id`, in their original order."""
    if rows.height <= n_max:
        return rows
    order = np.argsort(SeededDraws(rows["interaction_id"], seed).uniform(purpose), kind="stable")
    return rows[np.sort(order[:n_max])]


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()
