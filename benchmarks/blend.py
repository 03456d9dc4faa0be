"""The model and simple peers on the same rows: simulated companies, a strong signal, and real data split by time.

python benchmarks/blend.py [SEEDS]
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

import forestall
from forestall.evaluation.questions.baselines import baselines
from forestall.model import RiskClassifier
from forestall.model.encoding import base_rate
from forestall.simulation import simulate_tables
from forestall.statistics import Floats, expit, log_losses
from forestall.training.labelled_moments import labelled_moments, split
from forestall.training.training_set import TrainingSet

# interactions that give about 600, 1,500, 4,000 and 16,000 labels to learn from
SIZES = (2300, 5700, 15_200, 60_000)
SHIPPED_0_1 = {"learning_rate": 0.03, "num_leaves": 15}
REAL = {"deepcsat": "deepcsat/tickets.csv", "itsm": "itsm/tickets.csv",
        "incidents": "incidents/incident_event_log.parquet"}  # fmt: skip


def training_set(tables: forestall.Tables, spec: forestall.Spec) -> TrainingSet:
    """Return the labelled moments, split."""
    moments, _ = labelled_moments(tables, spec)
    return TrainingSet.of(tables, split(tables, moments, spec)[0], spec, 2, {"name": spec.name})


def simulated(n: int, seed: int) -> TrainingSet:
    """Return a simulated company."""
    frames = simulate_tables(n, seed=seed)
    frames.pop("truth")
    return training_set(forestall.Tables(**frames), forestall.read_spec("models/dissatisfaction"))


def strong_signal(seed: int, n: int = 24_000) -> TrainingSet:
    """Return a passenger survey: fourteen ratings of aspects, which decide the overall one."""
    rng = np.random.default_rng(seed)
    mood = rng.normal(size=(n, 4)) @ rng.normal(size=(4, 14))
    items = np.clip(np.round(2.8 + 0.7 * mood + 0.9 * rng.normal(size=(n, 14))), 0, 5)
    business, loyal = rng.random(n) < 0.7, rng.random(n) < 0.8
    delay = np.where(rng.random(n) < 0.45, rng.exponential(30, n), 0).round()
    for_work = (
        2.2 * np.minimum(items[:, 0], items[:, 1]) + 3.0 * (items[:, 3] >= 4) - 4.0 * (items[:, 4] <= 1)
    )
    for_fun = (
        6
        + 2.5 * (items[:, 8] >= 4)
        + 3.5 * (items[:, 8] == 0)
        + 4.0 * (items[:, 0] >= 4) * (items[:, 9] >= 4)
    )
    score = np.where(business, for_work, for_fun) + np.where(loyal, 1, -1.5) - 1.5 * (delay > 60)
    score = (score - score.mean()) / score.std()
    bad = rng.random(n) < 1 / (1 + np.exp(7 * (score - 0.1)))
    begin = datetime(2025, 1, 1)
    start = [begin + timedelta(seconds=float(one)) for one in np.sort(rng.uniform(0, 200 * 86_400, n))]
    ids = [f"i{k:06d}" for k in range(n)]
    interactions = pl.DataFrame(
        {"interaction_id": ids, "started_at": start, "delay": delay,
         "travel": np.where(business, "business", "personal"), "loyal": np.where(loyal, "yes", "no"),
         **{f"item{k}": items[:, k] for k in range(14)}}
    )  # fmt: skip
    ends = [at + timedelta(hours=5) for at in start]
    events = pl.DataFrame({"interaction_id": ids, "at": ends, "kind": "closed"})
    rated = [at + timedelta(hours=9) for at in start]
    feedback = pl.DataFrame({"interaction_id": ids, "rating": np.where(bad, 1.0, 5.0), "rated_at": rated})
    own = {"categorical": ["travel", "loyal"], "numeric": ["delay", *(f"item{k}" for k in range(14))]}
    spec = forestall.Spec.model_validate(
        {"name": "survey", "label": {"scale": [1, 5], "dissatisfied_at_or_below": 2, "horizon_days": 30},
         "context": own, "moments": {"per_interaction": 1}}
    )  # fmt: skip
    return training_set(forestall.Tables(interactions, events, feedback, {"exported_at": "2026-01-01"}), spec)


def real(name: str, data: Path, folder: Path) -> TrainingSet:
    """Return a public set, imported by its mapping."""
    out = folder / name
    if not out.exists():
        forestall.import_records(f"pipelines/mappings/{name}.yaml", str(data / REAL[name]), output=str(out))
    return training_set(forestall.read_tables(str(out)), forestall.read_spec(f"models/{name}"))


def risks(work: TrainingSet) -> tuple[dict[str, Floats], str]:
    """Return the risks of the test part by method, and how the model is made."""
    train, test = work.rows.part("train"), work.rows.part("test")
    rows, found = train.learning(), {}
    y, weight = rows["y"], rows["sample_weight"]
    begin = time.process_time()
    model = work.estimator().set_params(n_refits=0).fit(train.frame, **rows)
    seconds = time.process_time() - begin
    matrix = model.encode(test.frame)
    found["blend"] = model.predict_proba(test.frame)[:, 1]
    found["its trees"] = expit(model.booster_.predict(matrix, raw_score=True))
    found["its linear part"] = expit(model.linear_.log_odds(matrix))
    old = RiskClassifier(**{**work.estimator().get_params(), **_as_in_0_1()}).fit(train.frame, **rows)
    found["as in 0.1"] = expit(old.booster_.predict(old.encode(test.frame), raw_score=True))
    simple = baselines(train.measured, y, weight, test.measured)
    found["logistic"], found["base rate"] = simple["logistic"], np.full(len(test.frame), base_rate(y, weight))
    plain = lgb.LGBMClassifier(n_jobs=2, verbosity=-1).fit(_plain(train.frame), y, sample_weight=weight)
    found["LightGBM, defaults"] = np.asarray(plain.predict_proba(_plain(test.frame)))[:, 1]
    n_trees, n_old = model.booster_.num_trees(), old.booster_.num_trees()
    how = f"{n_trees} trees, {model.preset_}, weight {model.weight_:.2f}, {seconds:.0f} s of processor time"
    return found, f"{how}; as in 0.1 {n_old} trees"


def _plain(frame: pl.DataFrame) -> Any:
    """Return the features for LightGBM: names as categories."""
    return frame.with_columns(pl.col(pl.String).cast(pl.Categorical)).to_pandas()


def _as_in_0_1() -> dict[str, Any]:
    """Return the settings of the trees of version 0.1: one preset, no limit of the trees."""
    return {
        "lightgbm": SHIPPED_0_1,
        "preset": "noisy",
        "max_rounds": 2000,
        "max_trees": 100_000,
        "n_refits": 0,
    }


def sets(n_seeds: int) -> Iterator[tuple[str, TrainingSet]]:
    """Yield each set with its name."""
    for n in SIZES:
        for seed in range(n_seeds):
            yield f"simulated {n:,}", simulated(n, 100 + seed)
    for seed in range(n_seeds):
        yield "strong signal", strong_signal(seed)
    data = os.environ.get("FORESTALL_DATA")
    if data:
        for name in REAL:
            yield name, real(name, Path(data), Path("build") / "blend")


def judged(work: TrainingSet, found: dict[str, Floats]) -> dict[str, tuple[float, float]]:
    """Return by method the log-loss of all moments of the test part, and the AUC at the last one."""
    moments = work.rows.part("test").moments
    y, weight = moments["label"].to_numpy().astype(float), moments["weight"].to_numpy()
    last = moments["is_last"].to_numpy()
    return {
        method: (
            float(np.average(log_losses(y, np.clip(risk, 1e-9, 1 - 1e-9)), weights=weight)),
            float(roc_auc_score(y[last], risk[last])),
        )
        for method, risk in found.items()
    }


def main(n_seeds: int) -> None:
    """Print log-loss and AUC by set, as means over the seeds, and their differences from the blend."""
    runs: dict[str, list[dict[str, tuple[float, float]]]] = {}
    made: dict[str, str] = {}
    for name, work in sets(n_seeds):
        found, made[name] = risks(work)
        runs.setdefault(name, []).append(judged(work, found))
        print(name, made[name], file=sys.stderr, flush=True)
    methods = list(next(iter(runs.values()))[0])
    print(f"{'log-loss (AUC)':<20}" + "".join(f"{method:>20}" for method in methods))
    for name, own in runs.items():
        means = [np.mean([run[method] for run in own], axis=0) for method in methods]
        print(f"{name:<20}" + "".join(f"{f'{loss:.4f} ({auc:.3f})':>20}" for loss, auc in means))
    print("\nhow much higher the log-loss is than that of the blend (standard error over the seeds)")
    for name, own in runs.items():
        gains = [[run[method][0] - run["blend"][0] for run in own] for method in methods]
        errors = [np.std(gain, ddof=1) / len(own) ** 0.5 if len(own) > 1 else np.nan for gain in gains]
        cells = [f"{np.mean(gain):+.4f} ({error:.4f})" for gain, error in zip(gains, errors, strict=True)]
        print(f"{name:<20}" + "".join(f"{cell:>20}" for cell in cells))
    print()
    for name, text in made.items():
        print(f"{name}, last seed: {text}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
