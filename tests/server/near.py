"""Answers that are the same but for the last bits of their numbers."""

from typing import Any

import pytest


def assert_near(value: Any, other: Any) -> None:
    """Assert that two values of JSON are the same, and their broken numbers to 1e-12."""
    assert without_numbers(value) == without_numbers(other)
    assert numbers_in(value) == pytest.approx(numbers_in(other), abs=1e-12, rel=0)


def without_numbers(value: Any) -> Any:
    """Return a value of JSON with 0 for each broken number."""
    if isinstance(value, dict):
        return {name: without_numbers(one) for name, one in value.items()}
    if isinstance(value, list):
        return [without_numbers(one) for one in value]
    return 0.0 if isinstance(value, float) else value


def numbers_in(value: Any) -> list[float]:
    """Return the broken numbers of a value of JSON, in their order."""
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return [number for one in parts for number in numbers_in(one)]
    return [value] if isinstance(value, float) else []
