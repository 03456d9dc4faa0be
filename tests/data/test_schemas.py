"""The rules of rows: words for kinds, and the first rule that a row breaks."""

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forestall.data.schemas import (
    CORE_KINDS,
    ROW,
    RULE,
    SCHEMAS,
    Events,
    broken_rules,
    column_types,
    find_word_fault,
    is_word,
)


@pytest.mark.parametrize(
    ("kind", "is_good"),
    [
        ("served", True), ("hold_started", True), ("løst", True), ("a:b.c-d", True), ("x" * 64, True),
        ("x" * 65, False), ("1st", True), ("2026", False), ("_a", False), ("was served", False), ("", False), (None, False), (7, False),
    ],
)  # fmt: skip
def test_a_kind_is_one_word(kind: object, is_good: bool) -> None:
    fault = find_word_fault(kind)
    assert (fault is None) is is_good
    assert fault is None or "must be one word" in fault


@given(st.lists(st.text("aZ09_.:- !", max_size=70)))
def test_words_are_those_of_a_python_pattern(texts: list[str]) -> None:
    found = pl.DataFrame({"kind": texts}, schema={"kind": pl.String}).select(is_word(pl.col("kind")))
    pattern = re.compile(r"(?=[0-9_.:-]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
    assert found.to_series().to_list() == [bool(pattern.fullmatch(text)) for text in texts]


def test_each_core_kind_is_a_word() -> None:
    assert all(find_word_fault(kind) is None for kind in CORE_KINDS)


def test_a_row_is_rejected_once_by_the_first_rule_that_it_breaks() -> None:
    types = {**column_types("events"), ROW: pl.UInt32}
    rows = [{"interaction_id": "a", "kind": "served"}, {"kind": "1"}, {"interaction_id": "a", "kind": "1"}]
    frame = pl.DataFrame([{**row, ROW: i} for i, row in enumerate(rows)], schema=types)
    frame = frame.with_columns(at=pl.when(pl.col(ROW) == 2).then(pl.datetime(2026, 1, 5, time_zone="UTC")))
    broken = broken_rules(frame, Events)
    assert broken.rows() == [(0, "no_time"), (1, "no_interaction_id"), (2, "kind_is_no_word")]
    assert broken_rules(frame.clear(), Events).schema == {ROW: pl.UInt32, RULE: pl.String}


def test_the_types_of_a_table_leave_out_what_belongs_to_the_check() -> None:
    for table in SCHEMAS:
        assert ROW not in column_types(table)
