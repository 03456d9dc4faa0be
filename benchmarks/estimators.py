"""Classifiers named in model.yaml beside the blend, on simulated data whose true risk is known.

python benchmarks/estimators.py [INTERACTIONS]
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

import forestall
from forestall.model.spec import Spec
from forestall.simulation import simulate_tables
from forestall.training.learn import learn

CHOICES: dict[str, Any] = {
    "the blend": None,
    "HistGradientBoostingClassifier": {
        "class": "sklearn.ensemble.HistGradientBoostingClassifier",
        "parameters": {"max_iter": 100, "learning_rate": 0.05, "max_leaf_nodes": 7},
    },
    "LogisticRegression": {"class": "sklearn.linear_model.LogisticRegression", "parameters": {"C": 0.003}},
}
N_EXPLAINED = 200


def company(n: int, seed: int) -> tuple[forestall.Tables, np.ndarray]:
    frames = simulate_tables(n, seed=seed)
    truth = frames.pop("truth")["true_risk"].to_numpy()
    return forestall.Tables(**frames), truth


def main(n: int) -> None:
    """Train each, and print how near it is to the true risk of another seed, and what it costs."""
    past, _ = company(n, 1)
    new, truth = company(4000, 2)
    drawn = np.random.default_rng(0).random(len(truth)) < truth
    best = roc_auc_score(drawn, truth) - 0.5
    print(f"{n:,} interactions, evaluated on 4,000 of another seed; the true risk has AUC {best + 0.5:.3f}")
    print(
        f"{'':32}{'AUC':>8}{'of the lift':>13}{'error':>8}{'within 90 %':>13}{'training':>10}{'reasons':>10}"
    )
    for name, choice in CHOICES.items():
        content = forestall.read_spec("models/dissatisfaction").model_dump(mode="json")
        spec = Spec.model_validate(content | {"estimator": choice})
        begin = time.perf_counter()
        model = learn(past, spec, evaluate=False, allow_small=True).model
        trained = time.perf_counter() - begin
        scores = model.score(new)
        risk, low, high = (
            scores[one].to_numpy() for one in ("dissatisfaction_risk", "risk_low", "risk_high")
        )
        lift, error = roc_auc_score(drawn, risk) - 0.5, float(np.abs(risk - truth).mean())
        within = float(np.mean((low <= truth) & (truth <= high)))
        begin = time.perf_counter()
        model.score(new, moments=forestall.default_moments(new).head(N_EXPLAINED), reasons=True)
        explained = (time.perf_counter() - begin) / N_EXPLAINED * 1000
        print(
            f"{name:32}{lift + 0.5:8.3f}{lift / best:13.2f}{error:8.3f}{within:13.0%}{trained:9.0f}s"
            f"{explained:8.1f}ms",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
