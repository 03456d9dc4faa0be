"""Scores do not change but by a change that says so: to the last bit where libraries and processor are the same."""

import json
from pathlib import Path

import polars as pl
import polars.testing
import pytest

import golden_scores
from golden_scores import Scores


@pytest.fixture(scope="module")
def is_same_machine() -> bool:
    return bool(json.loads((golden_scores.GOLDEN / "machine.json").read_text()) == golden_scores.machine())


def assert_unchanged(found: Scores, name: str, is_exact: bool) -> None:
    expected = golden_scores.kept(name)
    assert found
    assert sorted(found) == sorted(expected)
    for what, frame in found.items():
        pl.testing.assert_frame_equal(frame, expected[what], check_exact=is_exact, rel_tol=1e-6, abs_tol=1e-9)


def test_a_simulated_company_is_scored_as_before(is_same_machine: bool) -> None:
    assert_unchanged(golden_scores.simulated(), "simulated", is_same_machine)


def test_deepcsat_is_scored_as_before(real_data: Path, is_same_machine: bool) -> None:
    assert_unchanged(golden_scores.deepcsat(real_data), "deepcsat", is_same_machine)


def test_a_change_in_the_last_bit_is_seen(is_same_machine: bool) -> None:
    scores = golden_scores.kept("simulated")
    risk = pl.col("dissatisfaction_risk")
    moved = {**scores, "scores": scores["scores"].with_columns(risk * (1 + 2.3e-16))}
    assert_unchanged(scores, "simulated", is_exact=True)
    with pytest.raises(AssertionError, match="dissatisfaction_risk"):
        assert_unchanged(moved, "simulated", is_exact=True)
