"""The learnt score of a text: hashed n-grams and, if given, an embedding, with weights that add up to log-odds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.moment_features.text_buckets import BITS, Buckets
from forestall.moment_features.text_embedding import TextEmbedding
from forestall.moments.timeline import Ints

FILE = "text_weights.npy"
ROLES = ("customer, last", "customer, earlier", "staff, last", "staff, earlier")
"""What a text may be at a moment: the last of its author or an earlier one; each has weights of its own."""
UNIT = 1_000_000
"""Scores are whole numbers of millionths, so that the order of rows and the engine cannot change a sum."""
DECAY, EARLIER = 0.6, 0.3
"""By how much a turn weighs less than the next one of its author, and what the turn before the last one weighs."""

Singles = npt.NDArray[np.float32]
# the first row of the file holds the intercept
_TABLE = np.dtype([("bucket", "<u4"), ("weights", "<f4", (len(ROLES),))])


@dataclass(frozen=True, eq=False)
class TextWeights:
    """The weights of hashed n-grams, and of the embedding if texts have one.

    Parameters
    ----------
    buckets
        Buckets that have a weight, ascending, shape (n_buckets,).
    weights
        The weight of each of them in each role, shape (n_buckets, 4).
    intercept
        The log-odds without any text.
    embedding
        The columns of events that are a vector of their text; None without them.
    """

    buckets: Ints
    weights: Singles
    intercept: float
    embedding: TextEmbedding | None = None

    @cached_property
    def digest(self) -> str:
        """What tells these weights from others."""
        parts = (self.buckets, self.weights, np.float32(self.intercept))
        content = [np.ascontiguousarray(one).tobytes() for one in parts]
        content += [self.embedding.digest.encode()] if self.embedding else []
        return hashlib.sha256(b"".join(content)).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TextWeights) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def scores(self, some: Buckets) -> Ints:
        """Return the score of the n-grams of each text in each role, in millionths, shape (n_texts, 4).

        It is the sum of the weights of the text's buckets, divided by the root of their number: only those count that
        have weights.
        """
        n, place = len(some.offsets) - 1, self._places[some.buckets]
        is_there = place >= 0
        place, row = place[is_there], some.rows()[is_there]
        share = 1 / np.sqrt(np.maximum(np.bincount(row, minlength=n), 1))[row]
        sums = [np.bincount(row, share * self.weights[place, role], n) for role in range(len(ROLES))]
        return np.rint(np.column_stack(sums) * UNIT).astype(np.int64)

    @cached_property
    def _places(self) -> npt.NDArray[np.int32]:
        places = np.full(1 << BITS, -1, dtype=np.int32)
        places[self.buckets] = np.arange(len(self.buckets))
        return places

    def save(self, folder: str | Path) -> None:
        """Write the arrays into a folder; reading them runs no code."""
        table = np.zeros(len(self.buckets) + 1, dtype=_TABLE)
        table["bucket"][1:], table["weights"][1:] = self.buckets, self.weights
        table["weights"][0, 0] = self.intercept
        np.save(Path(folder) / FILE, table, allow_pickle=False)
        if self.embedding is not None:
            self.embedding.save(folder)

    @classmethod
    def load(cls, folder: str | Path) -> TextWeights | None:
        """Return what `save` wrote; None if the folder holds none."""
        file = Path(folder) / FILE
        if not file.is_file():
            return None
        table = np.load(file, allow_pickle=False)
        rest = table[1:]
        return cls(
            rest["bucket"].astype(np.int64),
            np.ascontiguousarray(rest["weights"]),
            float(table["weights"][0, 0]),
            TextEmbedding.load(folder),
        )


NO_WEIGHTS = TextWeights(
    np.zeros(0, dtype=np.int64),
    np.zeros((0, len(ROLES)), dtype=np.float32),
    0.0,
)


def vector_columns(weights: TextWeights | None) -> tuple[str, ...]:
    """Return the columns of events that are the vector of a text; none without an embedding."""
    return weights.embedding.columns if weights is not None and weights.embedding is not None else ()


def vector_types(weights: TextWeights | None) -> dict[str, Any]:
    """Return the types of these columns."""
    return dict.fromkeys(vector_columns(weights), pl.Float64)
