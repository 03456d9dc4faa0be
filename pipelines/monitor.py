"""Ask whether the champion is still right, and say so by the exit code: copy, adapt and schedule.

Exit code 0: nothing is due; 3: retraining is due, run retrain.py; 4: facts are lost, repair the data first. Each run
writes to a folder of its own below OUT, named after its time.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import forestall
from forestall.cli.main import ended
from forestall.cli.output import Steps, show


def main() -> int:
    """Monitor and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reference", help="the data folder that the model learnt from")
    parser.add_argument("current", help="the data folder of today, with the customers' past")
    parser.add_argument("output", type=Path, help="below which each run has its folder")
    parser.add_argument("--model", default="models:/dissatisfaction-risk@champion")
    parser.add_argument(
        "--scores", help="what pipelines/score.py wrote: the risks given at the time are judged"
    )
    arguments = parser.parse_args()
    with Steps() as steps:
        output = arguments.output / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        result = forestall.monitor(
            arguments.model,
            arguments.reference,
            arguments.current,
            output=output,
            scores=arguments.scores,
            progress=steps,
        )
    shown = ("retraining_due", "repair_due", "reasons", "notes")
    show({"report": str(output / "report.html"), **{name: result.summary[name] for name in shown}})
    return result.exit_code


if __name__ == "__main__":
    raise SystemExit(ended(main))
