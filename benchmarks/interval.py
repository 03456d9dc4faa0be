"""How often the 90 % interval holds the true risk: with a model's own refits, and with those of its twin.

python benchmarks/interval.py [INTERACTIONS …]

Three simulated companies of each size; 20,000 interactions of another seed are scored at closing.
"""

from __future__ import annotations

import sys

import polars as pl

import forestall
from forestall.model import RiskModel
from forestall.training.learn import learn
from quality import company

SIZES = (5000, 15_000)
N_COMPANIES, N_NEW = 3, 20_000


def coverage(model: RiskModel, new: forestall.Tables, truth: pl.DataFrame) -> tuple[float, float]:
    """Return the share of true risks within the interval, and its mean width."""
    scores = model.score(new).join(truth, on="interaction_id").drop_nulls("true_risk")
    held = pl.col("true_risk").is_between("risk_low", "risk_high").mean()
    return scores.select(held, width=(pl.col("risk_high") - pl.col("risk_low")).mean()).row(0)


def main(sizes: list[int]) -> None:
    """Train and print."""
    spec = forestall.read_spec("models/dissatisfaction")
    print("interactions  labels   own refits: held, width   refits of the twin: held, width")
    for n in sizes:
        for seed in range(1, N_COMPANIES + 1):
            learnt = learn(company(n, seed)[0], spec, allow_small=True)
            new, truth = company(N_NEW, 1000 + seed)
            own, other = (coverage(model, new, truth) for model in (learnt.work.fit(), learnt.model))
            print(
                f"{n:>12,}{learnt.counts['labelled']:>8,}{own[0]:>20.1%}{own[1]:>8.3f}{other[0]:>25.1%}{other[1]:>8.3f}"
            )


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]] or list(SIZES))
