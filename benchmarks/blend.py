"""The model and simple peers on the same rows: simulated companies, a strong signal, and public sets split by time.

python benchmarks/blend.py [SEEDS] [SET ...]

Large sets take fewer seeds, see `SIZES`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

import forestall
from forestall.evaluation.metrics.customers import clustered_mean, customer_codes
from forestall.evaluation.questions.baselines import baselines
from forestall.model import RiskClassifier
from forestall.model.encoding import base_rate
from forestall.simulation import simulate_tables
from forestall.statistics import Floats, expit, log_losses
from forestall.training.labelled_moments import labelled_moments, split
from forestall.training.training_set import TrainingSet

# interactions that give about 600, 1,500, 4,000, 16,000 and 33,000 labels to learn from, and seeds at most
SIZES = {2300: 10, 5700: 10, 15_200: 10, 60_000: 5, 125_000: 2}
SHIPPED_0_1 = {"learning_rate": 0.03, "num_leaves": 15}
HAND_OFFS = """
name: hand-offs-risk
label: {event: awaiting_assignment, horizon_days: 2}
context: {categorical: [impact]}
moments: {per_interaction: 2, open_days: 90}
"""
# each public set: its mapping, its records, its model.yaml, and which interactions are taken
Choice = Callable[[pl.DataFrame], pl.DataFrame]
REAL: dict[str, tuple[str, str, str, Choice | None]] = {
    "deepcsat": ("deepcsat", "deepcsat/tickets.csv", "deepcsat", None),
    "itsm": ("itsm", "itsm/tickets.csv", "itsm", None),
    "incidents": ("incidents", "incidents/incident_event_log.parquet", "incidents", None),
    "appeal of a fine": (
        "road_fines",
        "logs/road_fines.xes.gz",
        "road_fines",
        lambda all: all.sort("started_at", "interaction_id").gather_every(5),
    ),
    # the log has the incidents of two weeks, and of those before only what was open then
    "hand-off of incidents": (
        "bpi2013_incidents",
        "logs/bpi2013_incidents.xes.gz",
        HAND_OFFS,
        lambda all: all.filter(pl.col("started_at") >= datetime(2012, 4, 30, tzinfo=UTC)),
    ),
}


def training_set(tables: forestall.Tables, spec: forestall.Spec) -> TrainingSet:
    """Return the labelled moments, split."""
    moments, _ = labelled_moments(tables, spec)
    return TrainingSet.of(tables, split(tables, moments, spec)[0], spec, 2, {"name": spec.name})


def simulated(n: int, seed: int) -> TrainingSet:
    """Return a simulated company."""
    frames = simulate_tables(n, seed=100 + seed)
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


def real(name: str, data: Path, folder: Path, seed: int = 0) -> TrainingSet:
    """Return a public set, imported by its mapping; it is the same for each seed."""
    del seed
    mapping, source, model, choose = REAL[name]
    out = folder / mapping
    if not out.exists():
        forestall.import_records(f"pipelines/mappings/{mapping}.yaml", str(data / source), output=str(out))
    tables = forestall.read_tables(str(out))
    if choose is not None:
        kept = choose(tables.interactions)
        own = {
            table: getattr(tables, table).join(kept, on="interaction_id", how="semi", maintain_order="left")
            for table in ("events", "feedback")
        }
        tables = tables.replace(interactions=kept, **own)
    if model == HAND_OFFS:
        (folder / "hand_offs").mkdir(parents=True, exist_ok=True)
        (folder / "hand_offs" / "model.yaml").write_text(HAND_OFFS)
        return training_set(tables, forestall.read_spec(str(folder / "hand_offs")))
    return training_set(tables, forestall.read_spec(f"models/{model}"))


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
    """Return the features for LightGBM: names as categories, and columns by number (it takes no `:` in names)."""
    numbered = frame.rename({name: f"c{number}" for number, name in enumerate(frame.columns)})
    return numbered.with_columns(pl.col(pl.String).cast(pl.Categorical)).to_pandas()


def _as_in_0_1() -> dict[str, Any]:
    """Return the settings of the trees of version 0.1: one preset, no limit of the trees."""
    return {
        "lightgbm": SHIPPED_0_1,
        "preset": "noisy",
        "max_rounds": 2000,
        "max_trees": 100_000,
        "n_refits": 0,
    }


def sets(n_seeds: int, wanted: list[str]) -> Iterator[tuple[str, TrainingSet]]:
    """Yield each set with its name, or those that are wanted."""
    made: dict[str, tuple[int, Callable[[int], TrainingSet]]] = {
        f"simulated {n:,}": (most, partial(simulated, n)) for n, most in SIZES.items()
    }
    made["strong signal"] = (5, strong_signal)
    if data := os.environ.get("FORESTALL_DATA"):
        made |= {name: (1, partial(real, name, Path(data), Path("build") / "blend")) for name in REAL}
    for name, (most, make) in made.items():
        if name in wanted or not wanted:
            for seed in range(min(n_seeds, most)):
                yield name, make(seed)


@dataclass(frozen=True)
class Judged:
    """What a method reaches on the test part of a set.

    Attributes
    ----------
    log_loss, auc
        The log-loss of all moments, and the AUC at the last one.
    more, error
        How much higher the log-loss is than that of the blend, and the standard error of that on these rows.
    """

    log_loss: float
    auc: float
    more: float
    error: float


def judged(work: TrainingSet, found: dict[str, Floats]) -> dict[str, Judged]:
    """Return by method what it reaches."""
    moments = work.rows.part("test").moments
    y, weight = moments["label"].to_numpy().astype(float), moments["weight"].to_numpy()
    last, customers = moments["is_last"].to_numpy(), customer_codes(moments)
    losses = {method: log_losses(y, np.clip(risk, 1e-9, 1 - 1e-9)) for method, risk in found.items()}
    return {
        method: Judged(
            float(np.average(own, weights=weight)),
            float(roc_auc_score(y[last], found[method][last])),
            *clustered_mean(own - losses["blend"], customers, weight),
        )
        for method, own in losses.items()
    }


def main(n_seeds: int, wanted: list[str]) -> None:
    """Print log-loss and AUC by set, as means over the seeds, and their differences from the blend."""
    runs: dict[str, list[dict[str, Judged]]] = {}
    made: dict[str, str] = {}
    for name, work in sets(n_seeds, wanted):
        found, made[name] = risks(work)
        runs.setdefault(name, []).append(judged(work, found))
        print(name, made[name], file=sys.stderr, flush=True)
    methods = list(next(iter(runs.values()))[0])
    print(f"{'log-loss (AUC)':<24}{'runs':>4}" + "".join(f"{method:>20}" for method in methods))
    for name, own in runs.items():
        means = [np.mean([(run[one].log_loss, run[one].auc) for run in own], axis=0) for one in methods]
        cells = "".join(f"{f'{loss:.4f} ({auc:.3f})':>20}" for loss, auc in means)
        print(f"{name:<24}{len(own):>4}{cells}")
    print("\nhow much higher the log-loss is than that of the blend (standard error)")
    for name, own in runs.items():
        cells = "".join(
            f"{'{:+.4f} ({:.4f})'.format(*more_of([run[one] for run in own])):>20}" for one in methods
        )
        print(f"{name:<24}{len(own):>4}{cells}")
    print("the error is that over the seeds; of one run, that over its customers\n")
    for name, text in made.items():
        print(f"{name}, last run: {text}")


def more_of(runs: list[Judged]) -> tuple[float, float]:
    """Return the mean of how much higher the log-loss is than that of the blend, and its standard error."""
    if len(runs) == 1:
        return runs[0].more, runs[0].error
    more = [run.more for run in runs]
    return float(np.mean(more)), float(np.std(more, ddof=1) / len(runs) ** 0.5)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10, sys.argv[2:])
