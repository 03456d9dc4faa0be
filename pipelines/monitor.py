"""Check whether the champion is still right: copy, adapt and schedule.

Exit codes: 0, nothing is due; 3, retraining is due: run retrain.py; 4, facts are lost: find out since when and why, and
repair the data. If facts are lost and retraining is due, the code is 3 and `repair_due` is true: repair the data first.
Each run writes to its own folder below OUT, named after its time.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import forestall
from forestall.cli import Steps, exit_code_of, show


def main() -> int:
    """Monitor and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reference", help="the data folder that the model was trained on")
    parser.add_argument("current", help="the data folder of today, with the customers' past")
    parser.add_argument("output", type=Path, help="each run writes to its own folder below this one")
    parser.add_argument("--model", default="models:/dissatisfaction-risk@champion")
    parser.add_argument(
        "--scores", help="the results of pipelines/score.py: their risks are compared with what was observed"
    )
    arguments = parser.parse_args()
    with Steps() as steps:
        result = forestall.monitor(
            arguments.model,
            arguments.reference,
            arguments.current,
            output=arguments.output / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
            scores=arguments.scores,
            progress=steps,
        )
    figures = result.to_dict()
    show({name: figures[name] for name in ("report", "retraining_due", "repair_due", "reasons", "notes")})
    return result.exit_code


if __name__ == "__main__":
    raise SystemExit(exit_code_of(main))
