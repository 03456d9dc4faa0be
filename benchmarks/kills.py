"""Jobs that are killed: nothing is lost, doubled, mixed or left behind, and a plain restart gives the same results.

Each writing job is killed by SIGKILL, over old results and without: before each of its steps on the disk (an audit hook
counts what Python does below the output), and at random times. After a kill a reader must see the old results or the
new ones, never a mixture. Then the job is given again, and the output must be that of a run without a kill.

`kills.py [KILLS] [JOB…]`: kills of each job, 50 without it.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mlflow

import forestall
import forestall.cli
import forestall.jobs.check
import forestall.jobs.evaluate
import forestall.jobs.features
import forestall.jobs.import_records
import forestall.jobs.monitor
import forestall.jobs.score
import forestall.jobs.simulate
from forestall.jobs.features import write_features
from forestall.publishing import settle
from forestall.streaming.source import Source
from killed_processes import ended, in_process, same, seen

N_KILLS = 50
MODEL = """
name: kill-risk
label: {scale: [1, 5], dissatisfied_at_or_below: 2, horizon_days: 30}
families: [service, resolution]
gate: {min_labelled: 100, min_dissatisfied: 20}
moments: {per_interaction: 1}
lightgbm: {learning_rate: 0.2, num_leaves: 7, max_bin: 31}
"""
MAPPING = """
interactions: {interaction_id: interaction_id, started_at: started_at, channel: channel}
events: [{kind: arrived, at: started_at}]
"""


@dataclass(frozen=True)
class Job:
    """A writing job: how it runs, and how results are made that it replaces."""

    name: str
    run: Callable[[Path], object]
    run_old: Callable[[Path], object]
    is_file: bool = False


def jobs(top: Path) -> list[Job]:
    """Return the writing jobs, on the data in `top`."""
    uri, data, other = f"{top}/model", top / "data", top / "other"

    def score(out: Path, contacts: int) -> object:
        return forestall.score(uri, data, output=out, contacts=contacts, run_id="night", reasons=True)

    def monitor(out: Path) -> object:
        return forestall.monitor(uri, data, other, output=out)

    def evaluate(out: Path) -> object:
        return forestall.evaluate(uri, data, output=out)

    def features(out: Path, as_of: str | None) -> object:
        return forestall.jobs.features.features(data, output=out / "table.parquet", as_of=as_of)

    def in_parts(run: Callable[[Path], object]) -> Callable[[Path], object]:
        def run_in_parts(out: Path) -> object:
            Source.n_parts = 3  # type: ignore[assignment, method-assign]  # each run is a process of its own
            return run(out)

        return run_in_parts

    def features_of_model(out: Path, as_of: str | None) -> object:
        return write_features(data, out / "table.parquet", as_of=as_of, all=as_of is not None, model=uri)

    def import_(out: Path, source: Path) -> object:
        return forestall.import_records(top / "map.yaml", source / "interactions.parquet", output=out)

    return [
        Job("score", lambda out: score(out, 20), lambda out: score(out, 5)),
        Job(
            "features", lambda out: features(out, None), lambda out: features(out, "2026-02-02"), is_file=True
        ),
        Job(
            "features in parts",
            in_parts(lambda out: features_of_model(out, None)),
            in_parts(lambda out: features_of_model(out, "2026-02-02")),
            is_file=True,
        ),
        Job(
            "check",
            lambda out: forestall.check(data, output=out),
            lambda out: forestall.check(other, output=out),
        ),
        Job("import", lambda out: import_(out, data), lambda out: import_(out, other)),
        Job(
            "simulate",
            lambda out: forestall.simulate(out, interactions=300, seed=1),
            lambda out: forestall.simulate(out, interactions=200, seed=2),
        ),
        Job("evaluate", evaluate, evaluate),
        Job("monitor", monitor, monitor),
        Job("monitor in parts", in_parts(monitor), in_parts(monitor)),
    ]


def fill(out: Path, old: Path | None) -> None:
    """Make an output, with old results or without."""
    if old is None:
        out.mkdir()
    else:
        shutil.copytree(old, out)


def plan(job: Job, out: Path, old: Path, n_kills: int) -> list[tuple[bool, int]]:
    """Return for each kill whether there are old results, and the step before which it comes; 0 at a random time."""
    steps = []
    for has_old in (False, True):
        fill(out, old if has_old else None)
        assert ended(in_process(lambda: job.run(out), out))
        n_steps = int(out.with_name("steps").read_text())
        shutil.rmtree(out)
        n_wanted = min(n_steps, n_kills * 2 // 5)
        steps += [(has_old, round(1 + i * (n_steps - 1) / max(n_wanted - 1, 1))) for i in range(n_wanted)]
    return steps + [(bool(i % 2), 0) for i in range(n_kills - len(steps))]


def torture(job: Job, top: Path, n_kills: int) -> str:
    """Kill a job again and again, and return a line: kills at a step, at a random time, and wrong results."""
    rng = random.Random(7)
    clean, again, old = top / "clean", top / "again", top / "old"
    began = time.monotonic()
    for folder, run in ((clean, job.run), (again, job.run), (old, job.run_old)):
        folder.mkdir()
        assert ended(in_process(lambda run=run, folder=folder: run(folder)))
    lasts = (time.monotonic() - began) / 3
    new, before = seen(clean), seen(old)
    repeated = seen(again)
    unsteady = {name for name in new if new[name] != repeated[name]}
    unsteady |= {name for name in new if unsteady and name.endswith("manifest.json")}
    out, n_at_steps, n_at_times, n_wrong = top / "out", 0, 0, 0
    for has_old, kill_at in plan(job, out, old, n_kills):
        fill(out, old if has_old else None)
        if kill_at:
            n_at_steps += not ended(in_process(lambda: job.run(out), out, kill_at))
        else:
            pid = in_process(lambda: job.run(out))
            time.sleep(rng.uniform(0.2, 1.0) * lasts)
            os.kill(pid, signal.SIGKILL)
            n_at_times += not ended(pid)
        if not job.is_file:
            assert ended(in_process(lambda: settle(out)))
        shown = seen(out)
        states = [new, before if has_old else {}]
        if job.is_file:  # the file is replaced in one step; its manifest comes before it
            shown = {name: digest for name, digest in shown.items() if name == "table.parquet"}
            states = [{name: state[name] for name in state if name == "table.parquet"} for state in states]
        is_right = any(same(shown, state, unsteady) for state in states)
        assert ended(in_process(lambda: job.run(out)))
        is_right &= same(seen(out), new, unsteady)
        is_right &= not [item for item in out.iterdir() if item.name.startswith(".")]
        n_wrong += not is_right
        shutil.rmtree(out)
    note = f"; not the same from run to run: {', '.join(sorted(unsteady))}" if unsteady else ""
    return f"{job.name:<17} {n_at_steps:>9} {n_at_times:>9} {n_wrong:>13}{note}"


def prepare(top: Path) -> None:
    """Make data, a mapping and a model."""
    (top / "m").mkdir()
    (top / "m" / "model.yaml").write_text(MODEL)
    (top / "map.yaml").write_text(MAPPING)
    forestall.simulate(top / "data", interactions=1500, seed=1)
    forestall.simulate(top / "other", interactions=1200, seed=2)
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{top}/mlflow.db"
    os.chdir(top)
    report = forestall.train(top / "data", top / "m")
    local = mlflow.artifacts.download_artifacts(f"models:/{report.name}/{report.version}")
    shutil.copytree(local, top / "model")


def main(words: list[str]) -> None:
    """Print for each job how often it was killed, and after how many kills the results were wrong."""
    n_kills = int(words[0]) if words else N_KILLS
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        assert ended(in_process(lambda: prepare(top)))
        print("job               at a step  at a time  wrong results", flush=True)
        for job in jobs(top):
            if words[1:] and job.name not in words[1:]:
                continue
            (top / job.name).mkdir()
            print(torture(job, top / job.name, n_kills), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
