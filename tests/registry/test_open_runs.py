"""Runs that a killed process left behind are closed; live runs and those of other machines are not."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mlflow
import pytest

from forestall.registry.open_runs import FOLDER, LOCK, MACHINE
from forestall.registry.tracking import RunContent, log_nested, running

# A process that has a run open, and a run within it, until it is told to go on or is killed.
OPEN = """
import sys, mlflow
from forestall.registry.tracking import connect, running
connect({store!r})
with running("trial", tags={{"study": "a"}}) as run_id, mlflow.start_run(nested=True) as nested:
    print(run_id, nested.info.run_id, flush=True)
    sys.stdin.readline()
"""


@contextmanager
def process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Start the process; give it, its run and the nested run."""
    words = [sys.executable, "-c", OPEN.format(store=f"sqlite:///{folder}/mlflow.db")]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True, cwd=folder) as one:
        assert one.stdout is not None
        try:
            run_id, nested = one.stdout.readline().split()
            yield one, run_id, nested
        finally:
            one.kill()


def state(client: mlflow.MlflowClient, *run_ids: str) -> list[str]:
    return [client.get_run(one).info.status for one in run_ids]


@pytest.mark.slow
def test_the_run_of_a_killed_process_is_closed_by_the_next_of_its_experiment(
    client: mlflow.MlflowClient, tmp_path: Path
) -> None:
    with process(tmp_path) as (one, dead, nested):
        one.kill()
        one.wait()
    with running("other"):
        assert state(client, dead, nested) == ["RUNNING", "RUNNING"]
    with running("trial") as new:
        assert state(client, dead, nested, new) == ["KILLED", "KILLED", "RUNNING"]
    assert client.get_run(dead).info.end_time is not None
    assert not (tmp_path / FOLDER).exists()
    with running("trial", tags={"study": "a"}) as again:  # a tuning goes on with its run
        assert again == dead
    assert state(client, dead) == ["FINISHED"]


@pytest.mark.slow
def test_a_live_run_is_not_closed(client: mlflow.MlflowClient, tmp_path: Path) -> None:
    with process(tmp_path) as (one, alive, nested):
        with running("trial"):
            assert state(client, alive, nested) == ["RUNNING", "RUNNING"]
        one.communicate("go on\n")
    assert state(client, alive, nested) == ["FINISHED", "FINISHED"]
    assert not (tmp_path / FOLDER).exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "tags",
    [
        {MACHINE: "another-machine"},
        {LOCK: "0" * 32},  # no such file here: it may be in the folder of another container
        {LOCK: "../mlflow.db"},
        {MACHINE: ""},
    ],
)
def test_a_run_of_which_this_process_cannot_tell_is_left_alone(
    tags: dict[str, str], client: mlflow.MlflowClient, tmp_path: Path
) -> None:
    with running("trial") as ended:
        known = client.get_run(ended).data.tags
    left = client.create_run(client.get_experiment_by_name("trial").experiment_id).info.run_id
    for name, value in ({MACHINE: known[MACHINE], LOCK: known[LOCK]} | tags).items():
        client.set_tag(left, name, value)
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / known[LOCK]).touch()
    with running("trial"):
        assert state(client, left) == ["RUNNING"]
    client.set_tag(left, MACHINE, known[MACHINE])
    client.set_tag(left, LOCK, known[LOCK])
    with running("trial"):
        assert state(client, left) == ["KILLED"]


def test_a_run_in_this_process_is_alive_and_a_folder_without_locks_is_no_error(
    client: mlflow.MlflowClient, tmp_path: Path
) -> None:
    with running("trial") as outer:
        log_nested("within", RunContent(), {})
        mlflow.tracking.fluent._active_run_stack.get().clear()
        with running("trial"):
            assert state(client, outer) == ["RUNNING"]
    client.set_terminated(outer)
    (tmp_path / FOLDER).touch()  # a file: no folder of locks can be made
    with running("trial") as unmarked:
        assert client.get_run(unmarked).data.tags[LOCK] == ""
    assert state(client, unmarked) == ["FINISHED"]
