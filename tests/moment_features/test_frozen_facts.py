"""Frozen facts: what is usual for known, unknown and missing names, of frames and of lists."""

import math

import numpy as np
import polars as pl

from forestall.moment_features.frozen_facts import FrozenFacts
from forestall.moment_features.interaction_lists import QUEUE_KEY
from forestall.moment_features.state_columns import Recorded, Usual

FACTS = FrozenFacts(
    kinds=["resolved"],
    company={"wait_s": 60.0, "rating": None},
    tables={
        "venue": {"key": ["a", "b"], "wait_s": [10.0, 20.0], "rating": [None, 4.0]},
        "queue": {"key": ["a\x1fphone"], "wait_s": [5.0]},
    },
)
COLUMNS = [
    Usual("venue", "wait_s"), Usual("venue", "rating"), Usual("queue", "wait_s"), Usual("all", "wait_s"),
    Recorded("resolved"), Recorded("closed"),
]  # fmt: skip
KEYS = {"venue": ["b", "a", "nowhere", None], QUEUE_KEY: ["a\x1fphone", "\x1f", "b\x1f", "x"]}


def test_known_unknown_and_missing_names():
    """An unknown name has the company's mean, a missing one nothing."""
    place, as_of = np.arange(4), np.zeros(4, dtype=np.int64)
    for keys in (KEYS, pl.DataFrame(KEYS)):
        state = {name: values.tolist() for name, values in FACTS.state(keys, place, as_of, COLUMNS).items()}
        assert state["usual venue wait_s"][:3] == [20, 10, 60]
        assert state["usual venue rating"][0] == 4
        assert [math.isnan(value) for value in state["usual venue rating"]] == [False, True, True, True]
        assert math.isnan(state["usual venue wait_s"][3])
        assert state["usual queue wait_s"] == [5, 60, 60, 60]
        assert state["usual all wait_s"] == [60] * 4
        assert state["recorded resolved"] == [True] * 4
        assert state["recorded closed"] == [False] * 4


def test_moments_may_be_of_any_interactions():
    state = FACTS.state(KEYS, np.array([1, 1, 0]), np.zeros(3, dtype=np.int64), COLUMNS[:1])
    assert state["usual venue wait_s"].tolist() == [10, 10, 20]
