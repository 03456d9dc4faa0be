"""The rows of a comparison: without a champion, and with one that cannot be run with this code."""

from dataclasses import replace

import pytest

from forestall.assessment.run_content import DATA_PATH
from forestall.promotion.champion_comparison import Comparison, compare, compare_latency
from forestall.promotion.version_pair import VersionPair
from forestall.registry import RegistryError
from forestall.registry.aliases import by_alias
from forestall.registry.tracking import connect
from workshop import Work


@pytest.fixture(scope="module")
def first(work: Work) -> VersionPair:
    """Return the work's champion as a version without a champion before it."""
    version = by_alias(connect(work.tracking_uri), work.report.name, "champion")
    assert version is not None
    return VersionPair.load(version, None, work.tracking_uri)


def compared(pair: VersionPair, work: Work, data: object = None) -> Comparison:
    return compare(pair, data, 0.05, work.tracking_uri)


def test_without_a_champion_the_test_part_of_the_run_is_used(first: VersionPair, work: Work) -> None:
    comparison = compared(first, work)
    assert comparison.description == "the twin of the version, on the test part of its run"
    assert comparison.rows.height > 100
    assert "risk_champion" not in comparison.rows.columns
    assert compare_latency(first, comparison) is None


def test_a_champion_that_cannot_be_run_is_compared_by_its_logged_predictions(
    first: VersionPair, work: Work
) -> None:
    pair = replace(first, old=first.new)
    comparison = compared(pair, work, work.data)
    assert (comparison.rows["risk_champion"] == comparison.rows["risk"]).all()
    assert comparison.rows.height == compared(first, work).rows.height
    assert any("the data given were not used" in note for note in comparison.notes)
    assert compare_latency(pair, comparison) is None
    assert not any("the data given" in note for note in compared(pair, work).notes)


def test_the_twins_are_compared_on_rows_after_the_training_of_the_champion(
    first: VersionPair, work: Work
) -> None:
    pair = replace(first, old=first.new, champion=first.challenger)
    comparison = compared(pair, work)
    assert "on the test part that starts after" in comparison.description
    assert comparison.rows["risk_champion"].to_list() == pytest.approx(comparison.rows["risk"].to_list())
    latency = compare_latency(pair, comparison)
    assert latency is not None
    assert latency.new_s > 0


def test_a_version_trained_on_data_in_memory_needs_data(first: VersionPair, work: Work) -> None:
    in_memory = replace(first.new, tags={**first.new.tags, DATA_PATH: ""})
    pair = replace(first, new=in_memory, old=first.new, champion=first.challenger)
    with pytest.raises(RegistryError, match="was trained on tables in memory; give them with --data"):
        compared(pair, work)
