"""Processes that are killed before one of their steps on the disk, and what a reader sees of their results then."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

STEPS = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir"}
Result = dict[str, str]
_SCORED = re.compile(rb"scored \d{4}-\d\d-\d\d \d\d:\d\d UTC")  # the page names the minute of scoring


def in_process(run: Callable[[], object], below: Path | None = None, kill_at: int = 0) -> int:
    """Start a process that runs a function, and return its id.

    Parameters
    ----------
    run
        The function.
    below
        The folder below which steps on the disk are counted; their number is written beside it, to `steps`.
    kill_at
        The step before which the process is killed; 0 for none.
    """
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        count = None if below is None else _count_steps(below, kill_at)
        run()
        if below is not None and count is not None and not kill_at:
            below.with_name("steps").write_text(str(count()))
        code = 0
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        os._exit(code)


def _count_steps(folder: Path, kill_at: int) -> Callable[[], int]:
    """Count the steps on the disk below a folder, and kill this process before one of them."""
    n = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal n
        if event not in STEPS or (event == "open" and arguments[1] in {None, "r", "rb"}):
            return
        place = str(arguments[0])  # a folder is emptied by names that are relative to it
        if not place.startswith(str(folder)) and os.path.isabs(place):
            return
        n += 1
        if n == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    return lambda: n


def ended(pid: int) -> bool:
    """Wait for a process and return whether it ended by itself.

    Raises
    ------
    RuntimeError
        It failed.
    """
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return False
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError("the job failed")
    return True


def seen(out: Path) -> Result:
    """Return a digest of each visible file, without the time of scoring."""
    files = [
        file for file in sorted(out.rglob("*")) if file.is_file() and "/." not in f"/{file.relative_to(out)}"
    ]
    return {file.relative_to(out).as_posix(): _digest(file) for file in files}


def _digest(file: Path) -> str:
    content = file.read_bytes()
    if file.parent.name == "scores":
        table = pq.ParquetFile(file).read(use_threads=False).drop_columns(["scored_at"])
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        content = sink.getvalue().to_pybytes()
    elif file.name == "summary.json":
        content = json.dumps(json.loads(content) | {"scored_at": None}).encode()
    elif file.name == "contact_list.html":
        content = _SCORED.sub(b"", content)
    elif file.name.endswith("manifest.json"):
        manifest = json.loads(content)
        manifest["started"] = {}
        for part in manifest["parts"]:
            if part["path"].startswith("scores/") or part["path"] in {"summary.json", "contact_list.html"}:
                part["sha256"] = None
        content = json.dumps(manifest).encode()
    return hashlib.sha256(content).hexdigest()


def same(one: Result, other: Result, unsteady: set[str]) -> bool:
    """Whether two outputs are the same, but for files that differ from run to run."""
    return set(one) == set(other) and all(one[name] == other[name] for name in one if name not in unsteady)
