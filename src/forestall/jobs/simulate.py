"""A data folder of a simulated company, whose true risks are known."""

from __future__ import annotations

from pathlib import Path

from forestall.job_files import OnStep, no_progress
from forestall.simulation import simulate as write_simulated


def simulate(
    out: str | Path,
    *,
    interactions: int = 50_000,
    seed: int = 0,
    response_rate: float = 0.33,
    progress: OnStep = no_progress,
) -> dict[str, int]:
    """Write a data folder of a simulated company, and return the number of rows of each table.

    Parameters
    ----------
    out
        The folder; one that exists must be empty or hold simulated data, which are replaced.
    interactions
        How many, at least 1.
    seed
        Draws customers and days; the world is the same for every seed.
    response_rate
        The share of customers who rate, 0 to 1.

    Returns
    -------
    dict
        Rows of `interactions`, `events`, `feedback` and `truth` (interaction_id, true_risk).

    Raises
    ------
    UsageError
        A number is out of its range, or `out` holds something else.
    """
    progress(f"simulating {interactions:,} interactions")
    return write_simulated(out, interactions, seed=seed, response_rate=response_rate)
