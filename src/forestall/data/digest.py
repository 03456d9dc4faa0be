"""A digest of frames that does not depend on the machine or on versions of libraries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

_SLICE = 1_000_000
"""Rows that are hashed at once, which bounds the memory."""


def digest_of(frames: Mapping[str, pl.DataFrame], notes: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the values of `frames` in the order of their rows, and of `notes`, as hex.

    Values are hashed as plain bytes, because the hash of a frame library may change with its version.

    Parameters
    ----------
    frames
        Frames of text, Float64, Boolean and time columns, by name.
    notes
        Further content that the digest covers, in types that JSON can hold.
    """
    digest = hashlib.sha256(json.dumps(notes, sort_keys=True).encode())
    for name, frame in frames.items():
        for column in frame.iter_columns():
            head = json.dumps([name, column.name, str(column.dtype), len(column)])
            digest.update(head.encode())
            digest.update(_digest_column(column))
    return digest.hexdigest()


def _digest_column(column: pl.Series) -> bytes:
    """Return the digest of a column: nulls (with lengths of texts) and values are hashed separately."""
    nulls, values = hashlib.sha256(), hashlib.sha256()
    for start in range(0, len(column), _SLICE):
        part = column.slice(start, _SLICE)
        if column.dtype == pl.String:
            nulls.update(part.str.len_bytes().cast(pl.Int64).fill_null(-1).to_numpy().tobytes())
            values.update("".join(part.drop_nulls().to_list()).encode())
        else:
            nulls.update(np.packbits(part.is_null().to_numpy()).tobytes())
            values.update(_numbers(part).tobytes())
    return nulls.digest() + values.digest()


def _numbers(part: pl.Series) -> np.ndarray[Any, Any]:
    """Return numbers, Booleans or times as an array with 0 for null; -0.0 becomes 0.0."""
    if part.dtype == pl.Float64:
        # added by numpy: Polars leaves out an addition of 0
        return part.fill_null(0.0).to_numpy() + 0.0
    return part.to_physical().cast(pl.Int64).fill_null(0).to_numpy()
