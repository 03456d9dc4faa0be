"""Terms as one generated Python function, for a few moments.

Polars needs some milliseconds to plan the 150 features, however few the moments are; that is more than a record may
take. So the terms are also written as a Python function, a line for each operation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from forestall.moment_features.open_clock_terms import ClockReading
from forestall.moment_features.operations import OPERATIONS, PYTHON_NAMES, Kind, unless_null
from forestall.moment_features.state_columns import AsOf, StateColumn
from forestall.moment_features.term_graph import TermGraph
from forestall.moment_features.terms import Applied, Divisor, Literal


class PythonTranslation:
    """The terms of a graph as a Python function of one moment."""

    def __init__(self, graph: TermGraph) -> None:
        self._columns = [
            AsOf.name
        ]  # a state always has it, so that there are rows where nothing else is read
        self._names = list(graph.wanted)
        lines: list[str] = []
        space: dict[str, Any] = {**PYTHON_NAMES}
        values: list[str] = []  # by term the variable or constant that holds its value
        for term, parts in zip(graph.terms, graph.parts, strict=True):
            if isinstance(term, Applied):
                values.append(f"v{len(lines)}")
                line = OPERATIONS[term.operation].python(*(values[part] for part in parts))
                lines.append(f"{values[-1]} = {line}")
            elif isinstance(term, ClockReading):
                values.append(f"v{len(lines)}")
                lines.append(
                    f"{values[-1]} = reading_{len(lines)}({', '.join(values[part] for part in parts)})"
                )
                space[f"reading_{len(lines) - 1}"] = term.reading
            elif isinstance(term, Literal | Divisor):
                values.append(repr(term.value))
            elif isinstance(term, StateColumn):
                if term.name not in self._columns:
                    self._columns.append(term.name)
                values.append(f"c{self._columns.index(term.name)}")
            else:
                raise TypeError(
                    f"a leaf must be a constant or a column of the state, not {type(term).__name__}"
                )
        arguments = [f"c{place}" for place in range(len(self._columns))]
        results = [
            unless_null("float({0})")(values[number])
            if graph.terms[number].kind is Kind.NUMBER
            else values[number]
            for number in graph.wanted.values()
        ]
        head = f"def compute({', '.join(arguments)}):"
        exec("\n    ".join([head, *lines, f"return ({', '.join(results)},)"]), space)  # of our own operations
        self._compute: Callable[..., tuple[Any, ...]] = space["compute"]

    def lists(self, state: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        """Return the wanted columns as lists, None for null.

        Parameters
        ----------
        state
            The columns of the state and `as_of` as lists, None for null.
        """
        rows = list(map(self._compute, *(state[name] for name in self._columns)))
        columns = map(list, zip(*rows, strict=True)) if rows else ([] for _ in self._names)
        return dict(zip(self._names, columns, strict=True))
