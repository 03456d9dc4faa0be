"""Folders that are made once in a test run, by whichever worker needs one first, and are read by all."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from mlflow.tracking._tracking_service.utils import _artifact_repos_cache


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that `make` fills, if no worker of this run has done so before; tests must not change it."""
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # which the workers share
    folder, is_made = root / "shared" / name, root / "shared" / f"{name}.made"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(root / "shared" / f"{name}.lock"):
        if not is_made.exists():
            shutil.rmtree(folder, ignore_errors=True)  # what a failed attempt has left
            folder.mkdir()
            make(folder)
            is_made.touch()
    return folder


def copy_of_store(source: Path, target: Path) -> None:
    """Copy a folder with MLflow's store `mlflow.db` and its artifacts, whose full paths the store names.

    MLflow remembers where a run has its artifacts by the run's id alone. In the process that made the store it would
    write to the source, so it must forget that.
    """
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("mlflow.db"))
    old, new = sqlite3.connect(source / "mlflow.db"), sqlite3.connect(target / "mlflow.db")
    try:
        new.executescript("\n".join(old.iterdump()).replace(str(source), str(target)))
    finally:
        old.close()
        new.close()
    _artifact_repos_cache.clear()
