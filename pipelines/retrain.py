"""Import, check, train and promote, or keep the champion: copy, adapt and schedule.

It is safe to run unattended. One at a time: a second one ends at once with 2. Every step writes all of its results or
none, so after a failure or a kill the champion is what it was, and the command can be given again.

Exit codes: 0, the new version is champion; 3, it did not pass the gate, and the champion stays; 4, the data report
found an error, and nothing was trained: repair the data; 1 and 2, it failed, and the message says what to do.

Run it when monitor.py ends with 3. If that says that facts are lost as well, repair the data first: a model that is
trained without them makes the loss last.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import forestall
from forestall.cli import Steps, exit_code_of, show
from forestall.errors import EXIT_NOT_PASSED, EXIT_REPAIR
from forestall.publishing import locked, writing


def main() -> int:
    """Retrain, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="a data folder; with --mapping it is written first")
    parser.add_argument("--mapping", help="import an export by this mapping file first")
    parser.add_argument("--source", action="append", default=[], help="a file of the export, or NAME=FILE")
    parser.add_argument("--model", default="models/dissatisfaction", help="the model's folder")
    parser.add_argument(
        "--work", type=Path, default="retrain", help="gets the data report; one at a time uses it"
    )
    arguments = parser.parse_args()
    if bool(arguments.mapping) != bool(arguments.source):
        parser.error("--mapping and --source must be given together")
    with writing(arguments.work):
        arguments.work.mkdir(parents=True, exist_ok=True)
    with locked(arguments.work, task="used"), Steps() as steps:
        return retrain(arguments, steps)


def retrain(arguments: argparse.Namespace, steps: Steps) -> int:
    """Do the steps, and return the exit code."""
    if arguments.mapping:
        forestall.import_records(arguments.mapping, arguments.source, output=arguments.data, progress=steps)
    report = forestall.check(
        arguments.data, model=arguments.model, output=arguments.work / "check", progress=steps
    )
    if report.error is not None:
        raise report.error
    errors = [f"{one.found} {one.means}" for one in report.findings if one.severity == "error"]
    if errors:
        show({"errors": errors, "data_report": str(report.output / "data_report.html")})
        return EXIT_REPAIR
    trained = forestall.train(arguments.data, arguments.model, progress=steps)
    gate = forestall.promote(trained.name, version=trained.version, progress=steps)
    show({"version": trained.version, "metrics": trained.summary()["metrics"], "gate": gate.to_dict()})
    return 0 if gate.passed else EXIT_NOT_PASSED


if __name__ == "__main__":
    raise SystemExit(exit_code_of(main))
