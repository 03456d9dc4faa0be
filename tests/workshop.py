"""What the tests of trained models share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forestall.jobs.train import TrainReport
    from forestall.registry.gate import GateResult

# A model that is learnt in seconds: few moments, few rounds, and a gate for little data.
QUICK_MODEL = """
name: quick-risk
label: {scale: [1, 5], dissatisfied_at_or_below: 2, horizon_days: 30}
moments: {per_interaction: 2}
lightgbm: {learning_rate: 0.1, num_leaves: 7}
gate: {min_labelled: 300, min_dissatisfied: 50}
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
