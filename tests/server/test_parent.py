"""Workers end with the process that started them, and the port is free, however that process ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from servers import until

import forestall

PARENT = Path(forestall.__file__).parent / "server" / "parent.py"
PROGRAM = """
import importlib.util, multiprocessing, os, signal, socket, sys, time

def work(listener):
    spec = importlib.util.spec_from_file_location("parent", sys.argv[2])  # alone, which is quick
    parent = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(parent)
    if sys.argv[1] == "ignores":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    parent.MARGIN_S = 0.1
    parent.end_with_parent(0.1)
    print(os.getpid(), flush=True)
    time.sleep(60)

if __name__ == "__main__":
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        print(listener.getsockname()[1], flush=True)
        multiprocessing.get_context("spawn").Process(target=work, args=(listener,)).start()
        time.sleep(60)
"""


def is_free(port: int) -> bool:
    with contextlib.closing(socket.socket()) as one:
        return one.connect_ex(("127.0.0.1", port)) != 0


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # an orphan that nobody collects is a zombie
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("on_term", ["ends", "ignores"])
def test_a_worker_ends_and_frees_the_port_when_its_parent_is_killed(tmp_path: Path, on_term: str) -> None:
    program = tmp_path / "parent_and_worker.py"
    program.write_text(PROGRAM)
    parent = subprocess.Popen([sys.executable, program, on_term, PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    try:
        port, worker = int(parent.stdout.readline()), int(parent.stdout.readline())
        assert not is_free(port)
        parent.send_signal(signal.SIGKILL)
        parent.wait(30)
        until(lambda: not is_running(worker))
        until(lambda: is_free(port))
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
