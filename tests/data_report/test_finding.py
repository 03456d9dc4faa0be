"""Findings: their order, their line of YAML, and what may be shown of a column."""

import polars as pl
import yaml

from forestall.data_report.finding import (
    Finding,
    by_severity,
    may_be_shown,
    shown_name,
    small_share,
    yaml_line,
)


def test_the_most_severe_come_first_and_otherwise_in_order():
    found = [
        Finding("t", severity, str(place), "") for place, severity in enumerate(["note", "error", "note"])
    ]
    assert [one.found for one in by_severity(found)] == ["1", "0", "2"]


def test_a_line_is_yaml_whatever_the_name():
    for name in ("Close code", "a: b", "#1", "yes", "😀 {x}", "it's", "a\nb"):
        assert yaml.safe_load(yaml_line("never", [name], "a comment")) == {"never": [name]}
    assert yaml_line("timezone", "UTC") == "timezone: UTC"


def test_words_of_at_most_20_values_may_be_shown():
    twenty = pl.Series([f"c{place}" for place in range(20)] * 2 + [None])
    assert may_be_shown(twenty)
    assert not may_be_shown(pl.Series([f"c{place}" for place in range(21)]))
    assert not may_be_shown(pl.Series(["phone", "I was treated badly and " * 50]))
    assert may_be_shown(pl.Series([None, None], dtype=pl.String))


def test_a_long_name_is_shortened_and_a_small_share_is_not_0():
    assert shown_name("x" * 500) == "x" * 59 + "…"
    assert small_share(0.25) == "25.0\u00a0%"
    assert small_share(0.00001) == "less than 0.05\u00a0%"
