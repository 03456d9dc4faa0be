"""Forestall beside its peers, on the same rows and columns.

    python benchmarks/peers.py deepcsat|itsm [--data FOLDER] [--seconds 120] [--holdout SHARE]

Each learns from the same training rows and judges the same test rows, at the end of each interaction. A gain is
Forestall's, above 0 where it is better, with the 95 % interval of a paired bootstrap over customers.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.data import Tables
from forestall.evaluation.metrics import paired_gain, risk_metrics
from forestall.importing import import_tables
from forestall.model.spec import Spec, read_spec
from forestall.moments.row_order import with_own_rows
from forestall.training.labelled_moments import labelled_moments
from forestall.training.learn import learn
from peers_data import hold_out, raw_columns, same_columns
from peers_models import peers

Floats = npt.NDArray[np.float64]
ROOT = Path(__file__).resolve().parent.parent
MEASURES = ("auc", "log_loss", "average_precision")


@dataclass
class Race:
    """Rows to learn from, rows to judge, and the risks of all who took part.

    Attributes
    ----------
    train, test
        `interaction_id` and `label`, one row an interaction.
    risks, seconds
        By name: the risks of the test rows, and how long it took.
    """

    train: pl.DataFrame
    test: pl.DataFrame
    risks: dict[str, Floats] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def own_split(tables: Tables, spec: Spec, n_jobs: int) -> Race:
    """Return Forestall's own evaluation: its twin, judged on the test part."""
    begin = time.perf_counter()
    learnt = learn(tables, spec, n_jobs=n_jobs)
    took = time.perf_counter() - begin
    if learnt.work is None:
        raise RuntimeError("the learning must keep its rows")
    last = learnt.work.rows.moments.filter("is_last", pl.col("part") == "train")
    train, test = (with_own_rows(rows, tables) for rows in (last, learnt.test.filter("is_last")))
    return Race(train, test, {"Forestall": test["risk"].to_numpy()}, {"Forestall": took})


def held_out(tables: Tables, spec: Spec, share: float, n_jobs: int) -> tuple[Race, Tables]:
    """Return Forestall, trained on all that was known before, judged on later interactions; and the tables to read."""
    past, later = hold_out(tables, share, spec.seed)
    begin = time.perf_counter()
    model = learn(past, spec, n_jobs=n_jobs).model
    took = time.perf_counter() - begin
    last, _ = labelled_moments(past, spec)
    scores = model.score(later).select("interaction_id", "as_of", risk="dissatisfaction_risk")
    truth, _ = labelled_moments(later, spec)
    test = truth.filter("is_last").join(scores, on=["interaction_id", "as_of"], how="left")
    risks = test["risk"].fill_null(float(last["label"].mean())).to_numpy()  # type: ignore[arg-type]
    race = Race(last.filter("is_last"), test, {"Forestall": risks}, {"Forestall": took})
    # a peer reads each ticket as it was known: the past up to the border, the later ones to their end
    return race, past.replace(**{
        table: pl.concat([getattr(past, table), getattr(later, table)])
        for table in ("interactions", "events", "feedback")
    })  # fmt: skip


def run_peers(race: Race, tables: Tables, seconds: float, n_jobs: int, seed: int) -> list[str]:
    """Let the peers learn and judge; return the packages that are not installed."""
    columns = raw_columns(tables)
    train, test = same_columns(
        *(columns.loc[part["interaction_id"].to_list()] for part in (race.train, race.test))
    )
    print(f"{train.shape[1]} columns: {', '.join(train)}")
    found, missing = peers(seconds, n_jobs, seed)
    label = race.train["label"].to_numpy().astype(np.float64)
    for name, peer in found.items():
        begin = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the peers, not ours to mend
            race.risks[name] = peer(train, label, test)
        race.seconds[name] = time.perf_counter() - begin
    return missing


def report(race: Race) -> None:
    """Print figures of all, and Forestall's gain over each."""
    y = race.test["label"].to_numpy()
    print(
        f"{len(race.train):,} interactions to learn from, {len(y):,} to judge, {y.mean():.1%} of them dissatisfied"
    )
    print(
        f"{'':<22}{'AUC':>8}{'log-loss':>10}{'av. prec.':>11}{'time':>9}   Forestall's gain: AUC{'':>14}log-loss"
    )
    for name, risk in race.risks.items():
        found = risk_metrics(y, risk)
        figures = f"{found['auc']:8.4f}{found['log_loss']:10.4f}{found['average_precision']:11.4f}"
        print(f"{name:<22}{figures}{race.seconds[name]:7.1f} s", end="")
        print("" if name == "Forestall" else f"   {_gains(race, name)}", flush=True)


def _gains(race: Race, name: str) -> str:
    y, own, risk = race.test["label"], race.risks["Forestall"], race.risks[name]
    told = []
    for metric in ("auc", "log_loss"):
        gain = paired_gain(y, own, risk, metric=metric)
        told.append(f"{gain.mean:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})")
    return "   ".join(told)


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", choices=["deepcsat", "itsm"])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("FORESTALL_DATA", "data")))
    parser.add_argument("--seconds", type=float, default=120, help="FLAML's; 0: it does not take part")
    parser.add_argument("--holdout", type=float, help="share of the tickets kept away from all learning")
    parser.add_argument(
        "--model", type=Path, help="a folder with a model.yaml; default: the one of that name"
    )
    parser.add_argument("--n-jobs", type=int, default=2)
    options = parser.parse_args()
    mapping = ROOT / "pipelines" / "mappings" / f"{options.name}.yaml"
    tables = import_tables(mapping, [options.data / options.name / "tickets.csv"])
    spec = read_spec(options.model or ROOT / "models" / options.name)
    if options.holdout is None:
        race, seen = own_split(tables, spec, options.n_jobs), tables
    else:
        race, seen = held_out(tables, spec, options.holdout, options.n_jobs)
    missing = run_peers(race, seen, options.seconds, options.n_jobs, spec.seed)
    report(race)
    for name in missing:
        print(f"{name} is not installed and did not take part: pip install 'forestall[peers]'")


if __name__ == "__main__":
    main()
