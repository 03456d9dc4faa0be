"""The optional table of contacts is read, checked and written like the others, and changes nothing else."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from forestall.data import Tables, check_tables, read_tables
from forestall.data.local_copy import local_folder
from forestall.data.schemas import column_types

START = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
VISITS = {"interaction_id": ["a", "b"], "started_at": [START, START]}
EVENTS = {"interaction_id": ["a"], "at": [START], "kind": ["arrived"]}
GOOD = {
    "contact_id": "1",
    "interaction_id": "a",
    "at": START + timedelta(hours=1),
    "experiment": "spring",
    "arm": "contact",
    "probability": 0.9,
    "risk": 0.5,
    "done_at": START + timedelta(hours=2),
    "result": "reached",
    "cost": 3.0,
}


def tables(*rows: dict[str, Any]) -> Tables:
    contacts = pl.DataFrame([{**GOOD, **row} for row in rows]) if rows else None
    return Tables(pl.DataFrame(VISITS), pl.DataFrame(EVENTS), contacts=contacts)


BAD = {
    "no_contact_id": {"contact_id": None},
    "no_interaction_id": {"interaction_id": None},
    "no_time": {"at": None, "done_at": None},
    "no_experiment": {"experiment": None},
    "unknown_arm": {"arm": "maybe"},
    "no_probability": {"probability": 0.0},
    "no_risk": {"risk": 1.5},
    "unknown_result": {"result": "perhaps"},
    "done_before_offer": {"done_at": START},
    "infinite_number": {"cost": float("inf")},
    "orphan_contact": {"interaction_id": "c"},
    "contact_before_start": {"at": START - timedelta(seconds=1)},
    "duplicate_key": {"interaction_id": "b"},
    "after_export": {"at": datetime(2190, 1, 1, tzinfo=UTC), "done_at": None},
}


@pytest.mark.parametrize(("rule", "own"), BAD.items(), ids=BAD.keys())
def test_a_bad_contact_is_rejected_by_its_rule(rule: str, own: dict[str, Any]) -> None:
    key = {} if rule == "duplicate_key" else {"contact_id": "2"}
    made = tables({}, {**key, **own})
    assert made.contacts["contact_id"].to_list() == ["1"]
    assert made.rejections.counts() == {"contacts": {rule: 1}}
    assert check_tables(made)["rejected_share"]["contacts"] == 0.5


def test_contacts_have_the_columns_of_the_contract_and_no_others() -> None:
    made = tables({"mood": "odd"})
    assert dict(made.contacts.schema) == column_types("contacts")
    assert made.rejections.counts() == {}
    assert check_tables(made)["rows"]["contacts"] == 1


def test_the_same_contact_id_may_be_in_two_experiments() -> None:
    assert tables({}, {"experiment": "autumn"}).contacts.height == 2


def test_a_data_folder_keeps_contacts(tmp_path: Path) -> None:
    made = tables({}, {"contact_id": "2", "arm": "maybe"})
    folder = made.write(tmp_path / "data")
    assert pl.read_parquet(folder / "rejected" / "contacts.parquet")["rule"].to_list() == ["unknown_arm"]
    read = read_tables(folder)
    assert read.contacts.equals(made.contacts)
    assert read.digest() != tables().digest()  # labels and effects depend on contacts
    parts = tmp_path / "data" / "contacts" / "night=1"
    parts.mkdir(parents=True)
    (folder / "contacts.parquet").rename(parts / "part.parquet")
    with local_folder(folder) as copy:  # a partition is copied to plain files
        assert read_tables(copy).contacts.equals(made.contacts)


def test_without_contacts_nothing_is_written_or_counted(tmp_path: Path) -> None:
    made = tables()
    assert made.contacts.is_empty()
    assert made.contacts.schema == column_types("contacts")
    assert not (made.write(tmp_path / "data") / "contacts.parquet").exists()
    assert "contacts" not in made.rejections.rows_in
    assert "contacts" not in check_tables(made)["rows"]
    assert "contacts" not in repr(made)
