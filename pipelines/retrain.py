"""Train on a data folder and promote the new version if it passes the gate: copy, adapt and schedule.

Run it when monitor.py ends with 3. If facts are lost as well, repair the data first: a model that is trained without
them makes the loss last. Exit codes: 0, the new version is champion; 3, it did not pass the gate, the champion stays.
"""

from __future__ import annotations

import argparse

import forestall
from forestall.cli import Steps, exit_code_of, show
from forestall.errors import EXIT_NOT_PASSED


def main() -> int:
    """Retrain and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="a data folder")
    parser.add_argument("--model", default="models/dissatisfaction", help="the model's folder")
    arguments = parser.parse_args()
    with Steps() as steps:
        report = forestall.train(arguments.data, arguments.model, progress=steps)
        gate = forestall.promote(report.name, version=report.version, progress=steps)
    show({"version": report.version, "metrics": report.summary()["metrics"], "gate": gate.to_dict()})
    return 0 if gate.passed else EXIT_NOT_PASSED


if __name__ == "__main__":
    raise SystemExit(exit_code_of(main))
