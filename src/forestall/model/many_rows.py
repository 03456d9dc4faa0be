"""Whether compiled loops are used: they give what NumPy and LightGBM give, sooner for many rows."""

from __future__ import annotations

from typing import Any

MANY_ROWS = 10_000
"""From so many rows on a process compiles the loops of scores, which takes two seconds and 190 MiB, once."""
MANY_CONTRIBUTIONS = 4_000
"""From so many rows on it compiles the loop of contributions: LightGBM takes longer for them than the compiler."""
_WORTH_A_CALL = 16  # once they are compiled: so many rows go through the trees together
_done: set[str] = set()


def loops_for(n_rows: int) -> Any:
    """Return the module `compiled_loops` if it takes less time for so many rows, else None."""
    return _loops() if n_rows >= (_WORTH_A_CALL if "loops" in _done else MANY_ROWS) else None


def contribution_loop_for(n_rows: int) -> Any:
    """Return `compiled_contributions.add_contributions` if it is used for so many rows, else None.

    Its results differ from LightGBM's in the last bits. So the number of rows alone decides, and not what the process
    has done before: a job that goes on after a kill must end with the same bytes. A process that compiled the loops
    ahead uses them from 16 rows on.
    """
    return (
        _contribution_loop()
        if n_rows >= (_WORTH_A_CALL if "ahead" in _done else MANY_CONTRIBUTIONS)
        else None
    )


def compile_ahead() -> None:
    """Compile the loops before they are asked for, as a server does before its first request."""
    _loops()
    _contribution_loop()
    _done.add("ahead")


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
