"""The mappings that come with the project fit the real exports that they are for."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from forestall.data import check_tables
from forestall.importing import import_tables

MAPPINGS = Path(__file__).parents[2] / "pipelines" / "mappings"


def test_deepcsat_imports_within_the_limit_of_rejected_rows(real_data: Path) -> None:
    source = real_data / "deepcsat" / "tickets.csv"
    tables = import_tables(MAPPINGS / "deepcsat.yaml", [source])
    rows = pl.read_csv(source, infer_schema=False)
    assert tables.interactions.height + tables.rejections.count("interactions") == rows.height
    assert tables.feedback.height + tables.rejections.count("feedback") == rows["CSAT Score"].count()
    assert tables.rejections.rows_in["events"] == 2 * rows.height
    assert "Customer Remarks" not in tables.interactions.columns
    # 04/08/2023 00:27 in Kolkata
    assert tables.interactions["started_at"][0] == datetime(2023, 8, 3, 18, 57, tzinfo=UTC)
    # every rating comes after the ticket's last event
    ends = tables.events.group_by("interaction_id").agg(pl.col("at").max())
    assert (
        tables.feedback.join(ends, on="interaction_id").filter(pl.col("rated_at") <= pl.col("at")).is_empty()
    )
    found = check_tables(tables, scale=(1, 5))
    assert found["unknown_kinds"] == {}
    assert sum(found["ratings"][rating] for rating in ("1", "2")) / tables.feedback.height == pytest.approx(
        0.15, abs=0.02
    )


def test_itsm_imports_without_a_clock(real_data: Path) -> None:
    source = real_data / "itsm" / "tickets.csv"
    tables = import_tables(MAPPINGS / "itsm.yaml", [source])
    rows = pl.read_csv(source)
    assert tables.rejections.counts() == {}
    assert tables.about["clock"] == "none"
    kinds = check_tables(tables)["kinds"]
    assert kinds["transferred"] == rows["reassignment_count"].sum()
    assert kinds["reopened"] == rows["reopened"].sum()
    assert kinds["closed"] == rows.height
    assert (tables.feedback["rating"] == 1).sum() == rows["user_dissatisfied"].sum()


def test_an_event_log_of_updates_imports(real_data: Path, tmp_path: Path) -> None:
    source = real_data / "incidents" / "incident_event_log.parquet"
    (tmp_path / "incidents.yaml").write_text(
        "missing: ['?']\ninteractions: {started_at: opened_at, customer_id: caller_id}\n"
        "event_log: {case: number, activity: ident_state, timestamp: sys_updated_at, resource: assigned_to,\n"
        "  kinds: {New: issue_raised, Resolved: resolved, Closed: closed}}\nkeep: [impact]\n"
    )
    tables = import_tables(tmp_path / "incidents.yaml", [source])
    rows = pl.read_parquet(source)
    assert tables.interactions.height == rows["number"].n_unique()
    assert tables.events.height + tables.rejections.count("events") == rows.height
