"""A worker ends with the process that started it, even if that was killed: otherwise it would keep the port."""

from __future__ import annotations

import logging
import os
import signal
import threading
from multiprocessing import connection, parent_process

log = logging.getLogger(__name__)

MARGIN_S = 5.0


def end_with_parent(drain_s: float) -> None:
    """Watch the parent of this process in a thread, and stop when it has ended.

    The parent holds one end of a pipe, which the system closes however it ends.

    Parameters
    ----------
    drain_s
        How many seconds running requests may take; the process ends a little later at the latest.
    """
    parent = parent_process()
    if parent is not None:  # a process that was started by hand has none
        threading.Thread(target=_watch, args=(parent.sentinel, drain_s), name="parent", daemon=True).start()


def _watch(sentinel: int, drain_s: float) -> None:
    connection.wait([sentinel])
    log.warning("the process that started this worker has ended; the worker ends too")
    os.kill(os.getpid(), signal.SIGTERM)  # the port is free at once, and running requests are finished
    threading.Event().wait(drain_s + MARGIN_S)
    os._exit(1)
