"""The peers: each learns from plain columns and answers a risk."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Peer = Callable[[pd.DataFrame, Floats, pd.DataFrame], Floats]


def base_rate(train: pd.DataFrame, y: Floats, test: pd.DataFrame) -> Floats:
    """Return the share of dissatisfied in training, for all."""
    return np.full(len(test), y.mean())


def lightgbm(train: pd.DataFrame, y: Floats, test: pd.DataFrame, n_jobs: int, seed: int) -> Floats:
    """Return the risks by LightGBM's defaults, with its own treatment of categories."""
    from lightgbm import LGBMClassifier

    model = LGBMClassifier(n_jobs=n_jobs, random_state=seed, verbosity=-1).fit(train, y)
    return np.asarray(model.predict_proba(test))[:, 1]


def catboost(train: pd.DataFrame, y: Floats, test: pd.DataFrame, n_jobs: int, seed: int) -> Floats:
    """Return the risks by CatBoost's defaults."""
    from catboost import CatBoostClassifier

    names = list(train.select_dtypes("category"))
    train, test = (part.copy() for part in (train, test))
    for part in (train, test):
        part[names] = part[names].astype(object).where(part[names].notna(), "").astype(str)
    model = CatBoostClassifier(
        cat_features=names, thread_count=n_jobs, random_seed=seed, verbose=False, allow_writing_files=False
    )
    return np.asarray(model.fit(train, y).predict_proba(test))[:, 1]


def flaml(
    train: pd.DataFrame, y: Floats, test: pd.DataFrame, n_jobs: int, seed: int, seconds: float
) -> Floats:
    """Return the risks of the best model that FLAML finds by log-loss within so many seconds."""
    from flaml import AutoML

    model: Any = AutoML()
    model.fit(
        train, y.astype(int), task="classification", metric="log_loss", time_budget=seconds, n_jobs=n_jobs,
        seed=seed, verbose=0,
    )  # fmt: skip
    return np.asarray(model.predict_proba(test))[:, 1]


def peers(seconds: float, n_jobs: int, seed: int) -> tuple[dict[str, Peer], list[str]]:
    """Return the peers that are installed, by name, and the names of the packages that are not.

    Parameters
    ----------
    seconds
        How long FLAML may search; 0: it does not take part.
    n_jobs
        Threads of each.
    seed
        Of each.
    """
    found: dict[str, Peer] = {
        "base rate": base_rate,
        "LightGBM, defaults": lambda x, y, z: lightgbm(x, y, z, n_jobs, seed),
    }
    missing = [name for name in ("catboost", "flaml") if find_spec(name) is None]
    if "catboost" not in missing:
        found["CatBoost"] = lambda x, y, z: catboost(x, y, z, n_jobs, seed)
    if "flaml" not in missing and seconds > 0:
        found[f"FLAML, {seconds:.0f} s"] = lambda x, y, z: flaml(x, y, z, n_jobs, seed, seconds)
    return found, missing
