"""200 tampered packages: none runs altered code or scores, and the server answers every request with the old version.

Two servers follow aliases to which each package in turn is given: one that requires a signature, one that does not.
Meanwhile clients ask both without pause, and check version and scores of each answer.

An attacker changes the files (`open`), the digests beside them too (`sealed`), removes the tag of the version as well
(`untagged`, with broken boosters: such a version loads as those of version 0.1 do), or writes to the registry
(`registry`: the tag fits the changed files, and the signature is copied, missing or made with another key). The last is
what a signature is for, so it is tried on the server that requires one.

python benchmarks/tampering.py [PACKAGES]
"""

from __future__ import annotations

import shutil
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import mlflow

from forestall.registry import load
from forestall.registry.package_files import package_files
from tampered_packages import BROKEN, N_PACKAGES, NAME, SEALS, Registered, attacks, is_named, refusal

PATIENCE_S = 180


def run(n: int) -> None:
    """Attack two servers with `n` packages, and print what came of it."""
    from serving_company import learnt, records_of, registry, simulated
    from serving_load import Load

    tables = simulated(4_000, seed=1)
    from servers import forestall_serve  # where `serving_company` looks for it

    records = records_of(tables, 60, seed=3)
    with registry() as store:
        store.register(learnt(tables), "bench-risk")
        package = mlflow.artifacts.download_artifacts(
            "models:/bench-risk/1", dst_path=str(store.folder / "original")
        )
        registered = Registered.of(Path(package), store.folder)
        risks = load(f"models:/{NAME}/1", registered.tracking_uri).score(records)["dissatisfaction_risk"]
        expected = {"1": risks.to_list()}
        common = ("--poll", 0.1)
        with (
            forestall_serve(
                f"models:/{NAME}@unsigned", registered.tracking_uri, store.folder / "log-1", *common
            ) as unsigned,
            forestall_serve(
                f"models:/{NAME}@signed", registered.tracking_uri, store.folder / "log-2", *common,
                "--require-signature", registered.public_key,
            ) as signed,
        ):  # fmt: skip
            loads = [Load(server.port, records, expected) for server in (unsigned, signed)]
            with loads[0], loads[1]:
                counts = Counter[str]()
                for number, attack in enumerate(attacks(sorted(package_files(registered.package)), n)):
                    version = registered.attack(attack, number)
                    server, alias = (signed, "signed") if attack.needs_key else (unsigned, "unsigned")
                    registered.move(alias, version)
                    problem = _problem(server, version)
                    counts[attack.seal] += 1
                    for said in (problem, refusal(registered, attack, version)):
                        is_unnamed = bool(said) and not is_named(attack, said) and said != "booster"
                        counts["not named"] += is_unnamed
                        counts["accepted"] += not said
                        if is_unnamed or not said:
                            print(f"attack {number}, {attack}: {said or 'accepted'}", file=sys.stderr)
                    shutil.rmtree(registered.folder / f"package-{number}")
                    assert server.process.poll() is None, "the server ended"
            n_swaps = sum(_swaps(server) for server in (unsigned, signed))
            n_ran = int(registered.canary.exists())
    answers = sum(sum(one.counts.values()) for one in loads)
    failures = [failure for one in loads for failure in one.failures]
    n_wrong = sum(one.n_wrong for one in loads)
    kinds = ", ".join(f"{counts[seal]} {seal}" for seal in (*SEALS, "untagged"))
    print(
        f"{n} tampered packages ({kinds}; {len(BROKEN)} kinds of boosters)\n"
        f"accepted by a server or a job: {counts['accepted']}; refused without naming what is wrong: "
        f"{counts['not named']}\n"
        f"altered code that ran: {n_ran}; versions that a server moved to: {n_swaps:g}\n"
        f"{answers:,} answers meanwhile, {len(failures)} failed, {n_wrong} not by the old version with its scores"
    )
    assert counts["accepted"] == counts["not named"] == n_ran == n_swaps == n_wrong == 0
    assert not failures, failures[:3]


def _problem(server: Any, version: str) -> str:
    """Wait until a server has refused a version, and return why; empty if it serves it."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        told = server.get("/health").json
        if str(told["problem"]).startswith(f"version {version} does not load: "):
            return str(told["problem"])
        if told["model_version"] == version:
            return ""
        time.sleep(0.02)
    raise AssertionError(server.log.read_text()[-2_000:])


def _swaps(server: Any) -> float:
    lines = server.get("/metrics").body.decode().splitlines()
    return float(next(line for line in lines if line.startswith("forestall_model_swaps_total")).split()[1])


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else N_PACKAGES)
