"""Whether the intervals of an effect hold what they say: simulated experiments, and a real randomised mailing.

python benchmarks/effect.py [EXPERIMENTS]

An experiment draws its customers from the true risks of the simulated company.
A tenth of the experiments goes through the whole command.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import polars as pl

import forestall
from forestall.evaluation.effects.arm_means import arm_means
from forestall.evaluation.effects.confidence_sequence import FEWEST, sequence_half_width
from forestall.evaluation.effects.estimates import complier_effect, intention_to_treat
from forestall.evaluation.effects.ranking import qini
from forestall.evaluation.effects.trial import Trial
from forestall.model.effect_model import EffectModel
from forestall.simulation import simulate_tables

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from made_experiments import REACHED_SHARE, made_company

N_CUSTOMERS, HELD_OUT, SAVED, N_NIGHTS = 3000, 0.2, 0.3, 60
HILLSTROM = Path(os.environ.get("FORESTALL_DATA", "data")) / "hillstrom" / "mail_experiment.parquet"


def drawn_trial(rng: np.random.Generator, truth: np.ndarray, saved: float) -> Trial:
    """Return an experiment on customers drawn from the true risks; a contact prevents `saved` of the bad outcomes."""
    risk = rng.choice(truth, N_CUSTOMERS)
    treated = rng.random(N_CUSTOMERS) >= HELD_OUT
    reached = treated & (rng.random(N_CUSTOMERS) < REACHED_SHARE)
    y = rng.random(N_CUSTOMERS) < np.where(reached, risk * (1 - saved), risk)
    probability = np.where(treated, 1 - HELD_OUT, HELD_OUT)
    return Trial.of(y, treated, is_reached=reached, probability=probability, covariates=risk[:, None])


def excluded_at_some_look(trial: Trial) -> bool:
    """Return whether the confidence sequence excludes 0 at any of the nightly looks."""
    for night in range(1, N_NIGHTS + 1):
        part = trial.some(np.arange(trial.n) < night * trial.n // N_NIGHTS)
        if min(part.n_customers(True), part.n_customers(False)) >= FEWEST:
            one = intention_to_treat(arm_means(part))
            if abs(one.value) > sequence_half_width(one.error, part.n):
                return True
    return False


def intervals(n: int) -> None:
    truth = simulate_tables(50_000, seed=11)["truth"]["true_risk"].to_numpy()
    itt, complier, null, nightly, width = 0, 0, 0, 0, []
    true_effect = -SAVED * REACHED_SHARE * truth.mean()
    for seed in range(n):
        rng = np.random.default_rng(seed)
        trial = drawn_trial(rng, truth, SAVED)
        means = arm_means(trial)
        one, reached = intention_to_treat(means), complier_effect(trial, means)
        plain = intention_to_treat(arm_means(trial.without_covariates()))
        itt += one.low <= true_effect <= one.high
        complier += reached.low <= true_effect / REACHED_SHARE <= reached.high
        width.append((one.high - one.low) / (plain.high - plain.low))
        none = drawn_trial(rng, truth, 0.0)
        null += intention_to_treat(arm_means(none)).excludes_zero
        nightly += excluded_at_some_look(none)
    print(f"{n} experiments of {N_CUSTOMERS} customers, true effect {100 * true_effect:.2f} points")
    print(f"interval holds the effect of the assignment  {itt / n:.3f}   (required 0.935 to 0.965)")
    print(f"interval holds the effect on those reached   {complier / n:.3f}   (required 0.93 to 0.97)")
    print(f"no effect: fixed interval excludes 0         {null / n:.3f}   (required 0.035 to 0.065)")
    print(f"no effect: sequence excludes 0, 60 nights    {nightly / n:.3f}   (required at most 0.05)")
    print(f"adjustment shortens the interval by          {1 - np.mean(width):.3f}   (required at least 0.1)")


def whole_command(n: int) -> None:
    held = 0
    for seed in range(n):
        tables, contacts = made_company(2000, SAVED, seed)
        data = forestall.Tables(tables.interactions, tables.events, tables.feedback, tables.about, contacts)
        found = forestall.effect(data, final=True).effect.outcomes["complained"].intention_to_treat
        held += found.low <= -SAVED * REACHED_SHARE * 0.4 / 2.6 <= found.high
    print(f"\n{n} through the whole command: interval holds the effect on complaints {held / n:.2f}")


def features_of(rows: pl.DataFrame) -> np.ndarray:
    """Return what was known before the mailing, as numbers."""
    codes = rows.select(pl.col("zip_code", "channel").rank("dense"))
    known = rows.select("recency", "history", "mens", "womens", "newbie")
    return pl.concat([known, codes], how="horizontal").cast(pl.Float64).to_numpy()


def mailing() -> None:
    for mail in ("Womens E-Mail", "Mens E-Mail"):
        rows = pl.read_parquet(HILLSTROM).filter(pl.col("segment").is_in([mail, "No E-Mail"]))
        trial = Trial.of(rows["visit"].to_numpy(), (rows["segment"] == mail).to_numpy())
        one = intention_to_treat(arm_means(trial))
        print(
            f"{mail}: {100 * one.value:+.1f} points on visit ({100 * one.low:+.2f} to {100 * one.high:+.2f})"
        )
        learnt = np.random.default_rng(7).random(trial.n) < 0.5
        x, half, rest = features_of(rows), trial.some(learnt), trial.some(~learnt)
        model = EffectModel.fit(x[learnt], half.outcome, half.is_treated, half.probability, half.customer)
        random = np.random.default_rng(8).random(rest.n)
        for name, order in (("effect model", model.predict(x[~learnt])), ("random order", random)):
            area = qini(rest, order)
            print(f"  Qini of the {name}: {area.value:+.5f} ({area.low:+.5f} to {area.high:+.5f})")


if __name__ == "__main__":
    n_experiments = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    intervals(n_experiments)
    whole_command(n_experiments // 10)
    if HILLSTROM.is_file():
        print()
        mailing()
