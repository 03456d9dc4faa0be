"""Jobs beside `score` that read from an object store and write to it."""

import io
import json

import polars as pl
import pytest

import forestall
from forestall.errors import UsageError
from object_store import objects, upload

MAPPING = """
interactions:
  interaction_id: Ticket
  started_at: {column: Opened}
events:
  - {kind: served, at: {column: Opened}}
"""


@pytest.fixture(scope="module")
def crm(s3, company):
    """Give the address of a data folder in the store."""
    tables = ("interactions", "events", "feedback")
    return upload(
        s3, "crm", {f"{name}.parquet": (company / f"{name}.parquet").read_bytes() for name in tables}
    )


def test_features_are_one_object_with_a_manifest_beside_it(s3, crm, tmp_path):
    moments = pl.DataFrame(
        forestall.read_tables(crm).interactions[:50].select("interaction_id", as_of="started_at")
    )
    table = forestall.features(crm, output="s3://company/f/features.parquet", moments=moments)
    stored = objects(s3, "f")
    assert set(stored) == {"features.parquet", "features.parquet.manifest.json"}
    assert pl.read_parquet(stored["features.parquet"]).equals(table)
    steps = []
    again = forestall.features(
        crm, output="s3://company/f/features.parquet", moments=moments, progress=steps.append
    )
    assert again.equals(table)
    assert steps == ["reading the tables"]
    assert objects(s3, "f") == stored
    fewer = forestall.features(crm, output="s3://company/f/features.parquet", moments=moments[:9])
    assert pl.read_parquet(objects(s3, "f")["features.parquet"]).equals(fewer)


def test_an_object_that_is_not_ours_is_refused_and_kept(s3, crm):
    upload(s3, "g", {"features.parquet": b"mine"})
    with pytest.raises(
        UsageError, match=r"s3://company/g/features\.parquet holds what no run of this kind wrote"
    ):
        forestall.features(crm, output="s3://company/g/features.parquet")
    assert objects(s3, "g") == {"features.parquet": b"mine"}


def test_an_import_to_a_store_is_a_data_folder_that_jobs_read(s3, tmp_path):
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    rows = [f"{ticket},2026-01-0{day}T10:00:00Z" for ticket, day in (("a", 1), ("b", 2), ("b", 3))]
    (tmp_path / "export.csv").write_text("\n".join(["Ticket,Opened", *rows]))
    for _ in range(2):
        tables = forestall.import_records(
            tmp_path / "mapping.yaml", tmp_path / "export.csv", output="s3://company/imported", max_rejected=1
        )
        read = forestall.read_tables("s3://company/imported", max_rejected=1)
        assert read.digest() == tables.digest()
    manifest = json.loads(objects(s3, "imported")["manifest.json"])
    assert "rejected/interactions.parquet" in {part["path"] for part in manifest["parts"]}


def test_too_many_rejected_rows_replace_the_rejected_rows_only(s3, tmp_path):
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    export = tmp_path / "export.csv"
    export.write_text("Ticket,Opened\na,2026-01-01T10:00:00Z\n")
    forestall.import_records(tmp_path / "mapping.yaml", export, output="s3://company/twice")
    export.write_text("Ticket,Opened\na,2026-01-01T10:00:00Z\na,2026-01-02T10:00:00Z\n")
    with pytest.raises(forestall.ForestallError, match="s3://company/twice/rejected"):
        forestall.import_records(tmp_path / "mapping.yaml", export, output="s3://company/twice")
    assert forestall.read_tables("s3://company/twice").interactions.height == 1
    stored = objects(s3, "twice")
    parts = {part["path"]: part["at"] for part in json.loads(stored.pop("manifest.json"))["parts"]}
    assert set(stored) == set(parts.values())
    assert pl.read_parquet(io.BytesIO(stored[parts["rejected/interactions.parquet"]])).height == 1


def test_a_check_writes_its_report_to_a_store(s3, crm):
    result = forestall.check(crm, output="s3://company/report")
    assert result.summary()["written"] == "s3://company/report/data_report.html"
    parts = json.loads(objects(s3, "report")["manifest.json"])["parts"]
    assert {part["path"] for part in parts} >= {"data_report.html", "check.json"}
    with pytest.raises(UsageError, match="another folder than the data"):
        forestall.check(crm, output=f"{crm}/")


def test_a_simulated_company_is_written_to_a_store(s3):
    rows = forestall.simulate("s3://company/simulated", interactions=50)
    assert forestall.read_tables("s3://company/simulated").interactions.height == rows["interactions"] == 50
