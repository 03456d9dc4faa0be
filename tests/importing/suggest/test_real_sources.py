"""Suggestions for the real data sets, beside what a person wrote, and what comes in with them unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import yaml

from forestall.data import Tables
from forestall.importing import import_tables
from forestall.jobs.suggest import suggest

FORM = "%d/%m/%Y %H:%M"


def suggested(source: Path, folder: Path) -> tuple[dict[str, Any], Tables]:
    text = suggest(source, output=folder / "mapping.yaml").suggestion.mapping
    return yaml.safe_load(text), import_tables(folder / "mapping.yaml", [source])


def test_deepcsat(real_data: Path, tmp_path: Path) -> None:
    source = real_data / "deepcsat" / "tickets.csv"
    mapping, tables = suggested(source, tmp_path)
    own = mapping["interactions"]
    assert own["interaction_id"] == "Unique id"
    assert own["started_at"] == {"column": "Issue_reported at", "format": FORM}
    assert own["purchased_at"] == {"column": "order_date_time", "format": FORM}
    assert (own["channel"], own["price"], own["staff"]) == ("channel_name", "Item_price", "Agent_name")
    assert [event["kind"] for event in mapping["events"]] == ["issue_raised", "responded"]
    assert mapping["feedback"]["rating"] == "CSAT Score"
    assert mapping["feedback"]["rated_at"] == {"column": "Survey_response_Date", "format": "%d-%b-%y"}
    assert mapping["known_at"] == dict.fromkeys(
        ["Supervisor", "Manager", "Tenure Bucket", "Agent Shift"], "responded"
    )
    assert set(mapping["never"]) == {"Customer Remarks", "connected_handling_time"}
    assert tables.interactions.height == pl.read_csv(source, infer_schema=False).height


def test_itsm(real_data: Path, tmp_path: Path) -> None:
    mapping, tables = suggested(real_data / "itsm" / "tickets.csv", tmp_path)
    assert mapping["clock"] == "none"
    assert mapping["feedback"]["rating"] == {"column": "user_dissatisfied", "values": {"0": 5, "1": 1}}
    at = {"after": "started_at", "days": "days_to_resolve"}
    events = {event["kind"]: event for event in mapping["events"]}
    assert events["resolved"]["at"] == events["transferred"]["at"] == events["reopened"]["at"] == at
    assert events["transferred"]["times"] == "reassignment_count"
    assert set(mapping["known_at"]) == {"close_code", "breached_reason_code", "sla_breached"}
    assert tables.interactions.height == 5587


def test_incidents(real_data: Path, tmp_path: Path) -> None:
    mapping, tables = suggested(real_data / "incidents" / "incident_event_log.parquet", tmp_path)
    log = mapping["event_log"]
    assert (log["case"], log["activity"], log["timestamp"]) == ("number", "ident_state", "sys_updated_at")
    assert log["kinds"] == {"Closed": "closed", "New": "issue_raised", "Resolved": "resolved"}
    assert mapping["interactions"]["started_at"] == "opened_at"
    assert mapping["known_at"] == {
        "sys_created_by": "sys_created",
        "closed_code": "closed",
        "resolved_by": "closed",
    }
    assert tables.interactions.height == 24_918
    assert sum(tables.rejections.counts().get("events", {}).values()) < 100


def test_helpdesk(real_data: Path, tmp_path: Path) -> None:
    mapping, tables = suggested(real_data / "helpdesk" / "helpdesk.xes.gz", tmp_path)
    log = mapping["event_log"]
    assert (log["case"], log["activity"], log["resource"]) == (
        "case:concept:name", "concept:name", "org:resource",
    )  # fmt: skip
    assert (tables.interactions.height, tables.events.height) == (4580, 21_348)
