"""The exact median of numbers that are on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

_AT_ONCE = 1 << 20
_STEP = 16  # bits that are decided in one pass


@dataclass(frozen=True)
class NumberFile:
    """A temporary file of numbers.

    Parameters
    ----------
    path
        The file; it does not exist before the first numbers.
    """

    path: Path

    def append(self, numbers: npt.NDArray[np.float64]) -> None:
        """Add numbers, none of them NaN."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write((np.asarray(numbers, dtype=np.float64) + 0.0).tobytes())  # -0.0 becomes 0.0

    def median(self) -> float | None:
        """Return the median as Polars computes it, None if there are no numbers.

        The numbers are read a few times and never held at once: their bits are decided from the highest down.
        """
        n = self.path.stat().st_size // 8 if self.path.exists() else 0
        if not n:
            return None
        middle = pl.Series([self._at(place) for place in sorted({(n - 1) // 2, n // 2})])
        return float(middle.median())  # type: ignore[arg-type]

    def _at(self, place: int) -> float:
        """Return the number at a place of the sorted numbers."""
        prefix = 0
        for shift in range(64 - _STEP, -1, -_STEP):
            counts = np.zeros(1 << _STEP, dtype=np.int64)
            for every in self._keys():
                is_first = shift == 64 - _STEP
                keys = every if is_first else every[every >> np.uint64(shift + _STEP) == np.uint64(prefix)]
                digits = (keys >> np.uint64(shift)) & np.uint64((1 << _STEP) - 1)
                counts += np.bincount(digits.astype(np.int64), minlength=1 << _STEP)
            ends = np.cumsum(counts)
            digit = int(np.searchsorted(ends, place, side="right"))
            place -= int(ends[digit - 1]) if digit else 0
            prefix = (prefix << _STEP) | digit
        bits = prefix ^ (1 << 63) if prefix >> 63 else ~prefix & (2**64 - 1)
        return float(np.array([bits], dtype=np.uint64).view(np.float64)[0])

    def _keys(self) -> Iterator[npt.NDArray[np.uint64]]:
        """Yield the numbers as whole numbers of the same order."""
        with self.path.open("rb") as file:
            while content := file.read(8 * _AT_ONCE):
                bits = np.frombuffer(content, dtype=np.uint64)
                sign = np.uint64(1 << 63)
                yield np.where(bits & sign, ~bits, bits | sign)
