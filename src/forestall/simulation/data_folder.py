"""Simulated tables: in memory, or as a data folder that is written in parts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from forestall.data.data_folder import SIMULATE, data_job
from forestall.data.storage import write_about
from forestall.errors import UsageError
from forestall.publishing import open_output, writing
from forestall.simulation.tables import END, Frames, make_tables
from forestall.simulation.visits import draw_visits
from forestall.simulation.world import world

log = logging.getLogger(__name__)
PART_SIZE = 200_000
"""Highest number of interactions of a part, which bounds the memory."""
_WORDS_STREAM = 3


def simulate_tables(
    n_interactions: int = 50_000, seed: int = 0, response_rate: float = 0.33, effect: float = 1.0
) -> Frames:
    """Return simulated tables as Polars frames.

    Parameters
    ----------
    n_interactions
        Number of interactions, at least 1.
    seed
        Seed of customers and days, at least 0. The world is the same for every seed.
    response_rate
        Share of customers who rate, 0 to 1. It changes only who rates.
    effect
        Strength of all causes of dissatisfaction, 0 to 1. 1 is the default world; 0 leaves only noise of the same
        variance.

    Returns
    -------
    dict of polars.DataFrame
        `interactions`, `events`, `feedback`, and `truth` (interaction_id, true_risk, true_risk_all).

    Raises
    ------
    UsageError
        A number is out of its range.
    """
    parts = list(_parts(n_interactions, seed, response_rate, effect))
    return {name: pl.concat([part[name] for part in parts]) for name in parts[0]}


def simulate(
    out: str | Path,
    n_interactions: int = 50_000,
    seed: int = 0,
    response_rate: float = 0.33,
    play: Callable[[Frames], Frames] | None = None,
) -> dict[str, int]:
    """Write a simulated data folder with its true risks, and return the number of rows of each table.

    Parameters
    ----------
    out
        The folder. An existing one must be empty or hold simulated data, which is replaced at the end.
    n_interactions, seed, response_rate
        As in `simulate_tables`.
    play
        What the company does about its customers: see `simulation.contacts`. Each part is played by itself.

    Returns
    -------
    dict of int
        Number of rows of `interactions`, `events`, `feedback` and `truth`.

    Raises
    ------
    UsageError
        A number is out of its range, `out` holds anything else, or another process writes it.
    """
    _check_numbers(n_interactions, seed, response_rate, 1.0)
    drawn = {"interactions": n_interactions, "seed": seed, "response_rate": response_rate}
    if play is not None:
        drawn["policy"] = True
    with open_output(out) as place:
        job = data_job(SIMULATE, options=drawn, replaces=(SIMULATE,))
        with place.publication(job, keep=True) as publication:
            if publication.done is not None:
                return dict(publication.done.account)
            with writing(out):
                rows = _write_parts(publication.folder, n_interactions, seed, response_rate, play)
            about = {
                "timezone": "UTC",
                "clock": "times",
                "known_at": {},
                "rating_known": "times",
                "exported_at": END.isoformat(),
                "simulated": drawn,
            }
            write_about(about, publication.folder)
            publication.account = dict(rows)
    return rows


def _write_parts(
    folder: Path, n: int, seed: int, response_rate: float, play: Callable[[Frames], Frames] | None
) -> dict[str, int]:
    truths: list[pl.DataFrame] = []
    rows: dict[str, int] = {}
    many = n > PART_SIZE
    for number, plain in enumerate(_parts(n, seed, response_rate, 1.0)):
        part = plain if play is None else play(plain)
        truths.append(part.pop("truth"))
        for name, frame in part.items():
            path = folder / name / f"part-{number:05d}.parquet" if many else folder / f"{name}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            frame.write_parquet(path)
            rows[name] = rows.get(name, 0) + frame.height
        log.info("simulated %d of %d interactions", rows["interactions"], n)
    truth = pl.concat(truths)
    truth.write_parquet(folder / "truth.parquet")
    return rows | {"truth": truth.height}


def _parts(n: int, seed: int, response_rate: float, effect: float) -> Iterator[Frames]:
    _check_numbers(n, seed, response_rate, effect)
    sizes = part_sizes(n)
    width = max(6, len(str(n)))
    first = (0, 0)
    for part, size in enumerate(sizes):
        visits = draw_visits(size, seed, response_rate, effect=effect, part=part, n_parts=len(sizes))
        rng = np.random.default_rng([seed, _WORDS_STREAM, part])
        yield make_tables(world(), visits, rng, first, width)
        first = (first[0] + size, first[1] + int(visits["customer"].max()) + 1)


def part_sizes(n: int) -> list[int]:
    """Return the number of interactions of each part, `n` in all."""
    n_parts = -(-n // PART_SIZE)
    return [n * (part + 1) // n_parts - n * part // n_parts for part in range(n_parts)]


def _check_numbers(n: int, seed: int, response_rate: float, effect: float) -> None:
    ranges: list[tuple[str, Any, Any, Any]] = [
        ("interactions", n, 1, 10**9),
        ("seed", seed, 0, 2**63),
        ("response rate", response_rate, 0, 1),
        ("effect", effect, 0, 1),
    ]
    for name, value, low, high in ranges:
        if not low <= value <= high:
            raise UsageError(f"{name} must be between {low} and {high}, is {value}")
