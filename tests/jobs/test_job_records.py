"""Records of a job: large data folders are divided, but not those whose labels end at contacts."""

from datetime import timedelta

import polars as pl
import pytest

import forestall
from forestall.data import Tables
from forestall.jobs.job_records import FolderRecords, TableRecords, open_records
from forestall.model import Spec
from forestall.simulation import simulate_tables
from forestall.streaming.source import Source

SPEC = Spec(name="small", label={"scale": [1, 5], "dissatisfied_at_or_below": 2})


@pytest.fixture
def folder(tmp_path):
    frames = simulate_tables(200, seed=1)
    frames.pop("truth")
    return Tables(**frames).write(tmp_path / "data")


def opened(folder, **how):
    with open_records(folder, SPEC, 0.05, may_divide=True, **how) as records:
        return type(records)


def test_labels_of_contacted_customers_are_found_in_whole_tables(folder, monkeypatch):
    monkeypatch.setattr(Source, "n_parts", 3)
    assert opened(folder) == opened(folder, uses_labels=True) == FolderRecords
    tables = forestall.read_tables(folder)
    first = tables.interactions.row(0, named=True)
    contact = {
        "contact_id": "1", "interaction_id": first["interaction_id"], "customer_id": first["customer_id"],
        "at": first["started_at"] + timedelta(days=1), "experiment": "spring", "arm": "contact", "probability": 0.9,
        "risk": 0.5,
    }  # fmt: skip
    pl.DataFrame([contact]).write_parquet(folder / "contacts.parquet")
    assert forestall.read_tables(folder).contacts.height == 1
    assert opened(folder) == FolderRecords
    assert opened(folder, uses_labels=True) == TableRecords
