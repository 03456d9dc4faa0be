"""The terms of a computation, each different one once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping

from forestall.moment_features.terms import Applied, Term


class TermGraph:
    """Wanted terms and all their parts, equal ones merged, each after its parts.

    Parameters
    ----------
    wanted
        The terms to compute, by name.

    Attributes
    ----------
    terms
        The different terms; a term's place in this list is its number.
    parts
        By term the numbers of its parts.
    wanted
        By name the number of the wanted term.
    """

    def __init__(self, wanted: Mapping[str, Term]) -> None:
        self.terms: list[Term] = []
        self.parts: list[tuple[int, ...]] = []
        self._number_by_id: dict[int, int] = {}
        self._number_by_key: dict[Hashable, int] = {}
        self._kept_alive = list(wanted.values())  # an id is of one object only while that lives
        self.wanted = {name: self._number(term) for name, term in wanted.items()}

    def _number(self, term: Term) -> int:
        known = self._number_by_id.get(id(term))
        if known is not None:
            return known
        parts = tuple(self._number(part) for part in term.parts)
        what = term.operation if isinstance(term, Applied) else type(term)
        key = (what, parts) if parts else (what, repr(term))
        number = self._number_by_key.setdefault(key, len(self.terms))
        if number == len(self.terms):
            self.terms.append(term)
            self.parts.append(parts)
        self._number_by_id[id(term)] = number
        return number

    def shared(self) -> set[int]:
        """Return the numbers of the operations whose value is used more than once."""
        uses = Counter(part for parts in self.parts for part in parts) + Counter(self.wanted.values())
        return {number for number, n in uses.items() if n > 1 and self.parts[number]}
