"""Kill a job before each of its steps on the disk, and give it again: `python kill_steps.py FOLDER [OLD]`.

A process is forked for each step. An audit hook counts what Python does to the disk below the folder, and ends the
process by SIGKILL before the step. Prints one line per kill that went wrong, and the number of kills.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import traceback
from pathlib import Path

from publishing_jobs import content, run

from forestall.publishing import read_manifest, settle

_STEPS = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir"}


def kill_before(step: int, folder: Path) -> None:
    """Let this process end before a step on the disk below a folder."""
    count = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        if event not in _STEPS:
            return
        place = str(arguments[0])  # a folder is emptied by names that are relative to it
        if not place.startswith(str(folder)) and os.path.isabs(place):
            return
        if event == "open" and arguments[1] in {None, "r", "rb"}:
            return
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def is_killed(step: int, folder: Path) -> bool:
    """Run version 2 of the job in a process that is killed before a step; return whether it was."""
    pid = os.fork()
    if not pid:
        kill_before(step, folder)
        try:
            run(folder, "2")
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status):
        raise RuntimeError("the job failed")
    return os.WIFSIGNALED(status)


def main(top: Path, has_old: bool) -> None:
    """Kill the job before its first step, its second, and so on, until it ends."""
    run(top / "new", "2")
    run(top / "old", "1")
    new, old = content(top / "new"), content(top / "old") if has_old else {}
    n_kills = 0
    while True:
        out = top / "out"
        if has_old:
            shutil.copytree(top / "old", out)
        if not is_killed(n_kills + 1, out):
            break
        n_kills += 1
        settle(out)
        seen = {name: text for name, text in content(out).items() if not name.startswith(".")}
        if seen not in (old, new):
            print(f"step {n_kills}: a reader sees {sorted(seen)}")
        if out.exists() and (read_manifest(out) is None) != (seen == {}):
            print(f"step {n_kills}: results and manifest do not agree")
        run(out, "2", at="midnight")  # a later start: the first one counts if it was noted
        again = content(out)
        shifted = {name: text.replace(b"midnight", b"noon") for name, text in again.items()}
        if {name: text for name, text in shifted.items() if name != "manifest.json"} != {
            name: text for name, text in new.items() if name != "manifest.json"
        }:
            print(f"step {n_kills}: given again it leaves {sorted(again)}")
        if len({b"midnight" in text for name, text in again.items() if name.startswith("scores/")}) != 1:
            print(f"step {n_kills}: parts of two starts are mixed")
        shutil.rmtree(out)
    print(n_kills)


if __name__ == "__main__":
    main(Path(sys.argv[1]), has_old="OLD" in sys.argv[2:])
