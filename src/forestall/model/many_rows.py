"""Whether compiled loops are used: they give what NumPy and LightGBM give, sooner for many rows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from joblib import Parallel, delayed

MANY_ROWS = 10_000
"""From so many rows on a process compiles the loops of scores, once: one to two seconds and 100 MiB."""
MANY_CONTRIBUTIONS = 4_000
"""From so many rows on it compiles the loop of contributions: LightGBM takes longer for them than the compiler."""
WORTH_A_CALL = 16
"""Once they are compiled, loops are used from so many rows on, which go through the trees together."""
_done: set[str] = set()


def loops_for(n_rows: int) -> Any:
    """Return the module `compiled_loops` if it takes less time for so many rows, else None."""
    return _loops() if n_rows >= (WORTH_A_CALL if "loops" in _done else MANY_ROWS) else None


def contribution_loop_for(n_rows: int) -> Any:
    """Return `compiled_contributions.add_contributions` if it is used for so many rows, else None.

    Its results differ from LightGBM's in the last bits. So the number of rows alone decides, and not what the process
    has done before: a job that goes on after a kill must end with the same bytes. A process that compiled the loops
    ahead uses them from 16 rows on.
    """
    least = WORTH_A_CALL if "ahead" in _done else MANY_CONTRIBUTIONS
    return _contribution_loop() if n_rows >= least else None


def compile_ahead() -> None:
    """Compile the loops before they are asked for, as a server does before its first request."""
    _loops()
    _contribution_loop()
    _done.add("ahead")


def in_shares(call: Callable[[slice], None], n_rows: int, n_threads: int, least: int) -> None:
    """Call a function for shares of the rows at once, each on a thread of its own.

    Parameters
    ----------
    call
        Computes the rows of a slice.
    n_rows, n_threads
        The number of rows, and the largest number of threads.
    least
        The fewest rows of a share: fewer are done before another thread has begun.
    """
    n_shares = max(1, min(n_threads, n_rows // least))
    edges = np.linspace(0, n_rows, n_shares + 1).astype(int).tolist()
    Parallel(n_jobs=n_shares, prefer="threads")(delayed(call)(slice(*ends)) for ends in pairwise(edges))


def _loops() -> Any:
    from forestall.model import compiled_loops

    if "loops" not in _done:
        compiled_loops.compile_all()
        _done.add("loops")
    return compiled_loops


def _contribution_loop() -> Any:
    from forestall.model import compiled_contributions

    if "contributions" not in _done:
        compiled_contributions.compile_all()
        _done.add("contributions")
    return compiled_contributions.add_contributions
