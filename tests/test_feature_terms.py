"""The names that own features are declared with: all are described, and each is what the manual says."""

from __future__ import annotations

from pathlib import Path

from forestall import feature_terms
from forestall.moment_features.terms import Term

PAGE = Path(__file__).parents[1] / "docs" / "guide" / "own-features.md"


def test_every_name_is_on_the_page_of_the_manual() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in feature_terms.__all__ if f"`{name}`" not in page] == []


def test_every_name_is_there_and_times_and_facts_are_terms() -> None:
    facts = {name: getattr(feature_terms, name) for name in feature_terms.__all__ if name.isupper()}
    assert all(isinstance(one, Term) for name, one in facts.items() if name != "ANY_KIND")
    assert repr(feature_terms.number("price")) == "own price"
    assert feature_terms.truth("is_commodity").kind == "truth value"
