"""Labelled moments as scikit-learn wants them: X, y, groups, times and weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.data import Tables
from forestall.data.frames import in_library
from forestall.model import Spec, read_spec
from forestall.moments.row_order import without_row_order
from forestall.training import labelled_moments as training_labels


class LabelledMoments(NamedTuple):
    """Moments with a known label.

    Attributes
    ----------
    X
        A frame of `interaction_id` and `as_of`, in the library of the tables, ordered by time.
    y
        1 dissatisfied, 0 not, shape (n,).
    groups
        The customer of each moment; an interaction without a customer is a group of its own, shape (n,).
    times
        The moments, UTC, shape (n,). Not a time (NaT) without a clock.
    sample_weight
        The moments of an interaction share a weight of 1 (as training weighs them), shape (n,).
    """

    X: Any
    y: npt.NDArray[np.int64]
    groups: npt.NDArray[np.object_]
    times: npt.NDArray[np.datetime64]
    sample_weight: npt.NDArray[np.float64]


def labelled_moments(tables: Tables, model: Spec | str | Path) -> LabelledMoments:
    """Return the moments that a training learns from, with their labels.

    Parameters
    ----------
    tables
        The company's records.
    model
        A model's folder or `model.yaml`, or what `read_spec` returns: its `label`, `moments` and `seed` count.

    Returns
    -------
    LabelledMoments
        `X, y, groups, times, sample_weight`. Moments whose label is censored or not yet known are left out.

    Raises
    ------
    UsageError
        There is no such model.yaml, or it is not valid.
    """
    spec = model if isinstance(model, Spec) else read_spec(model)
    ordered = without_row_order(tables)
    if spec.label.scale is not None:
        ordered = ordered.reject_off_scale(*spec.label.scale)
    moments, _ = training_labels.labelled_moments(ordered, spec)
    has_clock = tables.about.get("clock") != "none"
    moments = moments.sort("as_of", "interaction_id") if has_clock else moments.sort("interaction_id")
    own = pl.concat_str(pl.lit("interaction "), "interaction_id")
    groups = moments.select(pl.coalesce(pl.concat_str(pl.lit("customer "), "customer_id"), own)).to_series()
    # NumPy's times have no zone
    times = moments["as_of"].dt.replace_time_zone(None).to_numpy().astype("datetime64[us]")
    if not has_clock:
        times = np.full(len(times), np.datetime64("NaT"), dtype="datetime64[us]")
    return LabelledMoments(
        in_library(moments.select("interaction_id", "as_of"), tables.frames),
        moments["label"].to_numpy().astype(np.int64),
        np.array(groups.to_list(), dtype=object),
        times,
        moments["weight"].to_numpy().astype(np.float64),
    )
