"""How near the model comes to the truth, on simulated data: trained on one seed, scored at closing on another.

python benchmarks/quality.py [INTERACTIONS]
"""

from __future__ import annotations

import sys
import time

import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

import forestall
from forestall.simulation import simulate_tables
from forestall.training.learn import learn

RUDE_VENUE = "The Snug Toad"
N_BINS = 15


def company(n: int, seed: int) -> tuple[forestall.Tables, pl.DataFrame]:
    """Return the tables of a simulated company, and its truth."""
    frames = simulate_tables(n, seed=seed)
    truth = frames.pop("truth")
    return forestall.Tables(**frames), truth


def calibration_error(risk: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean distance of risk and true risk over bins of equal count."""
    bins = np.array_split(np.argsort(risk, kind="stable"), N_BINS)
    return float(np.mean([abs(risk[rows].mean() - truth[rows].mean()) for rows in bins]))


def main(n: int) -> None:
    """Train, score and print."""
    begin = time.perf_counter()
    past, _ = company(n, 1)
    learnt = learn(past, forestall.read_spec("models/dissatisfaction"), evaluate=False)
    trained = time.perf_counter() - begin
    new, truth = company(20_000, 2)
    scores = learnt.model.score(new).join(truth, on="interaction_id").drop_nulls("true_risk")
    rated = new.feedback.select("interaction_id", "rating")
    scores = scores.join(rated, on="interaction_id", how="left").join(
        new.interactions.select("interaction_id", "venue", "channel"), on="interaction_id"
    )
    risk, true = scores["dissatisfaction_risk"].to_numpy(), scores["true_risk"].to_numpy()
    raters = scores.filter(pl.col("rating").is_not_null())
    bad = (raters["rating"] <= 2).to_numpy()
    auc, best = (roc_auc_score(bad, raters[name]) for name in ("dissatisfaction_risk", "true_risk"))
    is_held = (pl.col("true_risk") >= pl.col("risk_low")) & (pl.col("true_risk") <= pl.col("risk_high"))
    print(
        f"{n:,} interactions to learn from ({learnt.counts['labelled']:,} rated), {scores.height:,} of another seed"
    )
    print(f"trained in {trained:.0f} s; {learnt.model.estimator.rounds_} rounds")
    print(f"AUC {auc:.4f}, of the true risk {best:.4f}: {(auc - 0.5) / (best - 0.5):.4f} of its lift")
    print(f"calibration error against the true risk {calibration_error(risk, true):.4f}")
    print(f"the 90 % interval holds the true risk in {scores.select(is_held.mean()).item():.1%}")
    by_venue = scores.group_by("venue").agg(
        pl.len(), pl.col("dissatisfaction_risk").mean(), pl.col("true_risk").mean(), held=is_held.mean()
    )
    for row in by_venue.sort("len", descending=True).iter_rows(named=True):
        mark = "  rudeness is its act" if row["venue"] == RUDE_VENUE else ""
        print(
            f"  {row['venue']:<18}{row['len']:>6}  risk {row['dissatisfaction_risk']:.3f}  "
            f"true {row['true_risk']:.3f}  held {row['held']:.0%}{mark}"
        )
    manner = learnt.model.features(new).select("interaction_id", "greeting_manner")
    at_venue = scores.filter(pl.col("venue") == RUDE_VENUE).join(manner, on="interaction_id")
    for name, some in (("rude", pl.col("greeting_manner") < 0), ("polite", pl.col("greeting_manner") > 0)):
        part = at_venue.filter(some)
        print(
            f"{RUDE_VENUE}, {name} words ({part.height}): risk {part['dissatisfaction_risk'].mean():.3f}, "
            f"true {part['true_risk'].mean():.3f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
