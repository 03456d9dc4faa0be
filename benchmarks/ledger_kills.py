"""Fifty kills of a job that writes the ledger: no offer is lost, doubled or half written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from forestall.contacts.ledger import Ledger

N_KILLS, N_CALLS, N_ROWS = 50, 2000, 20
AT = datetime(2026, 3, 1, tzinfo=UTC)


def offers(call: int) -> pl.DataFrame:
    """Return the offers of a call."""
    numbers = range(call * N_ROWS, (call + 1) * N_ROWS)
    return pl.DataFrame(
        {
            "contact_id": [f"k{n}" for n in numbers],
            "interaction_id": [f"i{n}" for n in numbers],
            "customer_id": [f"c{n}" for n in numbers],
            "at": [AT + timedelta(minutes=n) for n in numbers],
            "experiment": "spring", "arm": "contact", "probability": 0.9, "risk": 0.5,
            "model_name": "m", "model_version": "1",
        }
    )  # fmt: skip


def write(url: str) -> None:
    """Write all offers, and say after each call that it is done."""
    with Ledger(url) as ledger:
        for call in range(N_CALLS):
            ledger.offer(offers(call))
            print(call, flush=True)


def main() -> int:
    """Kill the writer again and again, and return 1 if an offer that was confirmed is not there, or is there twice."""
    with tempfile.TemporaryDirectory() as folder:
        url, confirmed = f"sqlite:///{Path(folder)}/contacts.db", -1
        for kill in range(N_KILLS):
            command = [sys.executable, __file__, url]
            with subprocess.Popen(
                command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
            ) as process:
                assert process.stdout is not None
                for line in process.stdout:
                    confirmed = max(confirmed, int(line))
                    if int(line) >= kill * 7:
                        process.send_signal(signal.SIGKILL)
                        break
            with Ledger(url) as ledger:
                found = ledger.read()
            is_whole = found.height % N_ROWS == 0 and found["contact_id"].n_unique() == found.height
            if not is_whole or found.height < (confirmed + 1) * N_ROWS:
                print(f"kill {kill + 1}: {found.height} offers, {confirmed + 1} calls confirmed")
                return 1
        print(
            f"{N_KILLS} kills: {found.height} offers, {confirmed + 1} calls of {N_ROWS} confirmed; none lost or doubled"
        )
        return 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write(sys.argv[1])
        raise SystemExit(0)
    raise SystemExit(main())
