"""What-if questions on simulated data, against the simulator's own answer: is the direction right.

    python benchmarks/what_if.py [INTERACTIONS]

A model is trained on one simulated company. Questions are asked of another one, at the last moment of interactions, and
the simulator is asked the same: it computes the causes of dissatisfaction again with that one fact changed. Counted are
the questions whose true answer is not 0. A risk that does not change counts as wrong.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

import forestall
from forestall.model.what_if import ask
from forestall.simulation import simulate_tables
from forestall.simulation.effects import dissatisfaction
from forestall.simulation.visits import draw_visits
from forestall.training.learn import learn

N_NEW, SEED, RATE = 3_000, 2, 0.35
Visits = dict[str, Any]


def _wait(times: float) -> Callable[[Visits], Visits]:
    return lambda v: {**v, "wait": v["wait"] * times, "ratio": v["ratio"] * times}


# the fact, its value from the feature as it is, the same change of the simulator's visits, and whom to ask
QUESTIONS: dict[str, tuple[str, Callable[[float], float], Callable[[Visits], Visits], Callable[[Visits], Any]]] = {
    "half the wait": ("service_wait_s", lambda s: s / 2, _wait(0.5), lambda v: v["is_served"]),
    "twice the wait": ("service_wait_s", lambda s: s * 2, _wait(2.0), lambda v: v["is_served"]),
    "greeted at once": (
        "greeting_greet_s", lambda _: 1.0, lambda v: {**v, "greeted": np.ones(len(v["greeted"]))},
        lambda v: v["is_greeted"] & (np.nan_to_num(v["greeted"]) > 1),
    ),
    "no transfer": (
        "resolution_transfer_n", lambda _: 0.0, lambda v: {**v, "n_transfers": v["n_transfers"] * 0},
        lambda v: v["n_transfers"] > 0,
    ),
    "not reopened": (
        "resolution_reopened_n", lambda _: 0.0, lambda v: {**v, "is_reopened": np.zeros(len(v["is_reopened"]), bool)},
        lambda v: v["is_reopened"],
    ),
}  # fmt: skip


def main(n: int) -> None:
    """Train, ask and print."""
    frames = simulate_tables(n, seed=1)
    frames.pop("truth")
    model = learn(
        forestall.Tables(**frames), forestall.read_spec("models/dissatisfaction"), evaluate=False
    ).model
    frames = simulate_tables(N_NEW, seed=SEED, response_rate=RATE)
    frames.pop("truth")
    tables = forestall.Tables(**frames)
    visits = draw_visits(N_NEW, SEED, RATE)
    before = dissatisfaction(visits)
    records = forestall.records(tables, forestall.default_moments(tables))
    features = model.features(records)
    print(f"{n:,} simulated interactions to learn from; questions of {N_NEW:,} others, at their last moments")
    for name, (fact, value, change, whom) in QUESTIONS.items():
        truth = dissatisfaction(change(visits)) - before
        number = np.array([int(record["interaction_id"][1:]) for record in records])
        asked = np.flatnonzero((whom(visits) & (np.abs(truth) > 0.02))[number])
        questions = [(records[place], {fact: value(features[fact][int(place)])}) for place in asked]
        answers = [_changed(ask(model, record, changes), record) for record, changes in questions]
        old = model.score([record for record, _ in questions])["dissatisfaction_risk"].to_numpy()
        new = model.score(answers)["dissatisfaction_risk"].to_numpy()
        right = np.sign(new - old) == np.sign(truth[number[asked]])
        print(
            f"{name:<16} {len(asked):5,} asked, {right.mean():6.1%} in the right direction; "
            f"mean change of the risk {np.mean(new - old):+.3f}"
        )


def _changed(otherwise: Any, record: dict[str, Any]) -> dict[str, Any]:
    """Return the changed record at the record's own moment."""
    as_of = np.datetime64(record["as_of"].removesuffix("+00:00"), "us").astype(np.int64)
    return dict(otherwise.record(record, int(as_of)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("interactions", nargs="?", type=int, default=20_000)
    main(parser.parse_args().interactions)
