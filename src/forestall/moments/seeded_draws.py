"""Chance that a name and a seed decide: the same on every machine and with every version of the libraries."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import polars as pl

Words = npt.NDArray[np.uint64]
# splitmix64 (Steele, Lea and Flood 2014): turns any sequence of different numbers into a random one
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


class Chance:
    """What chance gives each name.

    Parameters
    ----------
    names
        Strings, (n,). Equal names have equal chance.
    seed
        Of all draws.
    """

    def __init__(self, names: pl.Series, seed: int) -> None:
        digests = b"".join(_digest(name) for name in names.to_list())
        self._names: Words = np.frombuffer(digests, dtype="<u8").astype(np.uint64)
        self._seed = seed

    def uniform(self, purpose: str) -> npt.NDArray[np.float64]:
        """Return a number from 0 up to 1 of each name, (n,); independent of those of another purpose."""
        stream = np.frombuffer(_digest(f"{self._seed}:{purpose}"), dtype="<u8")[0]
        mixed = self._names ^ stream
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
        mixed ^= mixed >> np.uint64(31)
        return np.asarray((mixed >> np.uint64(11)) * 2.0**-53, dtype=np.float64)


def drawn(rows: pl.DataFrame, most: int, seed: int, purpose: str) -> pl.DataFrame:
    """Return at most so many rows, drawn by their `interaction_id`, in the order in which they came."""
    if rows.height <= most:
        return rows
    order = np.argsort(Chance(rows["interaction_id"], seed).uniform(purpose), kind="stable")
    return rows[np.sort(order[:most])]


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()
