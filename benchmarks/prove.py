"""What `make prove` shows: proofs at full scale, written to `results/` with the machine's description."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
LIBRARIES = ("forestall", "lightgbm", "mlflow", "numpy", "pandas", "polars", "scikit-learn")
DATA = Path(os.environ.get("FORESTALL_DATA", "data"))
# each proof: its result's name, the script, its arguments, and what it cannot do without
PROOFS: tuple[tuple[str, list[str], Path | None], ...] = (
    ("importing", ["importing.py"], None),
    ("features", ["features.py"], None),
    ("streaming", ["streaming.py"], None),
    ("parts", ["parts.py"], None),
    ("one_record", ["one_record.py"], None),
    ("quality", ["quality.py", "100000"], None),
    ("lost_facts", ["lost_facts.py"], None),
    ("package", ["package.py"], None),
    ("spark", ["spark.py"], None),
    ("serving", ["serving.py"], None),
    ("serving_clients", ["serving_load.py", "clients"], None),
    ("serving_moves", ["serving_load.py", "moves"], None),
    ("serving_hostile", ["serving_hostile.py"], None),
    ("tampering", ["tampering.py"], None),
    ("serving_starved", ["serving_hostile.py", "starve"], None),
    ("serving_moments", ["serving_moments.py", "simulated"], None),
    ("serving_moments_deepcsat", ["serving_moments.py", "deepcsat"], DATA / "deepcsat" / "tickets.csv"),
    ("early", ["early.py"], None),
    ("tuning_simulated", ["tuning.py", "simulated", "30", "20000"], None),
    ("tuning_deepcsat", ["tuning.py", "deepcsat"], DATA / "deepcsat" / "tickets.csv"),
    ("kills", ["kills.py"], None),
    ("privacy_loss", ["privacy.py", "loss", "10", "5000"], None),
    ("privacy_membership", ["privacy.py", "membership", "1000"], None),
    ("forgetting", ["forgetting.py", "100", "4000"], None),
    ("ledger_kills", ["ledger_kills.py"], None),
    ("retraining", ["retraining.py"], None),
    ("retraining_rates", ["retraining.py", "--interactions", "12000", "--rates", "20"], None),
    ("proof_tests", ["proof_tests.py"], None),
    ("gate", ["gate.py"], None),
    ("noise_gate", ["noise_gate.py"], None),
    ("blend", ["blend.py"], None),
    ("level_drift", ["level_drift.py"], DATA / "deepcsat" / "tickets.csv"),
    ("training", ["training.py"], None),
    ("interval", ["interval.py"], None),
    ("reasons", ["reasons.py"], None),
    ("trees", ["trees.py"], None),
    ("estimators", ["estimators.py", "5000"], None),
    ("own_kinds", ["own_kinds.py"], None),
    ("words", ["words.py"], DATA / "text" / "MWOZ.txt"),
    ("what_if", ["what_if.py"], None),
    ("effect", ["effect.py"], None),
    ("contact_order", ["contact_order.py"], None),
    (
        "contact_order_large",
        ["contact_order.py", "--interactions", "240000", "--companies", "4", "--first", "20"],
        None,
    ),
    ("monitor", ["monitor.py"], None),
    ("peers_deepcsat", ["peers.py", "deepcsat"], DATA / "deepcsat" / "tickets.csv"),
    ("peers_itsm", ["peers.py", "itsm"], DATA / "itsm" / "tickets.csv"),
)


def machine() -> str:
    """Return what the figures depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, "
        f"Python {platform.python_version()}; {versions}"
    )


def main(wanted: list[str]) -> None:
    """Run the proofs, or those wanted, and write their results."""
    (HERE / "results").mkdir(exist_ok=True)
    for name, command, needed in PROOFS:
        if wanted and name not in wanted:
            continue
        if needed is not None and not needed.is_file():
            print(
                f"{name}: skipped, FORESTALL_DATA names no folder with {needed.parent.name}", file=sys.stderr
            )
            continue
        print(f"== {name}", file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, str(HERE / command[0]), *command[1:]],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        text = f"{machine()}\n`python benchmarks/{' '.join(command)}`\n\n{done.stdout}"
        (HERE / "results" / f"{name}.txt").write_text(text, encoding="utf-8")
        print(done.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
