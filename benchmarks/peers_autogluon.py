"""AutoGluon's risks of a table, in a Python of its own: its libraries are older than Forestall's.

python benchmarks/peers_autogluon.py FOLDER SECONDS N_JOBS

The folder holds `train.csv`, with the column `label`, and `test.csv`; the answer is `risk.csv`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd


def main(folder: Path, seconds: float, n_jobs: int) -> None:
    """Learn with the preset best_quality, and write the risks."""
    from autogluon.tabular import TabularPredictor

    train, test = (pd.read_csv(folder / f"{name}.csv") for name in ("train", "test"))
    model = TabularPredictor("label", eval_metric="log_loss", path=str(folder / "models"), verbosity=0)
    model.fit(train, presets="best_quality", time_limit=seconds, num_cpus=n_jobs)
    model.predict_proba(test)[1].rename("risk").to_csv(folder / "risk.csv", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
