"""On a cluster, an attempt that overtakes another neither loses nor doubles rows."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import forestall
from workshop import Work

JOB = Path(__file__).with_name("speculative_job.py")
LONGEST_S = 300


@pytest.fixture
def master(spark: Any, tmp_path: Path) -> Iterator[str]:
    """Start a cluster with two workers, which Spark takes for two machines, and return its address."""
    del spark  # without Spark the test is skipped
    import pyspark

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"spark://127.0.0.1:{port}"
    home = Path(pyspark.__file__).parent
    program = str(home / "bin" / "spark-class")
    environment = os.environ | {
        "SPARK_HOME": str(home), "SPARK_WORKER_DIR": str(tmp_path / "work"), "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join(sys.path), "SPARK_DAEMON_MEMORY": "256m",
    }  # fmt: skip
    deploy, no_page = "org.apache.spark.deploy", ["--webui-port", "0"]
    commands = [[f"{deploy}.master.Master", "--host", "127.0.0.1", "--port", str(port), *no_page]]
    for host in ("127.0.0.2", "127.0.0.3"):
        room = ["--cores", "1", "--memory", "700m"]
        commands.append([f"{deploy}.worker.Worker", "--host", host, *room, *no_page, address])
    logs = [tmp_path / f"daemon-{number}.log" for number in range(3)]
    started = []
    try:
        for command, log in zip(commands, logs, strict=True):
            with log.open("w") as out:
                started.append(subprocess.Popen([program, *command], env=environment, stdout=out, stderr=out))
        end = time.monotonic() + LONGEST_S
        while not all("Successfully registered" in log.read_text() for log in logs[1:]):
            assert time.monotonic() < end, [log.read_text()[-900:] for log in logs]
            time.sleep(0.2)
        yield address
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait()


@pytest.mark.proof  # its twins are in test_scored_files.py, and the retried task of test_parts.py
def test_a_speculative_attempt_neither_loses_nor_doubles_rows(
    master: str, work: Work, tmp_path: Path
) -> None:
    tables = forestall.read_tables(work.data)
    first = tables.interactions.head(400)
    some = tables.replace(
        interactions=first,
        events=tables.events.join(first.select("interaction_id"), on="interaction_id", how="semi"),
        feedback=tables.feedback.join(first.select("interaction_id"), on="interaction_id", how="semi"),
    )
    some.write(tmp_path / "data")
    words = [master, work.champion, work.tracking_uri, str(tmp_path / "data"), str(tmp_path / "job")]
    environment = {name: value for name, value in os.environ.items() if name != "PYSPARK_SUBMIT_ARGS"}
    environment |= {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }
    how: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 2 * LONGEST_S}
    job = subprocess.run([sys.executable, JOB, *words], env=environment, check=False, **how)
    assert job.returncode == 0, job.stderr[-3000:]
    told = json.loads(re.findall(r"^\{.*\}$", job.stdout, re.MULTILINE)[-1])
    assert told["attempts"][:2] == ["0", "1"]
    assert told["published"] == [0, 1, 2, 3]
    assert told["left"] >= 1  # on a busy machine other tasks get a second attempt too
    rows = pl.read_parquet(tmp_path / "job" / "out" / "*.parquet").sort("interaction_id")
    expected = forestall.load(work.champion, work.tracking_uri).risk_model.score(some).sort("interaction_id")
    assert rows.equals(expected, null_equal=True)
