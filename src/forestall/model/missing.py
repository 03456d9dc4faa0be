"""Missing is not good: what is always there in training and is gone at scoring was lost, not absent.

LightGBM reads a gap where training had none as 0, the best wait there is. A moment with a lost fact is therefore
scored twice, as it is and with what is typical of its stage in place of the gap, and the higher risk is answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.features.stage import STAGES

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
ALWAYS = 0.99  # present in at least this share of a stage's training moments
_FEW = 50  # of a stage with fewer training moments, all stages together speak


@dataclass(frozen=True)
class Typical:
    """What is always present at each stage, and what it typically is there.

    Parameters
    ----------
    present
        (n_stages, n_features) whether a feature is always there.
    median
        (n_stages, n_features) its median, encoded; NaN where it never is there.
    """

    present: Bools
    median: Floats

    @classmethod
    def of(cls, frame: pl.DataFrame, matrix: Floats, stage: pl.Series) -> Typical:
        """Return what is typical of training moments.

        Parameters
        ----------
        frame
            (n, p) features.
        matrix
            (n, p) the same, encoded.
        stage
            (n,) their stages.
        """
        gaps = gaps_of(frame)
        everyone = np.ones(len(matrix), dtype=bool)
        rows = [(stage == one).to_numpy() for one in STAGES]
        rows = [some if some.sum() >= _FEW else everyone for some in rows]
        present = np.stack([1 - gaps[some].mean(axis=0) >= ALWAYS for some in rows])
        return cls(present, np.stack([_median(matrix[some]) for some in rows]))

    def lost(self, gaps: Bools, stage: Iterable[str]) -> tuple[Bools, Floats]:
        """Return which facts of moments were lost, (n, p), and what is typical in their place, (n, p)."""
        places = np.array([STAGES.index(one) for one in stage], dtype=np.int64)
        return gaps & self.present[places], self.median[places]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        median = [[None if np.isnan(value) else float(value) for value in row] for row in self.median]
        return {"present": self.present.astype(int).tolist(), "median": median}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Typical:
        """Return what `as_dict` wrote."""
        return cls(np.array(content["present"], dtype=bool), np.array(content["median"], dtype=np.float64))


def gaps_of(frame: pl.DataFrame) -> Bools:
    """Return where features are missing, (n, p)."""
    return frame.select(pl.all().is_null()).to_numpy().reshape(frame.shape)


def _median(matrix: Floats) -> Floats:
    medians = np.full(matrix.shape[1], np.nan)
    some = ~np.isnan(matrix).all(axis=0)
    medians[some] = np.nanmedian(matrix[:, some], axis=0)
    return medians
