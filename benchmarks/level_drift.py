"""What following a drift of the base rate brings: models of five times of each set, tried on the interactions after it.

python benchmarks/level_drift.py [SEEDS] [SET ...]

The sets are those of `blend.py` that have a time, without its largest ones.
"""

from __future__ import annotations

import sys

import numpy as np
import polars as pl

from blend import SIZES, sets
from forestall.model import RiskClassifier
from forestall.model.folds import forward_folds
from forestall.statistics import Floats, log_losses, logit
from forestall.training.training_set import TrainingSet

MOST_SEEDS, LARGEST, N_TIMES, SHARE = 5, 20_000, 5, 0.15


def tried(work: TrainingSet) -> list[tuple[float, float, float]]:
    """Return the shift, and the log-loss without and with it, of the interactions after each time."""
    parts = [work.rows.part(part) for part in ("train", "test")]
    frame = pl.concat([part.frame for part in parts], how="diagonal_relaxed")
    rows = {name: np.concatenate([part.learning()[name] for part in parts]) for name in parts[0].learning()}
    interaction = np.unique(rows["groups"][:, 1], return_inverse=True)[1]
    found = []
    for learn, later in forward_folds(rows["time"].astype(np.int64), interaction, N_TIMES, SHARE):
        model = RiskClassifier(**{**work.estimator().get_params(), "n_refits": 0, "calibration": "level"})
        model.fit(frame[learn], **{name: values[learn] for name, values in rows.items()})
        risk, shift = model.predict_proba(frame[later])[:, 1], model.calibrator_.intercept
        y, weight = rows["y"][later], rows["sample_weight"][later]
        found.append((shift, *(_loss(y, logit(risk) - back, weight) for back in (shift, 0.0))))
    return found


def _loss(y: Floats, log_odds: Floats, weight: Floats) -> float:
    risk = 1 / (1 + np.exp(-log_odds))
    return float(np.average(log_losses(y, risk), weights=weight))


def main(n_seeds: int, wanted: list[str]) -> None:
    """Try and print."""
    wanted = wanted or [
        *(f"simulated {n:,}" for n in SIZES if n < LARGEST),
        *("deepcsat", "incidents", "appeal of a fine", "hand-off of incidents"),
    ]
    found: dict[str, list[tuple[float, float, float]]] = {}
    for name, work in sets(n_seeds, wanted):
        found.setdefault(name, []).extend(tried(work))
    print(f"{'set':24}{'models':>8}{'shifts':>18}{'without':>10}{'with':>10}{'gain':>9}")
    for name, models in found.items():
        shift, without, with_it = np.array(models).T
        gain = 1 - with_it.mean() / without.mean()
        shifts = f"{shift.min():+.2f} to {shift.max():+.2f}"
        print(f"{name:24}{len(models):8}{shifts:>18}{without.mean():10.4f}{with_it.mean():10.4f}{gain:+9.2%}")


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:] if one.isdigit()]
    main(min([*numbers, MOST_SEEDS]), [one for one in sys.argv[1:] if not one.isdigit()])
