"""The moments at which a model scores the interactions of tables."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from forestall.data import Tables
from forestall.model.spec import Spec
from forestall.moments import default_moments, moments_at


def scored_moments(
    spec: Spec, tables: Tables, as_of: datetime | str | None = None, *, closed: bool = False
) -> pl.DataFrame:
    """Return the moments at which a model scores the interactions of tables: `interaction_id`, `as_of`.

    Parameters
    ----------
    spec
        The model's specification: its label and its `moments.open_days`.
    tables
        The company's records.
    as_of, closed
        See `moments.moments_at`. Without `as_of`, the moment of an interaction is its end.
    """
    event = spec.label.event
    if as_of is None:
        return default_moments(tables, event)
    return moments_at(tables, as_of, closed=closed, open_days=spec.moments.open_days, label_event=event)
