"""Score the interactions that are open now with the champion: copy, adapt and schedule.

Each run writes to its own folder below OUT, named after its time. A repeated run replaces its own results.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import forestall
from forestall.cli import Steps, exit_code_of, show
from forestall.moments import utc


def main() -> None:
    """Score and print what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="a data folder")
    parser.add_argument("output", type=Path, help="each run writes to its own folder below this one")
    parser.add_argument("--model", default="models:/dissatisfaction-risk@champion")
    parser.add_argument("--as-of", help="the time to score at (ISO 8601), by default now")
    arguments = parser.parse_args()
    as_of = utc(arguments.as_of) if arguments.as_of else datetime.now(UTC)
    run_id = as_of.strftime("%Y%m%dT%H%M%SZ")
    with Steps() as steps:
        result = forestall.score(
            arguments.model,
            arguments.data,
            output=arguments.output / run_id,
            as_of=as_of,
            reasons=True,
            run_id=run_id,
            progress=steps,
        )
    show(result.to_dict())


if __name__ == "__main__":
    raise SystemExit(exit_code_of(main))
