"""How near the model comes to the truth, on simulated data: trained on one seed, scored at closing on others.

python benchmarks/quality.py [INTERACTIONS]
"""

from __future__ import annotations

import sys
import time

import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

import forestall
from forestall.model import RiskModel
from forestall.simulation import simulate_tables
from forestall.training.learn import learn

RUDE_VENUE = "The Snug Toad"
N_BINS = 15
N_NEW = 100_000
SEEDS = (2, 3, 4)  # the share of the lift is known to half a percent with one of them


def company(n: int, seed: int) -> tuple[forestall.Tables, pl.DataFrame]:
    """Return the tables of a simulated company, and its truth."""
    frames = simulate_tables(n, seed=seed)
    truth = frames.pop("truth")
    return forestall.Tables(**frames), truth


def calibration_error(risk: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean distance of risk and true risk over bins of equal count."""
    bins = np.array_split(np.argsort(risk, kind="stable"), N_BINS)
    return float(np.mean([abs(risk[rows].mean() - truth[rows].mean()) for rows in bins]))


def scored(model: RiskModel, seed: int) -> pl.DataFrame:
    """Return the scores of another company at closing, with the true risk, the rating, the venue and the manner."""
    new, truth = company(N_NEW, seed)
    scores = model.score(new).join(truth, on="interaction_id").drop_nulls("true_risk")
    rated = new.feedback.select("interaction_id", "rating")
    manner = model.features(new).select("interaction_id", "greeting_manner")
    return (
        scores.join(rated, on="interaction_id", how="left")
        .join(new.interactions.select("interaction_id", "venue", "channel"), on="interaction_id")
        .join(manner, on="interaction_id")
    )


def main(n: int) -> None:
    """Train, score and print."""
    begin = time.perf_counter()
    past, _ = company(n, 1)
    learnt = learn(past, forestall.read_spec("models/dissatisfaction"), evaluate=False)
    trained = time.perf_counter() - begin
    found = {seed: scored(learnt.model, seed) for seed in SEEDS}
    print(
        f"{n:,} interactions to learn from ({learnt.counts['labelled']:,} rated), {N_NEW:,} of each other seed"
    )
    print(f"trained in {trained:.0f} s; {learnt.model.estimator.rounds_} rounds")
    is_held = (pl.col("true_risk") >= pl.col("risk_low")) & (pl.col("true_risk") <= pl.col("risk_high"))
    for seed, scores in [*found.items(), ("all", pl.concat(found.values()))]:
        raters = scores.filter(pl.col("rating").is_not_null())
        bad = (raters["rating"] <= 2).to_numpy()
        auc, best = (roc_auc_score(bad, raters[name]) for name in ("dissatisfaction_risk", "true_risk"))
        error = calibration_error(scores["dissatisfaction_risk"].to_numpy(), scores["true_risk"].to_numpy())
        print(
            f"seed {seed}: AUC {auc:.4f}, of the true risk {best:.4f}: {(auc - 0.5) / (best - 0.5):.4f} of its lift; "
            f"calibration error against the true risk {error:.4f}; the 90 % interval holds the true risk in "
            f"{scores.select(is_held.mean()).item():.1%}"
        )
    scores = pl.concat(found.values())
    by_venue = scores.group_by("venue").agg(
        pl.len(), pl.col("dissatisfaction_risk").mean(), pl.col("true_risk").mean(), held=is_held.mean()
    )
    for row in by_venue.sort("len", descending=True).iter_rows(named=True):
        mark = "  rudeness is its act" if row["venue"] == RUDE_VENUE else ""
        print(
            f"  {row['venue']:<18}{row['len']:>6}  risk {row['dissatisfaction_risk']:.3f}  "
            f"true {row['true_risk']:.3f}  held {row['held']:.0%}{mark}"
        )
    at_venue = scores.filter(pl.col("venue") == RUDE_VENUE)
    for name, some in (("rude", pl.col("greeting_manner") < 0), ("polite", pl.col("greeting_manner") > 0)):
        part = at_venue.filter(some)
        print(
            f"{RUDE_VENUE}, {name} words ({part.height}): risk {part['dissatisfaction_risk'].mean():.3f}, "
            f"true {part['true_risk'].mean():.3f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
