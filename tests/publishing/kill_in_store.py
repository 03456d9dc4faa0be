"""Run a job and kill it at a write to the store: `python kill_in_store.py ADDRESS VERSION STEP [AFTER]`.

The process ends by SIGKILL before the write of this number, or after it. Without a step it ends by itself.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from publishing_jobs import run

from forestall.locations import Prefix


def kill_at(step: int, *, is_after: bool) -> None:
    """Let this process end at a write or a removal."""
    count = 0

    def wrapped(work: Any) -> Any:
        def do(*args: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == step and not is_after:
                os.kill(os.getpid(), signal.SIGKILL)
            this = count
            try:
                return work(*args, **options)
            finally:
                if this == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        return do

    Prefix.write = wrapped(Prefix.write)  # type: ignore[method-assign]
    Prefix.remove = wrapped(Prefix.remove)  # type: ignore[method-assign]


if __name__ == "__main__":
    address, version, *more = sys.argv[1:]
    if more:
        kill_at(int(more[0]), is_after="AFTER" in more)
    run(address, version)
