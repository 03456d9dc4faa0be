"""Whether compiled loops are used: they give the same bits as NumPy and LightGBM, sooner for many rows."""

from __future__ import annotations

from typing import Any

MANY_ROWS = 10_000
"""From so many rows on a process compiles the loops, which takes two seconds and 190 MiB, once."""
_WORTH_A_CALL = 16  # once they are compiled: so many rows go through the trees together
_compiled: list[Any] = []


def loops_for(n_rows: int) -> Any:
    """Return the module `compiled_loops` if it takes less time for so many rows, else None."""
    if n_rows < (_WORTH_A_CALL if _compiled else MANY_ROWS):
        return None
    compile_loops()
    return _compiled[0]


def compile_loops() -> None:
    """Compile the loops, if they are not yet: a server does so before its first request."""
    if not _compiled:
        from forestall.model import compiled_loops

        compiled_loops.run_all()
        _compiled.append(compiled_loops)
