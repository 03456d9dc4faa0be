"""Whom the gate lets pass: versions that are truly better, and versions that only look it. Simulated, many seeds.

python benchmarks/gate.py [SEEDS]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

import forestall
from forestall.assessment.predictions import labelled_predictions
from forestall.evaluation.metrics import risk_metrics
from forestall.model import RiskModel, Spec
from forestall.model.prepared_tables import PreparedTables
from forestall.promotion.checks import RequiredGain
from forestall.promotion.gate import Check, comparison_checks
from forestall.simulation import simulate_tables
from forestall.training.labelled_moments import labelled_moments, split
from forestall.training.segments import SEGMENTS
from forestall.training.training_set import Rows, TrainingSet

N_LEARNT, N_JUDGED, N_NOISE = 15_000, 20_000, 5_000
# Small models, so that many can be learnt; nothing here depends on the interval of a risk.
SPEC = Spec.model_validate(
    {
        "name": "gate-proof",
        "label": {"scale": [1, 5], "dissatisfied_at_or_below": 2, "horizon_days": 30},
        "moments": {"per_interaction": 2},
        "split": {"test_share": 0.1},
        "lightgbm": {"learning_rate": 0.1, "num_leaves": 7},
    }
)
BROKEN = ("channel", "chat")  # the segment in which a version is broken
Change = Callable[[Rows, np.random.Generator], Rows]


def company(n: int, seed: int) -> tuple[forestall.Tables, pl.DataFrame]:
    """Return the tables of a simulated company, and its truth."""
    frames = simulate_tables(n, seed=seed)
    truth = frames.pop("truth").select("interaction_id", "true_risk")
    return forestall.Tables(**frames), truth


def work_on(tables: forestall.Tables, spec: Spec) -> TrainingSet:
    """Return the labelled moments of a company with their features, divided by time."""
    moments, _ = labelled_moments(tables, spec)
    return TrainingSet.of(tables, split(tables, moments, spec)[0], spec, 2, {"name": spec.name})


def learnt(work: TrainingSet, change: Change | None = None, seed: int = 0) -> RiskModel:
    """Return a model learnt from a work's training part, changed."""
    rows = change(work.rows, np.random.default_rng(seed)) if change else work.rows
    return replace(work, rows=rows).judge(n_refits=0, with_baselines=False)[0]


def of_a_tenth(rows: Rows, rng: np.random.Generator) -> Rows:
    """Leave a tenth of the customers in the training part."""
    people = rows.moments["customer_id"].unique().drop_nulls().sort()
    kept = people.sample(fraction=0.1, seed=int(rng.integers(1 << 31))).implode()
    part = pl.when((pl.col("part") == "test") | pl.col("customer_id").is_in(kept)).then("part")
    return replace(rows, moments=rows.moments.with_columns(part=part))


def of_strangers(rows: Rows, rng: np.random.Generator) -> Rows:
    """Give each training moment the history of another."""
    names = [name for name in rows.frame.columns if name.startswith("history_")]
    places = np.arange(rows.frame.height)
    train = np.flatnonzero((rows.moments["part"] == "train").fill_null(False).to_numpy())
    places[train] = rng.permutation(train)
    return replace(rows, frame=rows.frame.with_columns(rows.frame.select(names)[places]))


def without_family(work: TrainingSet, family: str) -> RiskModel:
    """Return a model that knows nothing of one family."""
    spec = work.spec.model_copy(update={"families": [one for one in work.spec.families if one != family]})
    kept = [name for name in work.rows.frame.columns if not name.startswith(f"{family}_")]
    rows = replace(work.rows, frame=work.rows.frame.select(kept))
    return replace(work, spec=spec, rows=rows).judge(n_refits=0, with_baselines=False)[0]


@dataclass(frozen=True)
class Judges:
    """Interactions of another seed, on which models are compared, and what simple methods say of them."""

    tables: forestall.Tables
    truth: pl.DataFrame
    rows: pl.DataFrame

    @classmethod
    def of(cls, work: TrainingSet, model: RiskModel, seed: int) -> Judges:
        """Return the judges of the models of a work."""
        tables, truth = company(N_JUDGED, seed)
        prepared = PreparedTables.of(model, tables)
        rows = labelled_predictions(prepared)
        simple = work.baseline_risks(work.rows.part("train"), prepared, rows)
        others = {f"risk_{name}": risk for name, risk in simple.items() if name != "base_rate"}
        return cls(tables, truth, rows.hstack(pl.DataFrame(others)))

    def risk(self, model: RiskModel) -> pl.Series:
        """Return a model's risks of the rows."""
        scores = model.score(self.tables, moments=self.rows.select("interaction_id", "as_of"))
        return scores["dissatisfaction_risk"]

    def gate(self, new: pl.Series, old: pl.Series, required: RequiredGain = "better") -> list[Check]:
        """Return the gate's checks of risks against a champion's."""
        rows = self.rows.with_columns(risk=new, risk_champion=old)
        return comparison_checks(rows, SPEC.gate, required=required, segments=SEGMENTS)

    def broken(self, risk: pl.Series) -> pl.Series:
        """Return risks that are the same for all in one segment: there its facts are lost."""
        is_in = self.rows[BROKEN[0]] == BROKEN[1]
        return pl.select(pl.when(is_in).then(risk.filter(is_in).mean()).otherwise(risk)).to_series()

    def true_gain(self, new: pl.Series, old: pl.Series, where: Any = None) -> float:
        """Return by how much the log-loss is better, expected by the true risks, at closing."""
        rows = self.rows.with_columns(new=new, old=old).filter("is_last")
        rows = rows.join(self.truth, on="interaction_id", how="inner").drop_nulls("true_risk")
        rows = rows if where is None else rows.filter(where)
        t, n, o = (rows[name].to_numpy() for name in ("true_risk", "new", "old"))
        return float(np.mean(t * np.log(n / o) + (1 - t) * np.log((1 - n) / (1 - o))))


def one_company(seed: int) -> dict[str, tuple[list[Check], float]]:
    """Return the gate's checks of each kind of version, and by how much each is truly better than its champion."""
    work = work_on(company(N_LEARNT, 1000 + seed)[0], SPEC)
    full = learnt(work)
    judges = Judges.of(work, full, 2000 + seed)
    good = judges.rows["risk"]
    tenth, strange = (judges.risk(learnt(work, change, seed)) for change in (of_a_tenth, of_strangers))
    poor = judges.risk(without_family(work, "greeting"))
    anew = judges.risk(learnt(replace(work, spec=work.spec.model_copy(update={"seed": 8}))))
    broken = judges.broken(good)
    pairs: dict[str, tuple[pl.Series, pl.Series, RequiredGain]] = {
        "better: ten times the data": (good, tenth, "better"),
        "better: knows of the greeting": (good, poor, "better"),
        "learnt from a tenth": (tenth, good, "better"),
        "learnt from a tenth, as a retraining": (tenth, good, "not_worse"),
        "learnt from strangers' history": (strange, good, "better"),
        "learnt from strangers' history, as a retraining": (strange, good, "not_worse"),
        "better, but not in chat": (broken, tenth, "better"),
        "learnt anew with other luck, as a retraining": (anew, good, "not_worse"),
    }
    found = {name: (judges.gate(*pair), judges.true_gain(*pair[:2])) for name, pair in pairs.items()}
    found["better, but not in chat: in chat"] = (
        [],
        judges.true_gain(broken, tenth, pl.col("channel") == "chat"),
    )
    return found


def with_ratings_shuffled(seed: int) -> forestall.Tables:
    """Return a company in which everybody gave somebody else's rating."""
    tables, _ = company(N_NOISE, 3000 + seed)
    return tables.replace(feedback=tables.feedback.with_columns(pl.col("rating").shuffle(seed)))


def of_noise(seed: int) -> forestall.Tables:
    """Return a company in which what happened is somebody else's and ratings are drawn by chance."""
    tables, _ = company(N_NOISE, 4000 + seed)
    rng = np.random.default_rng(seed)
    who = tables.interactions.select("interaction_id", "started_at")
    other = who[rng.permutation(who.height)].rename({"interaction_id": "other", "started_at": "other_at"})
    events = tables.events.join(who.hstack(other), on="interaction_id", how="left", maintain_order="left")
    moved = events.with_columns(
        interaction_id="other", at=pl.col("at") + (pl.col("other_at") - pl.col("started_at"))
    ).select(tables.events.columns)
    rating = pl.Series(
        rng.choice([1.0, 2.0, 3.0, 4.0, 5.0], tables.feedback.height, p=[0.08, 0.07, 0.1, 0.25, 0.5])
    )
    late = pl.col("rated_at") + timedelta(days=5)  # after the other's events
    return tables.replace(events=moved, feedback=tables.feedback.with_columns(rating=rating, rated_at=late))


def on_noise(tables: forestall.Tables) -> tuple[list[Check], float]:
    """Return the gate's checks of a first version, learnt from noise, and its AUC."""
    spec = SPEC.model_copy(update={"split": SPEC.split.model_copy(update={"test_share": 0.3})})
    rows = work_on(tables, spec).judge(n_refits=0)[1]
    last = rows.filter("is_last")
    return comparison_checks(rows, spec.gate, segments=SEGMENTS), risk_metrics(last["label"], last["risk"])[
        "auc"
    ]


def passes(checks: list[Check]) -> bool:
    return all(check.passed for check in checks)


def main(n_seeds: int) -> None:
    """Learn, judge and print."""
    begin = time.perf_counter()
    found: dict[str, list[tuple[list[Check], float]]] = {}
    for seed in range(n_seeds):
        for name, one in one_company(seed).items():
            found.setdefault(name, []).append(one)
        print(f"company {seed}: {time.perf_counter() - begin:.0f} s", file=sys.stderr, flush=True)
    print(f"{n_seeds} companies of {N_LEARNT:,} interactions, judged on {N_JUDGED:,} of another seed")
    print(
        "version                                         passed  of them worse   true gain in log-loss  refused by"
    )
    for name, some in found.items():
        gains = [gain for _, gain in some]
        refused: dict[str, int] = {}
        for checks, _ in some:
            for check in checks:
                refused[check.check] = refused.get(check.check, 0) + (not check.passed)
        why = ", ".join(f"{one} {n}" for one, n in refused.items() if n)
        passed = [gain for checks, gain in some if passes(checks)] if some[0][0] else []
        counts = f"{len(passed):>2}/{n_seeds}  {sum(gain < 0 for gain in passed):>13}" if some[0][0] else ""
        print(f"{name:<48}{counts:<20}   {min(gains):+.4f} to {max(gains):+.4f}     {why}")
    for name, made in (("ratings shuffled", with_ratings_shuffled), ("pure noise", of_noise)):
        noise = [on_noise(made(seed)) for seed in range(2 * n_seeds)]
        refused_n = sum(not passes(checks) for checks, _ in noise)
        aucs = [auc for _, auc in noise]
        print(
            f"{name}: refused {refused_n} of {len(noise)}; AUC {np.mean(aucs):.3f} ({min(aucs):.3f} to {max(aucs):.3f})"
        )
        print(f"{name}: {time.perf_counter() - begin:.0f} s", file=sys.stderr, flush=True)
    print(f"in {(time.perf_counter() - begin) / 60:.0f} minutes")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
