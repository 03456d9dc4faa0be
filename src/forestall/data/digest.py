"""A digest of frames that is the same on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

_SLICE = 1_000_000


def digest_of(frames: Mapping[str, pl.DataFrame], notes: Mapping[str, Any]) -> str:
    """Return the SHA-256, as hex, of the values of `frames` in the order of their rows, and of `notes`.

    Parameters
    ----------
    frames
        By name, frames of text, Float64, Boolean and time columns. Text and numbers are hashed as plain
        bytes and not by the frame library's own hash, which may change with its version.
    notes
        What else belongs to the contents; must be writable as JSON.
    """
    whole = hashlib.sha256(json.dumps(notes, sort_keys=True).encode())
    for name, frame in frames.items():
        for column in frame.iter_columns():
            head = json.dumps([name, column.name, str(column.dtype), len(column)])
            whole.update(head.encode())
            whole.update(_digest_column(column))
    return whole.hexdigest()


def _digest_column(column: pl.Series) -> bytes:
    """Return the digest of a column; gaps, lengths and values are hashed side by side, slice by slice."""
    gaps, values = hashlib.sha256(), hashlib.sha256()
    for start in range(0, len(column), _SLICE):
        part = column.slice(start, _SLICE)
        if column.dtype == pl.String:
            gaps.update(part.str.len_bytes().cast(pl.Int64).fill_null(-1).to_numpy().tobytes())
            values.update("".join(part.drop_nulls().to_list()).encode())
        else:
            gaps.update(np.packbits(part.is_null().to_numpy()).tobytes())
            values.update(_numbers(part).tobytes())
    return gaps.digest() + values.digest()


def _numbers(part: pl.Series) -> np.ndarray[Any, Any]:
    """Return numbers, truths or times as an array without gaps; 0 and -0 are one value."""
    if part.dtype == pl.Float64:
        return (part.fill_null(0.0) + 0.0).to_numpy()
    return part.to_physical().cast(pl.Int64).fill_null(0).to_numpy()
