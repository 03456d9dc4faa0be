"""Score in the night, write the contact list, and offer it in the ledger: copy, adapt and schedule.

The model's policy needs `experiment` and `holdout_share`. Each run writes to its own folder below OUT, named after its
time. A repeated run replaces its own results and adds nothing to the ledger. Customers of the arm `holdout` in
contact_list.parquet must not be contacted; contact_list.html does not show them.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import forestall
from forestall.cli import Steps, exit_code_of, show
from forestall.moments import utc


def main() -> None:
    """Score, offer the contacts, and print what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="a data folder")
    parser.add_argument("output", type=Path, help="each run writes to its own folder below this one")
    parser.add_argument("--model", default="models:/dissatisfaction-risk@champion")
    parser.add_argument("--ledger", default="sqlite:///contacts.db", help="where offers are kept")
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
            all=True,
            reasons=True,
            ledger=arguments.ledger,
            run_id=run_id,
            progress=steps,
        )
    show(result.to_dict())


if __name__ == "__main__":
    raise SystemExit(exit_code_of(main))
