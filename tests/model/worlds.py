"""Small simulated companies with a known true risk."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import expit


@dataclass(frozen=True)
class World:
    """The arguments of `fit`, and the true risk of each row."""

    X: pl.DataFrame
    y: np.ndarray
    weight: np.ndarray
    time: np.ndarray
    groups: np.ndarray
    truth: np.ndarray

    @property
    def fit_args(self) -> tuple:
        return self.X, self.y, self.weight, self.time, self.groups


def world(n: int = 2000, moments: int = 2, seed: int = 0) -> World:
    """Return `n` interactions of `n / 2` customers.

    The risk rises with `wait_s`, falls with `skill`, interacts in `price` and `age`, differs by `channel` and
    `topic`; `noise`, and `agent` with n / 10 names, mean nothing.
    """
    rng = np.random.default_rng(seed)
    wait, skill, price, age = rng.exponential(size=n), *rng.normal(size=(3, n))
    channel, topic = rng.integers(4, size=n), rng.integers(30, size=n)
    topics = np.random.default_rng(99).normal(size=30) * 0.5
    raw = -2.4 + np.minimum(wait, 3) * 0.8 - 0.7 * skill + 0.8 * np.tanh(price) * np.tanh(age)
    truth = expit(raw + np.array([-0.6, 0, 0.2, 0.8])[channel] + topics[topic])
    y = (rng.random(n) < truth).astype(int)
    row = np.repeat(np.arange(n), moments)
    names = np.array([f"a{k}" for k in rng.integers(n // 10, size=n)])
    frame = pl.DataFrame(
        {
            "wait_s": wait[row],
            "skill": np.where(rng.random(n) < 0.1, np.nan, skill)[row],
            "price": price[row],
            "age": age[row],
            "noise": rng.normal(size=len(row)),
            "channel": np.array(["web", "chat", "phone", "email"])[channel][row],
            "topic": [f"t{k}" for k in topic[row]],
            "agent": names[row],
        }
    )
    groups = np.column_stack([rng.integers(n // 2, size=n)[row], row])
    time = np.sort(rng.integers(10**6, size=n))[row]
    return World(frame, y[row], np.full(len(row), 1 / moments), time, groups, truth[row])


def auc(y: np.ndarray, score: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(y, score))
