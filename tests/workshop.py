"""What the tests of trained models share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from forestall.jobs.train import TrainReport
    from forestall.promotion.gate import GateResult

# A model that is learnt in seconds: few moments, few rounds, and a gate for little data.
QUICK_MODEL = """
name: quick-risk
label: {scale: [1, 5], dissatisfied_at_or_below: 2, horizon_days: 30}
moments: {per_interaction: 2}
lightgbm: {learning_rate: 0.2, num_leaves: 7, max_bin: 31}
gate: {min_labelled: 300, min_dissatisfied: 50, max_slowdown: 5}   # rivals with fewer families are faster
seed: 7
"""


@dataclass(frozen=True)
class Work:
    """A working folder with data, a model's folder, and a default store with one champion in it."""

    folder: Path
    data: Path
    model: Path
    report: TrainReport
    gate: GateResult

    @property
    def tracking_uri(self) -> str:
        """The store's address; a full path, since tests run in folders of their own."""
        return f"sqlite:///{self.folder}/mlflow.db"

    @property
    def champion(self) -> str:
        return f"models:/{self.report.name}@champion"


Run = Callable[..., tuple[int, str, str]]
Change = Callable[[pl.DataFrame], pl.DataFrame]


def error_of(said: str) -> str:
    """Give the one line that says what is wrong."""
    assert "Traceback" not in said
    lines = [line for line in said.splitlines() if line.startswith("error:")]
    assert len(lines) == 1
    assert said.splitlines()[-1] == lines[0]
    return lines[0]


def spoil(source: Path, target: Path, **changes: Change | None) -> None:
    """Copy a data folder with some tables changed; None leaves one out."""
    target.mkdir()
    for table in ("interactions", "events", "feedback"):
        change = changes.get(table, lambda frame: frame)
        if change is not None:
            change(pl.read_parquet(source / f"{table}.parquet")).write_parquet(target / f"{table}.parquet")
