"""How early, for whom and why, on simulated data beside the truth: trained on one seed, judged on another.

python benchmarks/early.py [INTERACTIONS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import lightgbm as lgb
import numpy as np
import polars as pl

import forestall
from forestall.assessment.assess import assess, labelled_by
from forestall.assessment.drivers import ExplainedMoments, by_family
from forestall.assessment.predictions import labelled_predictions, with_truth
from forestall.evaluation.metrics import calibration_error
from forestall.evaluation.questions.drivers import family_shares
from forestall.model.prepared_tables import PreparedTables
from forestall.simulation import simulate
from forestall.simulation.effects import EFFECTS, effects
from forestall.simulation.visits import draw_visits
from forestall.training.learn import learn

RUDE_VENUE = "The Snug Toad"
LARGE = 1000


def true_families(n: int = 20_000, seed: int = 3) -> dict[str, float]:
    """Return how much of the simulator's effects each family moves: its share of the mean distance from the mean."""
    values = effects(draw_visits(n, seed, 0.33))
    sums: dict[str, np.ndarray] = {}
    for effect in EFFECTS:
        sums[effect.family] = sums.get(effect.family, np.zeros(n)) + values[effect.name]
    sizes = {family: float(np.abs(one - one.mean()).mean()) for family, one in sums.items()}
    return {family: size / sum(sizes.values()) for family, size in sizes.items()}


def told_the_truth(model: forestall.RiskModel, tables: forestall.Tables, folder: Path) -> dict[str, float]:
    """Return the families' shares where the same features are told the true risk, and no rating's chance.

    The effects of the simulator work together (a wait weighs more after a bad time): contributions divide what two
    families do together, and what an effect does is in part told by the features of another family, or by the
    customer's own words.
    """
    frame = model.features(tables)
    truth = frame.join(pl.read_parquet(folder / "truth.parquet"), on="interaction_id", maintain_order="left")
    logit = (pl.col("true_risk") / (1 - pl.col("true_risk"))).log()
    y = truth.select(logit).to_series().to_numpy()
    matrix = model.estimator.encode(frame.select(list(model.columns)))
    cut = len(y) * 3 // 4
    settings = {"objective": "regression", "verbose": -1, "learning_rate": 0.05, "num_leaves": 15, "seed": 7}
    booster = lgb.train(settings, lgb.Dataset(matrix[:cut], y[:cut]), 500)
    some = slice(cut, cut + 3000)
    moments = frame[some].join(
        tables.interactions.select("interaction_id", "customer_id"), on="interaction_id"
    )
    contributions = np.asarray(booster.predict(matrix[some], pred_contrib=True))
    looked = ExplainedMoments(model, moments, matrix[some], contributions, np.full(len(moments), np.nan))
    return {one.family: one.share for one in family_shares(by_family(looked))[0]}


def company(folder: Path, n: int, seed: int) -> forestall.Tables:
    """Return the tables of a simulated company, with what tells how they were drawn."""
    simulate(folder, n, seed=seed)
    return forestall.read_tables(folder)


def main(n: int) -> None:
    """Train, judge and print."""
    with tempfile.TemporaryDirectory() as temporary:
        begin = time.perf_counter()
        past = company(Path(temporary) / "past", n, 1)
        learnt = learn(past, forestall.read_spec("models/dissatisfaction"), evaluate=False)
        trained = time.perf_counter() - begin
        begin = time.perf_counter()
        new = company(Path(temporary) / "new", 40_000, 2)
        prepared = PreparedTables.of(learnt.model, new)
        rows = with_truth(labelled_predictions(prepared), Path(temporary) / "new")
        found = assess(prepared, rows, labelled_by(prepared, rows), most=20_000).evaluation
        told = told_the_truth(learnt.model, new, Path(temporary) / "new")
    print(f"{n:,} interactions to learn from ({learnt.counts['labelled']:,} rated), 40,000 of another seed")
    print(f"trained in {trained:.0f} s, assessed in {time.perf_counter() - begin:.0f} s")
    print(f"closing: AUC {found.overall['auc']:.4f}, {found.truth['auc_share']:.4f} of the truth's lift")
    print("stage            n     AUC   at most   share of that lift")
    for point in (*found.earliness.stages, *found.earliness.elapsed):
        print(
            f"{point.name:<13}{point.n:>6}   {point.auc:.3f}   {point.bound_auc:.3f}   {point.lift_share:.3f}"
        )
    for one in found.earliness.foreseen:
        print(
            f"{one.outcome}: of {one.n}, {one.hour_share:.3f} in the day's top tenth at least an hour before; the "
            f"truth {one.bound_hour_share:.3f}: {one.hour_share / one.bound_hour_share:.3f} of it; "
            f"median lead {one.lead_median_s / 3600:.0f} h"
        )
    print(f"calibration error against the true risk {found.truth['calibration_error']:.4f}")
    last = rows.filter("is_last").drop_nulls("true_risk")
    large = {
        f"{one.column} {one.name}": calibration_error(some["true_risk"], some["risk"])
        for column, groups in found.segments.items()
        for one in groups
        if (some := last.filter(last[column] == one.name)).height >= LARGE
    }
    worst = max(large, key=lambda name: large[name])
    print(f"in the worst of {len(large)} segments of {LARGE:,}, {worst}, {large[worst]:.4f}")
    tested = sum(not one.is_small for some in found.segments.values() for one in some)
    print(f"segments wrong beyond chance: {found.n_wrong} of {tested}")
    noise = found.certainty.noise
    print(
        f"noise: {noise.share:.2f} ({noise.share_low:.2f} to {noise.share_high:.2f}) of the error by {noise.n_pairs:,} "
        f"repeats, {noise.true_share:.2f} by the truth; intervals hold {found.certainty.coverage.share:.2f}"
    )
    true = true_families()
    print("family          contributions   told the true risk   the simulator's effects")
    for one in found.drivers.families:
        shares = f"{one.share:.3f}           {told.get(one.family, 0):.3f}                {true.get(one.family, 0):.3f}"
        print(f"{one.family:<16}{shares}")
    print("greeting the other way round at: " + ", ".join(sorted({one.name for one in found.reversals})))
    print(f"leaks named: {len(found.leaks)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
