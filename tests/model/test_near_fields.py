"""Misspelt fields of records are named in the log."""

import logging
from typing import Any

import polars as pl
import pytest

from forestall.model.context import Context
from forestall.model.near_fields import near_fields, warn_of_near_fields

EVENT = {"at": "2026-01-05T10:00:00Z", "kind": "served"}
RECORD = {"interaction_id": "a", "started_at": "2026-01-05T09:00:00Z"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([{**RECORD, "customr_id": "c"}], ["records have no field customer_id; they have customr_id"]),
        ([{**RECORD, "plan": "x"}], ["records have no field Plan; they have plan, which is not read"]),
        ([{**RECORD, "Plan": "x", "plan": 1, "colour": "red"}], []),
        ([{**RECORD, "events": [{**EVENT, "actr": "staff"}]}], ["events of records have no field actor"]),
        (pl.DataFrame([{**RECORD, "promisd_at": None}]), ["records have no field promised_at"]),
        ([RECORD], []),
        ([], []),
        (None, []),
        ([{**RECORD, **{f"customer_id{i}": 1 for i in range(300)}}], []),  # no record of a person's hand
    ],
)  # fmt: skip
def test_a_field_of_nearly_the_same_name_is_named(
    data: Any, said: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        warn_of_near_fields(data, Context(categorical=["Plan"]))
    assert [one[: len(begin)] for one, begin in zip(caplog.messages, said, strict=True)] == said


def test_the_known_names_that_are_there_are_not_missing() -> None:
    assert near_fields(["channel", "chanel"], ["channel"]) == []
