"""A server under load: 32 clients at once, and a champion that moves 200 times.

python benchmarks/serving_load.py clients [SECONDS]
python benchmarks/serving_load.py moves [MOVES]
"""

from __future__ import annotations

import csv
import http.client
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from forestall.registry import load
from serving_company import learnt, memory_mib, records_of, registry, simulated

N_CLIENTS = 32
N_LOADING = 4  # while the champion moves
LOCUST = Path(__file__).with_name("serving_locust.py")
JSON = {"content-type": "application/json"}


def clients(seconds: int) -> None:
    """Let Locust ask from 32 clients, each at once again, and print what it counted."""
    from servers import forestall_serve

    tables = simulated(4_000, seed=1)
    records = records_of(tables, 500, seed=3)
    with registry() as store:
        store.register(learnt(tables), "bench-risk")
        (store.folder / "records.json").write_text(json.dumps(records))
        with forestall_serve("models:/bench-risk/1", store.tracking_uri, store.folder / "log") as server:
            command = [sys.executable, "-m", "locust", "-f", str(LOCUST), "--headless", "--users", str(N_CLIENTS),
                       "--spawn-rate", str(N_CLIENTS), "--run-time", f"{seconds}s", "--only-summary", "--csv",
                       str(store.folder / "load"), "--host", f"http://127.0.0.1:{server.port}",
                       "--records", str(store.folder / "records.json")]  # fmt: skip
            locust = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            memory = []
            while locust.poll() is None:
                memory.append(memory_mib(server.process.pid))
                time.sleep(1)
        with (store.folder / "load_stats.csv").open() as file:
            told = next(row for row in csv.DictReader(file) if row["Name"] == "Aggregated")
    third = len(memory) // 3
    print(
        f"{N_CLIENTS} clients for {seconds} s: {int(told['Request Count']):,} requests of one record, "
        f"{told['Failure Count']} failed, {float(told['Requests/s']):.0f}/s\n"
        f"p50 {told['50%']} ms, p95 {told['95%']} ms, p99 {told['99%']} ms\n"
        f"memory after a third of the time {memory[third]:.0f} MiB, at the end {memory[-1]:.0f} MiB"
    )
    assert told["Failure Count"] == "0"
    assert memory[-1] < memory[third] * 1.05, "memory grows"


def moves(n: int) -> None:
    """Move the champion to and fro under load, and check every answer."""
    from servers import forestall_serve

    tables = simulated(4_000, seed=1)
    records = records_of(tables, 60, seed=3)
    with registry() as store:
        expected = {}
        for seed in (1, 2):
            version = store.register(learnt(simulated(3_000, seed=seed)), "bench-risk")
            scores = load(f"models:/bench-risk/{version}", store.tracking_uri).score(records)
            expected[version] = scores["dissatisfaction_risk"].to_list()
        store.move("bench-risk", "1")
        with forestall_serve(
            "models:/bench-risk@champion", store.tracking_uri, store.folder / "log", "--poll", 0.1
        ) as server:
            load_ = Load(server.port, records, expected)
            memory, took = [], []
            with load_:
                for move in range(n):
                    version = str(2 - move % 2)
                    begin = time.monotonic()
                    store.move("bench-risk", version)
                    while _version(server.port) != version:
                        assert time.monotonic() - begin < 120, server.log.read_text()[-2000:]
                        time.sleep(0.02)
                    took.append(time.monotonic() - begin)
                    memory.append(memory_mib(server.process.pid))
    print(
        f"{n} moves under load of {N_LOADING} clients: {sum(load_.counts.values()):,} answers, "
        f"{len(load_.failures)} failed, {load_.n_wrong} whose version does not match their scores\n"
        f"answers by version: {dict(sorted(load_.counts.items()))}\n"
        f"from the move of the alias to the first answer of the new version: mean {sum(took) / n:.2f} s, "
        f"longest {max(took):.2f} s\n"
        f"memory after {n // 4} moves {memory[n // 4]:.0f} MiB, at the end {memory[-1]:.0f} MiB"
    )
    assert not load_.failures, load_.failures[:3]
    assert not load_.n_wrong
    assert set(load_.counts) == {"1", "2"}
    assert memory[-1] < memory[n // 4] * 1.1, "memory grows"


class Load:
    """Clients that ask without pause, and check that the version that signs an answer made its scores."""

    def __init__(self, port: int, records: list[dict[str, Any]], expected: dict[str, list[float]]) -> None:
        self.port, self.records, self.expected = port, records, expected
        self.counts: dict[str, int] = {}
        self.failures: list[str] = []
        self.n_wrong = 0
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        sizes = [1, 1, 5, len(records)][:N_LOADING]
        self._threads = [threading.Thread(target=self._ask, args=(n,)) for n in sizes]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, n: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = json.dumps({"dataframe_records": self.records[:n]}).encode()
        while not self._is_over.is_set():
            try:
                line.request("POST", "/invocations", body, JSON)
                answer = line.getresponse()
                told = json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.failures.append(type(error).__name__)
                line.close()
                continue
            if answer.status != 200:
                self.failures.append(str(answer.status))
                continue
            version = answer.headers["x-model-version"]
            rows = told["predictions"]
            is_right = [row["dissatisfaction_risk"] for row in rows] == self.expected[version][:n]
            with self._lock:
                self.counts[version] = self.counts.get(version, 0) + 1
                self.n_wrong += not (is_right and {row["model_version"] for row in rows} == {version})


def _version(port: int) -> str:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("GET", "/ping")
    answer = line.getresponse()
    answer.read()
    line.close()
    return str(answer.headers["x-model-version"])


if __name__ == "__main__":
    what, *amount = sys.argv[1:]
    {"clients": lambda: clients(int(*amount or [60])), "moves": lambda: moves(int(*amount or [200]))}[what]()
