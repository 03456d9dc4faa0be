"""Measure what contacts save, every night: copy, adapt and schedule.

The confidence sequence may be looked at every night, so this may run after pipelines/nightly.py. OUT/effect.json holds
the saved share that a policy may use; OUT/report.html is for the service manager. The exit code is 0 unless the job
fails; `is_sound` is false if a check of the experiment's design failed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import forestall
from forestall.cli import Steps, exit_code_of, show


def main() -> int:
    """Measure and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="the data folder of today, with the table contacts")
    parser.add_argument("output", type=Path, help="gets effect.json and report.html")
    parser.add_argument("--experiment", help="its name; may be left out when there is only one")
    parser.add_argument("--model", help="the model's folder: its model.yaml says who is dissatisfied")
    arguments = parser.parse_args()
    with Steps() as steps:
        result = forestall.effect(
            arguments.data,
            experiment=arguments.experiment,
            model=arguments.model,
            output=arguments.output,
            progress=steps,
        )
    show(result.summary())
    return 0


if __name__ == "__main__":
    raise SystemExit(exit_code_of(main))
