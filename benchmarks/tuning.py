"""Whether tuning is worth its time: tuned against the settings as they are, on the test part that no trial saw.

python benchmarks/tuning.py deepcsat|simulated [TRIALS] [INTERACTIONS]
"""

from __future__ import annotations

import sys
import time

import forestall
from forestall.evaluation.metrics import paired_gain, risk_metrics
from forestall.simulation import simulate_tables
from forestall.training.learn import TUNING, learn
from forestall.training.training_set import TrainingSet
from forestall.training.tuning import Progress, Tuned, tune
from prove import DATA

SHOWN = ("auc", "log_loss", "average_precision")


def data(name: str, n: int) -> tuple[forestall.Tables, forestall.Spec]:
    """Return the tables, and what is learnt from them."""
    if name == "simulated":
        frames = simulate_tables(n, seed=1)
        frames.pop("truth")
        return forestall.Tables(**frames), forestall.read_spec("models/dissatisfaction")
    tables = forestall.import_records("pipelines/mappings/deepcsat.yaml", [DATA / "deepcsat" / "tickets.csv"])
    return tables, forestall.read_spec("models/deepcsat")


def main(name: str, n_trials: int, n: int) -> None:
    """Tune, train, compare and print."""
    tables, spec = data(name, n)
    spent: list[float] = []

    def tell(one: Progress) -> None:
        print(f"{one.done} of {one.total}: {one.loss:.4f} ({one.as_configured:.4f})", file=sys.stderr)

    def timed(work: TrainingSet) -> Tuned:
        begin = time.perf_counter()
        tuned = tune(work, n_trials, tell=tell)
        spent.append(time.perf_counter() - begin)
        return tuned

    begin = time.perf_counter()
    learnt = learn(tables, spec, tune=timed)
    whole, tuned = time.perf_counter() - begin, learnt.tuned
    print(
        f"{name}: {learnt.counts['train']:,} interactions to learn from, {learnt.counts['test']:,} later ones to test"
    )
    print(f"{n_trials} trials in {spent[0]:.0f} s, {tuned.n_pruned} cut short; all in {whole:.0f} s")
    print(
        f"on the windows of the training part: log-loss {tuned.best.losses[-1]:.4f} in trial {tuned.best.number}, "
        f"{tuned.trials[0].losses[-1]:.4f} as configured"
    )
    print(f"settings: {tuned.best.params}")
    last = learnt.test.filter("is_last")
    own = risk_metrics(last["label"], last["risk"])
    print("test part, tuned:         " + ", ".join(f"{one} {own[one]:.4f}" for one in SHOWN))
    if not tuned.is_changed:
        print(tuned.verdict(None))
        return
    other = learnt.ablations[TUNING].filter("is_last")
    before = risk_metrics(other["label"], other["risk"])
    print("test part, as configured: " + ", ".join(f"{one} {before[one]:.4f}" for one in SHOWN))
    both = last.drop("weight").with_columns(risk_before=other["risk"])
    for metric in SHOWN:
        gain = paired_gain(both, "risk", "risk_before", metric=metric, seed=spec.seed)
        print(f"gain in {metric}: {gain.mean:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})")
        if metric == "log_loss":
            verdict = tuned.verdict(gain._asdict())
    print(verdict)


if __name__ == "__main__":
    given = sys.argv[2:]
    main(sys.argv[1], int(given[0]) if given else 40, int(given[1]) if len(given) > 1 else 50_000)
