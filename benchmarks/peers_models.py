"""The peers: each learns from plain columns and answers a risk."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
AUTOGLUON_S = 300
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


def autogluon(train: pd.DataFrame, y: Floats, test: pd.DataFrame, n_jobs: int, python: str) -> Floats:
    """Return the risks of AutoGluon's best_quality, learnt by another Python within `AUTOGLUON_S` seconds."""
    with tempfile.TemporaryDirectory() as folder:
        train.assign(label=y.astype(int)).to_csv(Path(folder) / "train.csv", index=False)
        test.to_csv(Path(folder) / "test.csv", index=False)
        script = Path(__file__).with_name("peers_autogluon.py")
        command = [python, str(script), folder, str(AUTOGLUON_S), str(n_jobs)]
        subprocess.run(command, check=True, stdout=sys.stderr)
        return pd.read_csv(Path(folder) / "risk.csv")["risk"].to_numpy()


def peers(seconds: float, n_jobs: int, seed: int) -> tuple[dict[str, Peer], list[str]]:
    """Return the peers that are installed, by name, and the names of the packages that are not.

    AutoGluon, whose libraries are older than ours, takes part where AUTOGLUON_PYTHON names a Python that has it.

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
    python = os.environ.get("AUTOGLUON_PYTHON")
    if python:
        found[f"AutoGluon, {AUTOGLUON_S} s"] = lambda x, y, z: autogluon(x, y, z, n_jobs, python)
    return found, missing
