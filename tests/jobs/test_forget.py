"""`forestall forget` as a command."""

import json

import polars as pl
import pytest

from forestall.cli.main import main
from forestall.contacts.ledger import Ledger


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    rows = pl.DataFrame({"interaction_id": ["1", "2"], "customer_id": ["ann", "bob 🙂"]})
    rows.write_parquet(tmp_path / "data" / "interactions.parquet")
    return tmp_path / "data"


def customers(data):
    return pl.read_parquet(data / "interactions.parquet")["customer_id"].to_list()


def test_customers_come_before_folders_and_the_result_says_who_was_not_found(data, capsys):
    assert main(["forget", "ann", "zoe", "data", "--format", "json"]) == 0
    written = capsys.readouterr()
    said = json.loads(written.out)
    assert customers(data) == ["bob 🙂"]
    assert "nothing was found of 1 of 2 customers" in written.err
    assert said["not_found"] == ["zoe"]
    assert said["places"]["data"] == {"kind": "data", "customers": 1, "removed": {"interactions.parquet": 1}}
    assert "ann" not in json.dumps(said)


def test_a_file_names_further_customers(data, tmp_path, capsys):
    (tmp_path / "ids.txt").write_text("\ufeffbob 🙂\r\n\r\n", encoding="utf-8")
    assert main(["forget", "--in", "data", "--customers-file", "ids.txt"]) == 0
    assert customers(data) == ["ann"]
    assert "not_found" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [["ann"], ["data"], ["ann", "dta"], ["--in", "data"], ["ann", "--in", "missing"], ["ann", "data", "s3://bucket/x"],
     ["ann", "data", "sqlite:///missing.db"],
     ["ann", "data", "--customers-file", "missing"], []],
)  # fmt: skip
def test_wrong_usage_changes_nothing_and_repeats_no_id(data, words, capsys):
    assert main(["forget", *words]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error:") or "error:" in said
    assert "Traceback" not in said
    assert customers(data) == ["ann", "bob 🙂"]


def test_a_damaged_file_is_named(data, capsys):
    (data / "events.parquet").write_bytes(b"PAR1 ann")
    assert main(["forget", "ann", "data"]) == 1
    said = capsys.readouterr().err
    assert "events.parquet" in said
    assert "ann" not in said
    assert customers(data) == ["ann", "bob 🙂"]


def test_a_ledger_keeps_its_arms_and_no_trace_of_the_customer(data, tmp_path, capsys):
    at = pl.lit("2026-03-02T09:00:00Z").str.to_datetime(time_unit="us", time_zone="UTC")
    offers = pl.DataFrame(
        {
            "contact_id": ["k-ann", "k-bob"],
            "interaction_id": ["visit-of-ann", "visit-of-bob"],
            "customer_id": ["ann-1042", "bob-7"],
            "experiment": ["spring"] * 2,
            "arm": ["contact", "holdout"],
            "probability": [0.9, 0.1],
            "risk": [0.5, 0.6],
            "model_name": ["m"] * 2,
            "model_version": ["1"] * 2,
        }
    ).with_columns(at=at)
    url = "sqlite:///contacts.db"
    with Ledger(url) as ledger:
        ledger.offer(offers)
        ledger.record(
            pl.DataFrame(
                {"experiment": ["spring"], "contact_id": ["k-ann"], "result": ["reached"]}
            ).with_columns(done_at=at)
        )
    assert main(["forget", "ann-1042", "zoe", "--in", url, "--in", "data", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["places"][url] == {"kind": "ledger", "customers": 1, "removed": {"entries": 1}}
    assert said["not_found"] == ["zoe"]
    with Ledger(url) as ledger:
        left = ledger.read()
    assert sorted(left["arm"]) == ["contact", "holdout"]
    assert left.filter(arm="contact")["result"].to_list() == ["reached"]
    assert "bob-7" in left["customer_id"].to_list()
    everything = b"".join(file.read_bytes() for file in tmp_path.glob("contacts.db*"))
    assert b"bob-7" in everything
    for trace in (b"ann-1042", b"visit-of-ann", b"k-ann"):
        assert trace not in everything
