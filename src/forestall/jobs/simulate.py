"""`forestall simulate`: a data folder of a simulated company."""

from __future__ import annotations

from pathlib import Path

from forestall.job_files import OnStep, no_progress
from forestall.jobs.simulate_policy import play_policy
from forestall.simulation import simulate as write_simulated


def simulate(
    out: str | Path,
    *,
    interactions: int = 50_000,
    seed: int = 0,
    response_rate: float = 0.33,
    policy: bool = False,
    progress: OnStep = no_progress,
) -> dict[str, int]:
    """Write the data folder of a simulated company, with its true risks, and return the rows of each table.

    Parameters
    ----------
    out
        The data folder. If it exists, it must be empty or hold simulated data, which are replaced.
    interactions
        How many interactions, at least 1.
    seed
        Draws people and days, at least 0. The world is the same for every seed.
    response_rate
        The share of customers who rate, 0 to 1.
    policy
        Whether the company contacts the riskiest quarter of its customers, but for a fifth that is held out: see
        `jobs.simulate_policy`. The table `contacts` is written, and `truth` has `true_risk_contacted` too.
    progress
        Called with a text when a long step begins.

    Returns
    -------
    dict
        Rows of `interactions`, `events`, `feedback` and `truth` (interaction_id, true_risk).

    Raises
    ------
    UsageError
        A number is out of its range, or `out` holds other files.

    Examples
    --------
    >>> import tempfile
    >>> import forestall
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rows = forestall.simulate(f"{folder}/data", interactions=100)
    >>> rows["interactions"], rows["truth"]
    (100, 100)
    """
    progress(f"simulating {interactions:,} interactions")
    play = (lambda frames: play_policy(frames, seed)) if policy else None
    return write_simulated(out, interactions, seed=seed, response_rate=response_rate, play=play)
