"""The true risk at any moment of simulated data, for which the data is simulated again."""

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
    """Return the true risk at each moment, given all that had happened by then.

    Parameters
    ----------
    about
        The data's `about.json`. Its key `simulated` has the numbers with which the data was drawn.
    moments
        Frame with `interaction_id`, `started_at` and `as_of`.
    seed, n_copies
        As in `true_risk_during_visit.risk_during_visit`.

    Returns
    -------
    polars.Series or None
        The risk, shape (n_moments,). None if the data was not simulated, or by another version of the simulator.
    """
    drawn_with = about.get("simulated")
    if not isinstance(drawn_with, Mapping) or not {"seed", "response_rate", "interactions"} <= set(
        drawn_with
    ):
        return None
    number = moments["interaction_id"].str.slice(1).cast(pl.Int64, strict=False).fill_null(-1).to_numpy()
    risk = np.full(moments.height, np.nan)
    first = 0
    sizes = part_sizes(int(drawn_with["interactions"]))
    started, as_of = (moments[name].dt.timestamp("us").to_numpy() for name in ("started_at", "as_of"))
    for part, size in enumerate(sizes):
        chosen = np.flatnonzero((number >= first) & (number < first + size))
        if len(chosen):
            rate = float(drawn_with["response_rate"])
            visits = draw_visits(size, int(drawn_with["seed"]), rate, part=part, n_parts=len(sizes))
            rows = number[chosen] - first
            if not np.array_equal(start_times(visits)[rows], started[chosen]):
                log.info("no true risk: the data was simulated by another version of the simulator")
                return None
            elapsed = (as_of[chosen] - started[chosen]) / 1e6
            risk[chosen] = risk_during_visit(visits, rows, elapsed, rate, seed=seed, n_copies=n_copies)
        first += size
    return None if np.isnan(risk).any() else pl.Series("true_now", risk)
