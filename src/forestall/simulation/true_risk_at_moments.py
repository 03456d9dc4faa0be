"""Simulated data once more: the true risk at any moment of a company that was simulated."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from forestall.simulation.data_folder import part_sizes
from forestall.simulation.tables import start_times
from forestall.simulation.true_risk_during_visit import N_COPIES, risk_during_visit
from forestall.simulation.visits import draw_visits

log = logging.getLogger(__name__)


def true_risk_at(
    about: Mapping[str, Any], moments: pl.DataFrame, *, seed: int = 0, n_copies: int = N_COPIES
) -> pl.Series | None:
    """Return the true risk at each moment, given what had happened by then.

    Parameters
    ----------
    about
        The data's `about.json`; `simulated` says how they were drawn, and they are drawn again.
    moments
        `interaction_id`, `started_at` and `as_of`.
    seed, n_copies
        Of the copies whose ends are simulated: see `remainder.risk_during_visit`.

    Returns
    -------
    polars.Series or None
        None where the data were not simulated, or not by this version of the simulator.
    """
    said = about.get("simulated")
    if not isinstance(said, Mapping) or not {"seed", "response_rate", "interactions"} <= set(said):
        return None
    number = moments["interaction_id"].str.slice(1).cast(pl.Int64, strict=False).fill_null(-1).to_numpy()
    risk = np.full(moments.height, np.nan)
    first = 0
    sizes = part_sizes(int(said["interactions"]))
    started, as_of = (moments[name].dt.timestamp("us").to_numpy() for name in ("started_at", "as_of"))
    for part, size in enumerate(sizes):
        chosen = np.flatnonzero((number >= first) & (number < first + size))
        if len(chosen):
            rate = float(said["response_rate"])
            visits = draw_visits(size, int(said["seed"]), rate, part=part, n_parts=len(sizes))
            rows = number[chosen] - first
            if not np.array_equal(start_times(visits)[rows], started[chosen]):
                log.info("the true risk is not told: the data were simulated in another way")
                return None
            elapsed = (as_of[chosen] - started[chosen]) / 1e6
            risk[chosen] = risk_during_visit(visits, rows, elapsed, rate, seed=seed, n_copies=n_copies)
        first += size
    return None if np.isnan(risk).any() else pl.Series("true_now", risk)
