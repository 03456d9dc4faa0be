"""Train on a data folder and promote the new version if it passes the gate: copy, adapt and schedule.

Ends with 0 when the new version is champion, 3 when the gate was not passed: the champion stays.
"""

from __future__ import annotations

import argparse

import forestall
from forestall.cli.main import ended
from forestall.cli.output import Steps, show


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
    return 0 if gate.passed else 3


if __name__ == "__main__":
    raise SystemExit(ended(main))
